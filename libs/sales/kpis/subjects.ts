import { appointments, deals as dealsById, type DealFact, type MeetingFact, type SalesFacts } from './fact-shapes';

/** How a deal or a run ended; `at` in ms. */
export interface End {
  at: number;
  won: boolean;
}

/**
 * What a meeting or an appointment of one lead is about: `deal <id>` or, without one, `run <lead>.<n>`. One that names no deal is about
 * the lead's deal that is open at the time (opened last, if several), else about the next one that is opened in the same run. A lead has
 * the deals that any of its events says something of; when they were opened and closed, the events of other leads may say.
 * A run ends when a deal closes and when the lead is returned or disqualified; what happens at that very moment is still in it.
 */
export class Subjects {
  /** `all`: deals by id, those of this lead among them. */
  constructor(
    private readonly facts: SalesFacts,
    private readonly lead: number,
    private readonly all: readonly DealFact[],
  ) {}

  ofMeeting({ startedAt, dealId, appointmentId }: MeetingFact): string {
    const appointment = appointmentId === undefined ? undefined : appointments.find(this.facts.appointments, appointmentId);
    return this.of(startedAt, dealId ?? appointment?.booked?.dealId);
  }

  of(at: number, dealId: string | undefined): string {
    if (dealId !== undefined) return `deal ${dealId}`;
    const open = this.opened.findLast(({ from, until }) => from <= at && at <= until);
    if (open) return `deal ${open.id}`;
    const run = this.run(at);
    const next = this.opened.find(({ from }) => from > at && this.run(from) === run);
    return next ? `deal ${next.id}` : `run ${this.lead}.${run}`;
  }

  /** The outcome of the deal; a run without a deal has nothing to win, so a returned or disqualified one counts as lost. */
  endOf(subject: string, startedAt: number): End | undefined {
    if (isDeal(subject)) return dealsById.find(this.all, subject.slice(5))?.outcome;
    return this.ends.find(({ at }) => at >= startedAt);
  }

  private run(at: number): number {
    return this.ends.filter((end) => end.at < at).length;
  }

  /** Created on first use, because most leads need none. */
  private get own(): readonly DealFact[] {
    return (this.known ??=
      this.facts.deals === this.all ? this.all : (this.facts.deals ?? []).map(({ dealId }) => dealsById.find(this.all, dealId)!));
  }
  private known: readonly DealFact[] | undefined;

  /** In the order of their opening. */
  private get opened(): readonly { id: string; from: number; until: number }[] {
    if (this.spans) return this.spans;
    const spans = this.own.flatMap(({ dealId, opened, outcome }) =>
      opened ? [{ id: dealId, from: opened.at, until: outcome?.at ?? Infinity }] : [],
    );
    return (this.spans = spans.sort((a, b) => a.from - b.from || (a.id < b.id ? -1 : 1)));
  }
  private spans: { id: string; from: number; until: number }[] | undefined;

  private get ends(): readonly End[] {
    if (this.ended) return this.ended;
    const outcomes = this.own.flatMap(({ outcome }) => (outcome ? [{ at: outcome.at, won: outcome.won }] : []));
    const all = [...outcomes, ...(this.facts.ends ?? []).map(({ at }) => ({ at, won: false }))];
    return (this.ended = all.sort((a, b) => a.at - b.at || Number(b.won) - Number(a.won)));
  }
  private ended: End[] | undefined;
}

export const isDeal = (subject: string): boolean => subject.startsWith('deal ');
