import type { Period } from '@leadlog/time';

/** Wins in four quarters that it takes to be compared. */
const ENOUGH_WINS = 5;

interface Asked {
  period: Period | 'none';
  compare?: 'previous';
  fiscalYearStart: number;
}

/**
 * Won deals with the meetings they took, and whether who won them is among the best: the quarter of representatives with enough wins who won
 * most over the four quarters up to the one in which the period of the win ends (libs/sales/kpis/table/top-reps.ts).
 */
export function ratedWins(asked: Asked): string {
  const first = asked.compare === undefined ? '$from' : '$before_from';
  return `WITH wins AS (
      SELECT deals.*, date_trunc('quarter', ${lastDayOf('closed_day', asked)})::DATE AS quarter FROM deals WHERE status = 'won'
    ), quarters AS (
      SELECT DISTINCT quarter FROM wins WHERE closed_day >= ${first}::DATE AND closed_day < $to::DATE
    ), in_year AS (
      SELECT quarters.quarter, closed_rep AS rep, currency, amount_minor
      FROM quarters JOIN wins ON closed_day >= (quarters.quarter - INTERVAL 9 MONTH)::DATE AND closed_day < (quarters.quarter + INTERVAL 3 MONTH)::DATE
      WHERE closed_rep IS NOT NULL
    ), enough AS (
      SELECT quarter, rep FROM in_year GROUP BY ALL HAVING count(*) >= ${ENOUGH_WINS}
    ), amounts AS (
      SELECT quarter, currency, rep, sum(amount_minor) AS amount FROM in_year SEMI JOIN enough USING (quarter, rep) WHERE amount_minor <> 0 GROUP BY ALL
    ), ranked AS (
      SELECT *, row_number() OVER (PARTITION BY quarter, currency ORDER BY amount DESC, rep) AS rank, count(*) OVER (PARTITION BY quarter, currency) AS compared FROM amounts
    ), best AS (
      SELECT DISTINCT quarter, rep FROM ranked WHERE rank <= ceil(compared / 4)
    ), held AS (
      SELECT deal, count(DISTINCT meeting) AS visits FROM subjects WHERE meeting IS NOT NULL GROUP BY deal
    )
    SELECT wins.*, visits, best.rep IS NOT NULL AS is_best
    FROM wins LEFT JOIN best ON best.quarter = wins.quarter AND best.rep = wins.closed_rep LEFT JOIN held ON held.deal = wins.deal`;
}

/** The last day of the period that a day is in. */
function lastDayOf(day: string, { period, compare, fiscalYearStart }: Asked): string {
  switch (period) {
    case 'day':
    case 'quarter':
      return day;
    case 'week':
      return `(date_trunc('week', ${day})::DATE + 6)`;
    case 'month':
      return `last_day(${day})`;
    case 'fiscal-year':
      return `(make_date(strftime(${day} - INTERVAL ${fiscalYearStart - 1} MONTH, '%Y')::INTEGER + 1, ${fiscalYearStart}, 1) - 1)`;
    case 'none':
      return compare === undefined
        ? '($to::DATE - 1)'
        : `(CASE WHEN ${day} < $before_to::DATE THEN $before_to::DATE ELSE $to::DATE END - 1)`;
  }
}
