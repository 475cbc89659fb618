import { addDays, localDay, localMonth, startOfDayAfter, startOfLocalDay } from '@leadlog/lead';
import type { Histories, History, KnownBy } from './history';
import { literal } from './where-sql';

/** What may follow a handoff, the earliest first. */
export const OUTCOMES = { accepted: 'HandoffAccepted', deal: 'DealOpened', won: 'DealWon' } as const;
export type Outcome = keyof typeof OUTCOMES;
export const OUTCOME_NAMES = Object.keys(OUTCOMES) as readonly Outcome[];

export interface PastOptions {
  /** Days YYYY-MM-DD, where the tenant is: cut-offs are the first moments of months (or of Mondays) from here to there. All of history by default. */
  from?: string;
  to?: string;
  every?: 'month' | 'week';
  /** What counts as a success, and within how many days after a cut-off. */
  outcome: Outcome;
  horizonDays: number;
  by: KnownBy;
}

/** Nothing to look back on; says what is missing. */
export class TooLittleHistory extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TooLittleHistory';
  }
}

export interface Span {
  /** ms: when the first and the last thing happened. */
  from: number;
  to: number;
}

/** First and last act of leads. */
export async function spanOf(history: History): Promise<Span> {
  const [row] = await history.rows(`SELECT min(epoch_ms(occurred_at)) AS first, max(epoch_ms(occurred_at)) AS last FROM archive.events WHERE lead IS NOT NULL AND type NOT IN ('LeadTierChanged', 'LeadHandedOff', 'LeadAssigned')`);
  if (typeof row?.['first'] !== 'number') throw new TooLittleHistory('expected a history of leads to look back on, got a log without any');
  return { from: row['first'], to: row['last'] as number };
}

/** The latest so many: each is asked of all of history. */
const MOST_CUTOFFS = 60;

/** The cut-offs whose outcomes are known by now, ascending (ms), the latest 60. The first is at least 14 days into the history, for before there is nothing to score. */
export function cutoffsOf({ from, to, every = 'month', horizonDays }: PastOptions, span: Span, timezone: string): number[] {
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
    throw new TooLittleHistory(`expected a first of a ${every} with ${horizonDays} days after it and two weeks before it, got a history from ${told(span.from)} to ${told(span.to)}${from ?? to ? `, asked from ${from ?? 'its start'} to ${to ?? 'its end'}` : ''}`);
  }
  return cutoffs.slice(-MOST_CUTOFFS);
}

function firstDay(ms: number, every: 'month' | 'week', timezone: string): string {
  if (every === 'month') return `${localMonth(ms, timezone)}-01`;
  const day = localDay(ms, timezone);
  return addDays(day, -((new Date(day).getUTCDay() + 6) % 7));
}

const nextDay = (day: string, every: 'month' | 'week'): string => (every === 'week' ? addDays(day, 7) : `${addDays(day, 31).slice(0, 7)}-01`);

/** When what happened to whom, of one kind of outcome, as it is known now. */
export class Outcomes {
  private constructor(
    private readonly times: ReadonlyMap<string, readonly number[]>,
    private readonly survivors: ReadonlyMap<string, string>,
    private readonly horizonDays: number,
    private readonly timezone: string,
  ) {}

  static async of(histories: Histories, { outcome, horizonDays, timezone }: Pick<PastOptions, 'outcome' | 'horizonDays'> & { timezone: string }): Promise<Outcomes> {
    const history = await histories.asOf();
    const times = new Map<string, number[]>();
    for (const { lead, ms } of await history.rows(`SELECT lead, epoch_ms(occurred_at) AS ms FROM archive.counted WHERE type = ${literal(OUTCOMES[outcome])} ORDER BY ms`)) {
      const found = times.get(lead as string);
      if (found) found.push(ms as number);
      else times.set(lead as string, [ms as number]);
    }
    const merged = await history.rows('SELECT lead, survivor FROM archive.survivors');
    return new Outcomes(times, new Map(merged.map(({ lead, survivor }) => [lead as string, survivor as string])), horizonDays, timezone);
  }

  /** Different leads that it ever happened to. */
  get leads(): number {
    return this.times.size;
  }

  /** By when it must have happened to count for a cut-off; ms. */
  until(cutoff: number): number {
    let until = this.ends.get(cutoff);
    if (until === undefined) this.ends.set(cutoff, (until = startOfDayAfter(cutoff, this.horizonDays, this.timezone)));
    return until;
  }
  private readonly ends = new Map<number, number>();

  /** When it first happened after `cutoff` and within the horizon, to the lead or to what it has been merged into since; ms. */
  after(leadId: string, cutoff: number): number | undefined {
    const times = this.times.get(this.survivors.get(leadId) ?? leadId);
    return times?.find((ms) => ms > cutoff && ms <= this.until(cutoff));
  }
}
