import { readFile, rm } from 'node:fs/promises';
import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { KPI_PARTS, type KpiPart } from '@leadlog/archive';
import { decodeCursor, encodeCursor } from '@leadlog/projections';
import {
  InvalidKpiQuery,
  wantedKpis,
  type KpiBy,
  type KpiCalendar,
  type KpiDefinition,
  type KpiPeriod,
  type KpiTeam,
} from '@leadlog/sales';
import { KPI_CALENDAR, KPI_REQUIRED, KPI_TEAMS, spanOf } from '@leadlog/sales/sales.handlers';
import { SqlProcesses, type SqlAnswer } from '@leadlog/sql';
import { CLOCK, localDay, type Clock } from '@leadlog/time';

const MOST_MS = 60_000;

export interface KpiFactsAsked {
  kpi: string;
  part: KpiPart;
  by: KpiBy;
  period: KpiPeriod;
  from?: string;
  to?: string;
  /** Of the row that is opened: its period, group and currency, or its hour of the week. */
  at?: string;
  group?: string;
  currency?: string;
  weekday?: number;
  hour?: number;
  /** RFC 3339; now by default. */
  asOf?: string;
  limit: number;
  cursor?: string;
}

/** One of what a number counts. `ids`: what the archive says it is. */
export interface KpiFact {
  day: string;
  period?: string;
  group?: string;
  currency?: string;
  adds: number;
  ids: Readonly<Record<string, unknown>>;
}

export interface KpiFactsFound {
  from: string;
  to: string;
  timezone: string;
  asOf: number;
  items: KpiFact[];
  total: number;
  sum: number;
  cursor?: string;
  position: bigint;
}

/** What a number of the table of KPIs counts, one by one. Rejects with InvalidKpiQuery, InvalidCursor and as SqlProcesses do. */
export class GetKpiFacts extends Query<KpiFactsFound> {
  constructor(
    readonly asked: KpiFactsAsked,
    /** Aborted when nobody waits for it any more. */
    readonly signal: AbortSignal,
  ) {
    super();
  }
}

/** A page is of the moment at which the first one was asked for. */
interface Place {
  asOf: number;
  offset: number;
}

/** By the same SQL by which the archive counts them. */
@QueryHandler(GetKpiFacts)
export class GetKpiFactsHandler implements IQueryHandler<GetKpiFacts> {
  constructor(
    @Inject(SqlProcesses) private readonly processes: SqlProcesses,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(KPI_CALENDAR) private readonly calendar: KpiCalendar,
    @Inject(KPI_TEAMS) private readonly teams: () => readonly KpiTeam[],
    @Inject(KPI_REQUIRED) private readonly required: () => readonly string[],
  ) {}

  async execute({ asked, signal }: GetKpiFacts): Promise<KpiFactsFound> {
    const { timezone, fiscalYearStart, windows } = this.calendar;
    const { kpi, part, by, period, limit, cursor } = asked;
    const { asOf, offset } = cursor === undefined ? { asOf: this.moment(asked.asOf), offset: 0 } : decodeCursor(cursor, placeIn);
    const today = localDay(asOf, timezone);
    const span = spanOf(asked, today);
    const [definition] = wantedKpis({ kpis: [kpi], by, period, ...span });
    refusePart(definition!, part);
    refuseRow(definition!, asked);
    const sql = {
      parts: [{ kpi, part }],
      by,
      period,
      teams: this.teams(),
      required: this.required(),
      fiscalYearStart,
      windows,
      only: { period: asked.at, group: asked.group, currency: asked.currency ?? hourOf(asked) },
      page: { limit, offset },
    };
    const { file, position } = await this.processes.ask(
      { sql, parameters: { ...span, today }, format: 'json', limit, timeoutMs: MOST_MS, asOf },
      { signal },
    );
    try {
      const { rows } = JSON.parse(await readFile(file, 'utf8')) as SqlAnswer;
      const found = rows as SqlRow[];
      const [, , , , , , , , total = 0, sum = 0] = found[0] ?? [];
      const next = offset + found.length;
      return {
        ...span,
        timezone,
        asOf,
        items: found.map((row) => factOf(row, by, period, definition!)),
        total: Number(total),
        sum: Number(sum),
        ...(found.length > 0 && next < Number(total) && { cursor: encodeCursor([asOf, next]) }),
        position: BigInt(position),
      };
    } finally {
      await rm(file, { force: true });
    }
  }

  private moment(text: string | undefined): number {
    const now = this.clock();
    const asOf = text === undefined ? now : Date.parse(text);
    if (asOf > now) throw new InvalidKpiQuery('asOf', 'a moment that is not in the future', text!);
    return asOf;
  }
}

/** As kpi-facts-sql.ts selects them. */
type SqlRow = [
  kpi: string,
  part: string,
  period: string,
  group: string,
  currency: string,
  adds: number,
  day: string,
  fact: string,
  total: number,
  sum: number,
];

function factOf(
  [, , period, group, currency, adds, day, fact]: SqlRow,
  by: KpiBy,
  in_: KpiPeriod,
  { perCurrency }: KpiDefinition,
): KpiFact {
  return {
    day,
    ...(in_ !== 'none' && { period }),
    ...(by !== 'none' && { group }),
    ...(perCurrency && { currency }),
    adds: Number(adds),
    ids: JSON.parse(fact) as Record<string, unknown>,
  };
}

const hourOf = ({ weekday, hour }: KpiFactsAsked): string | undefined =>
  weekday === undefined || hour === undefined ? undefined : `${weekday}-${String(hour).padStart(2, '0')}`;

function placeIn(value: unknown): Place | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [asOf, offset] = value as unknown[];
  const isWhole = (one: unknown): one is number => Number.isSafeInteger(one) && (one as number) > 0;
  return isWhole(asOf) && isWhole(offset) && offset <= 10_000_000 && asOf <= 8.64e15 ? { asOf, offset } : undefined;
}

/** What would be ignored opens more than whoever asks is told. */
function refuseRow({ name, perCurrency, perHour }: KpiDefinition, { currency, weekday, hour }: KpiFactsAsked): void {
  if (currency !== undefined && !perCurrency) throw new InvalidKpiQuery('currency', `nothing, since ${name} has no currency`, currency);
  for (const [field, value, other] of [
    ['weekday', weekday, hour],
    ['hour', hour, weekday],
  ] as const) {
    if (value === undefined) continue;
    if (!perHour) throw new InvalidKpiQuery(field, `nothing, since ${name} has no row for each hour of the week`, String(value));
    if (other === undefined)
      throw new InvalidKpiQuery(field, 'an hour of the week as a whole: a weekday and an hour, or neither', `${field} alone`);
  }
}

function refusePart({ name, denominator, open }: KpiDefinition, part: KpiPart): void {
  const has = KPI_PARTS.filter((one) => one === 'numerator' || (one === 'denominator' ? denominator : open) !== undefined);
  if (!has.includes(part)) throw new InvalidKpiQuery('part', `one of ${has.join(', ')} for ${name}`, part);
}
