import { LeadlogError } from '@leadlog/errors';
import { counted } from '@leadlog/events';
import { addDays, localDay, localMonth, startOfDayAfter, startOfLocalDay } from '@leadlog/time';
import type { Histories, History, KnownBy } from '../past-scores/histories';
import { literal } from '../past-scores/where-sql';

/** What may follow a handoff, the earliest first. */
export const OUTCOMES = { accepted: 'HandoffAccepted', deal: 'DealOpened', won: 'DealWon' } as const;
export type Outcome = keyof typeof OUTCOMES;
export const OUTCOME_NAMES = Object.keys(OUTCOMES) as readonly Outcome[];

export interface PastOptions {
  /**
   * Days YYYY-MM-DD, where the tenant is: cut-offs are the first moments of months (or of Mondays) from here to there. All of history by
   * default.
   */
  from?: string;
  to?: string;
  every?: 'month' | 'week';
  /** What counts as a success, and within how many days after a cut-off. */
  outcome: Outcome;
  horizonDays: number;
  by: KnownBy;
  /** Rank leads too that have bought already; without it they are left out from their first won deal on. */
  includeCustomers?: boolean;
}

/** A cut-off with fewer leads to choose from says nothing. */
export const LEAST_CASES = 50;

/** Nothing to look back on; says what is missing. */
export class TooLittleHistory extends LeadlogError {
  readonly kind = 'invalid';
}

export interface Span {
  /** ms: when the first and the last thing happened. */
  from: number;
  to: number;
  /** Ascending, of each lead: since when it was known, and when the first thing happened with it. */
  known: Readonly<Record<KnownBy, Float64Array>>;
}

/** How many leads were known by then. */
export function leadsKnownBy(ascending: Float64Array, ms: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! <= ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** First and last act of leads, and how many of them were known when: enough to say at once what cannot be answered. */
export async function spanOf(history: History): Promise<Span> {
  const [row] = await history.rows(
    `SELECT min(epoch_ms(occurred_at)) AS first, max(epoch_ms(occurred_at)) AS last FROM archive.events WHERE lead IS NOT NULL AND type NOT IN ('LeadTierChanged', 'LeadHandedOff', 'LeadAssigned')`,
  );
  if (typeof row?.['first'] !== 'number') throw new TooLittleHistory('expected a history of leads, got a log without leads');
  const firsts = await history.rows(
    'SELECT min(epoch_ms(greatest(recorded_at, occurred_at))) AS recorded, min(epoch_ms(occurred_at)) AS occurred FROM archive.events WHERE lead IS NOT NULL GROUP BY lead',
  );
  const ascending = (by: KnownBy): Float64Array => Float64Array.from(firsts, (lead) => lead[by] as number).sort();
  return { from: row['first'], to: row['last'] as number, known: { recorded: ascending('recorded'), occurred: ascending('occurred') } };
}

const ASK_BY_OCCURRED = 'use the time of occurrence (by: occurred, or --by occurred)';

export interface Cutoffs {
  /** ms, ascending. */
  cutoffs: number[];
  /** How many had too few leads. */
  ignored: number;
  /** What to add to a refusal where there is more to look at by when things happened; else empty. */
  moreByOccurred: string;
}

/** Without those at which there was next to nobody to choose: a single event dated 1970 makes no months. */
function crowded(cutoffs: readonly number[], by: KnownBy, { known }: Span, timezone: string): Cutoffs {
  const enough = (of: KnownBy): number[] => cutoffs.filter((at) => leadsKnownBy(known[of], at) >= LEAST_CASES);
  const kept = enough(by);
  const more = enough('occurred').length - kept.length;
  if (kept.length === 0) {
    const last = cutoffs.at(-1)!;
    const cause = more > 0 ? `; it was imported later than it happened: ${ASK_BY_OCCURRED}` : '';
    throw new TooLittleHistory(
      `expected a cut-off by which at least ${LEAST_CASES} leads were known, got ${counted(leadsKnownBy(known[by], last), 'lead')} by the last cut-off, ${localDay(last, timezone)}${cause}`,
    );
  }
  return {
    cutoffs: kept.slice(-MOST_CUTOFFS),
    ignored: cutoffs.length - kept.length,
    moreByOccurred:
      more > 0
        ? `; ${counted(more, 'more cut-off')} have enough leads by the time of occurrence: if the history was imported later, ${ASK_BY_OCCURRED}`
        : '',
  };
}

/** The latest so many: each is asked of all of history. */
const MOST_CUTOFFS = 60;

/**
 * The cut-offs whose outcomes are known by now, the latest 60 that have enough leads. The first is at least 14 days into the history, for
 * before there is nothing to score.
 */
export function cutoffsOf({ from, to, every = 'month', horizonDays, by }: PastOptions, span: Span, timezone: string): Cutoffs {
  const first = Math.max(from === undefined ? -Infinity : startOfLocalDay(from, timezone), startOfDayAfter(span.from, 14, timezone));
  const last = to === undefined ? Infinity : startOfLocalDay(to, timezone);
  const cutoffs: number[] = [];
  for (let day = firstDay(Math.max(startOfDayAfter(first, -32, timezone), span.from), every, timezone); ; day = nextDay(day, every)) {
    const at = startOfLocalDay(day, timezone);
    if (at > last || startOfDayAfter(at, horizonDays, timezone) > span.to) break;
    if (at >= first) cutoffs.push(at);
  }
  if (cutoffs.length === 0) {
    const told = (ms: number) => localDay(ms, timezone);
    throw new TooLittleHistory(
      `expected the first day of a ${every} with ${counted(horizonDays, 'day')} after it and two weeks before it, got a history from ${told(span.from)} to ${told(span.to)}${(from ?? to) ? `, with cut-offs from ${from ?? 'its start'} to ${to ?? 'its end'}` : ''}`,
    );
  }
  return crowded(cutoffs, by, span, timezone);
}

function firstDay(ms: number, every: 'month' | 'week', timezone: string): string {
  if (every === 'month') return `${localMonth(ms, timezone)}-01`;
  const day = localDay(ms, timezone);
  return addDays(day, -((new Date(day).getUTCDay() + 6) % 7));
}

const nextDay = (day: string, every: 'month' | 'week'): string =>
  every === 'week' ? addDays(day, 7) : `${addDays(day, 31).slice(0, 7)}-01`;

/** When what happened to whom, of one kind of outcome, as it is known now. */
export class Outcomes {
  private constructor(
    private readonly times: ReadonlyMap<string, readonly number[]>,
    private readonly survivors: ReadonlyMap<string, string>,
    private readonly horizonDays: number,
    private readonly timezone: string,
  ) {}

  static async of(
    histories: Histories,
    { outcome, horizonDays, timezone }: Pick<PastOptions, 'outcome' | 'horizonDays'> & { timezone: string },
  ): Promise<Outcomes> {
    const history = await histories.asOf();
    const times = new Map<string, number[]>();
    for (const { lead, ms } of await history.rows(
      `SELECT lead, epoch_ms(occurred_at) AS ms FROM archive.facts WHERE type = ${literal(OUTCOMES[outcome])} ORDER BY ms`,
    )) {
      const found = times.get(lead as string);
      if (found) found.push(ms as number);
      else times.set(lead as string, [ms as number]);
    }
    const merged = await history.rows('SELECT lead, survivor FROM archive.survivors');
    return new Outcomes(times, new Map(merged.map(({ lead, survivor }) => [lead as string, survivor as string])), horizonDays, timezone);
  }

  /** By when it must have happened to count for a cut-off; ms. */
  until(cutoff: number): number {
    let until = this.ends.get(cutoff);
    if (until === undefined) this.ends.set(cutoff, (until = startOfDayAfter(cutoff, this.horizonDays, this.timezone)));
    return until;
  }
  private readonly ends = new Map<number, number>();

  /** Different leads that it happened to within the horizon of one of these. */
  leadsAfter(cutoffs: readonly number[]): number {
    const spans = cutoffs.map((cutoff) => [cutoff, this.until(cutoff)] as const);
    let leads = 0;
    for (const times of this.times.values()) if (times.some((ms) => spans.some(([from, to]) => ms > from && ms <= to))) leads += 1;
    return leads;
  }

  /** When it first happened after `cutoff` and within the horizon, to the lead or to what it has been merged into since; ms. */
  after(leadId: string, cutoff: number): number | undefined {
    const times = this.times.get(this.survivors.get(leadId) ?? leadId);
    return times?.find((ms) => ms > cutoff && ms <= this.until(cutoff));
  }
}
