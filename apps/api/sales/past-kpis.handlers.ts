import { readFile, rm } from 'node:fs/promises';
import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ENOUGH_CALLS, InvalidKpiQuery, wantedKpis, type KpiCalendar, type KpiRow, type KpiTeam } from '@leadlog/sales';
import { KPI_CALENDAR, KPI_REQUIRED, KPI_TEAMS, spanOf, type KpisAnswered, type KpisAsked } from '@leadlog/sales/sales.handlers';
import { SqlProcesses, SqlStopped, type SqlAnswer } from '@leadlog/sql';
import { CLOCK, localDay, spanBefore, type Clock } from '@leadlog/time';

const MOST_ROWS = 50_000;
const MOST_MS = 60_000;

/**
 * KPIs as they were known at `asOf` (RFC 3339): only what was recorded by then counts. Rejects with InvalidKpiQuery and as SqlProcesses do.
 */
export class GetPastKpis extends Query<KpisAnswered> {
  constructor(
    readonly query: KpisAsked,
    readonly asOf: string,
    /** Aborted when nobody waits for it any more. */
    readonly signal: AbortSignal,
  ) {
    super();
  }
}

/** Read models know only now; the archive has the same KPIs in SQL. */
@QueryHandler(GetPastKpis)
export class GetPastKpisHandler implements IQueryHandler<GetPastKpis> {
  constructor(
    @Inject(SqlProcesses) private readonly processes: SqlProcesses,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(KPI_CALENDAR) private readonly calendar: KpiCalendar,
    @Inject(KPI_TEAMS) private readonly teams: () => readonly KpiTeam[],
    @Inject(KPI_REQUIRED) private readonly required: () => readonly string[],
  ) {}

  async execute({ query, asOf: text, signal }: GetPastKpis): Promise<KpisAnswered> {
    const { timezone, fiscalYearStart, windows } = this.calendar;
    const asOf = Date.parse(text);
    if (asOf > this.clock()) throw new InvalidKpiQuery('asOf', 'a moment that is not in the future', text);
    const today = localDay(asOf, timezone);
    const span = spanOf(query, today);
    const { by, period, compare } = query;
    const wanted = new Map(wantedKpis({ ...query, ...span }).map((one) => [one.name, one]));
    const known = { teams: this.teams(), required: this.required(), fiscalYearStart, windows };
    const sql = { kpis: [...wanted.keys()], by, period, compare, ...known };
    const before = spanBefore(span, period === 'none' ? undefined : period, fiscalYearStart);
    const compared = compare && { before_from: before.from, before_to: before.to };
    const { file, position, truncated } = await this.processes.ask(
      { sql, parameters: { ...span, today, ...compared }, format: 'json', limit: MOST_ROWS, timeoutMs: MOST_MS, asOf },
      { signal },
    );
    try {
      if (truncated) throw new SqlStopped('size', `more than ${MOST_ROWS} rows; narrow it down: fewer days, fewer KPIs, a longer period`);
      const { rows } = JSON.parse(await readFile(file, 'utf8')) as SqlAnswer;
      return { ...span, timezone, rows: (rows as SqlRow[]).map((row) => kpiRow(row, wanted.get(row[0])!)), position: BigInt(position) };
    } finally {
      await rm(file, { force: true });
    }
  }
}

/** As kpi-sql.ts selects them. */
type SqlRow = [
  kpi: string,
  period: string | null,
  group: string | null,
  currency: string | null,
  weekday: number | null,
  hour: number | null,
  numerator: number,
  denominator: number | null,
  value: number | null,
  openShare: number | null,
  ...compared: [previous: number | null, change: number | null] | [],
];

function kpiRow(
  [kpi, period, group, currency, weekday, hour, numerator, denominator, value, openShare, ...compared]: SqlRow,
  { label, unit, basis }: Pick<KpiRow, 'label' | 'unit' | 'basis'>,
): KpiRow {
  return {
    kpi,
    label,
    unit,
    basis,
    ...(period !== null && { period }),
    ...(group !== null && { group }),
    ...(currency !== null && { currency }),
    ...(weekday !== null && hour !== null && { weekday, hour, sure: denominator! >= ENOUGH_CALLS }),
    numerator,
    denominator,
    value,
    openShare,
    ...(compared.length > 0 && { previous: compared[0], change: compared[1] }),
  };
}
