import { localDay } from '@leadlog/lead';
import { appointments as appointmentsById, calls, deals, type CallFact, type Credit, type DealFact, type KpiWindows, type MeetingFact, type SalesFacts } from './fact-shapes';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const ANSWERED: ReadonlySet<CallFact['outcome']> = new Set(['gatekeeper', 'reached', 'refused']);

/**
 * The cells that one lead adds to, `<dimension>|<metric>|<local day>|<detail>`, in three dimensions: `all` (detail empty),
 * `rep` and `team` (detail: who; empty where the event says none). `all` is kept apart because several reps at one
 * meeting each get it, but it is one meeting. With a currency or the day on which an open case is decided, the detail is
 * `<currency or day>|<who>`. All values are integers.
 */
export function salesCells(facts: SalesFacts, timezone: string, windows: KpiWindows): Record<string, number> {
  // Without a prototype it is a plain table of names from the start: other objects get a shape of their own for every name.
  const cells = Object.create(null) as Record<string, number>;
  const put = (cell: string, n: number): void => {
    cells[cell] = (cells[cell] ?? 0) + n;
  };
  const day = (at: number): string => localDay(at, timezone);
  const add = (metric: string, at: number, by: Credit, n = 1, infix = ''): void => {
    const names = namesOf(metric, day(at));
    put(infix === '' ? names.all : names.all + infix, n);
    put(`${names.team}${infix}${by.team ?? ''}`, n);
    if (by.reps.length === 0) put(names.rep + infix, n);
    else for (const rep of by.reps) put(`${names.rep}${infix}${rep}`, n);
  };
  /** Not decided yet; it is once the day `until` is over. */
  const addOpen = (metric: string, at: number, by: Credit, until: number): void => add(metric, at, by, 1, `${day(until)}|`);

  const appointments = (facts.appointments ?? []).flatMap(({ booked, scheduled, ...one }) => (booked && scheduled ? [{ ...one, booked, scheduled }] : []));
  const meetings = facts.meetings ?? [];

  for (const { startedAt, outcome, by } of facts.calls ?? []) {
    add('calls', startedAt, by);
    if (outcome !== 'wrongNumber') add('calls-answerable', startedAt, by);
    if (ANSWERED.has(outcome)) add('calls-answered', startedAt, by);
    if (outcome === 'reached') add('calls-reached', startedAt, by);
  }

  const callsThatWon = new Set<CallFact>();
  for (const { booked, status } of appointments) {
    add('appointments', booked.at, booked.by);
    if (status?.is !== 'cancelled') add('appointments-net', booked.at, booked.by);
    const named = booked.callId !== undefined;
    const call = named ? calls.find(facts.calls, booked.callId!) : lastCall(facts.calls ?? [], booked.by.reps[0], booked.at, windows.callToAppointmentHours * HOUR);
    if (call) callsThatWon.add(call);
  }
  for (const { startedAt, by } of callsThatWon) add('calls-appointed', startedAt, by);

  for (const { startedAt, mode, by } of meetings) {
    add('visits', startedAt, by);
    add(`visits-${mode}`, startedAt, by);
  }

  const subjects = new Subjects(facts);
  const met = grouped(meetings, (one) => subjects.ofMeeting(one));
  for (const list of met.values()) list.sort((a, b) => a.startedAt - b.startedAt || (a.meetingId < b.meetingId ? -1 : 1));
  for (const [subject, [first, second]] of met) {
    const { startedAt, by } = first!;
    add('first-meetings', startedAt, by);
    if (subject.startsWith('deal ')) add('deals-met', startedAt, by);
    const until = startedAt + windows.firstMeetingLossDays * DAY;
    const end = subjects.endOf(subject, startedAt);
    const wentOn = second !== undefined && (end === undefined || second.startedAt <= end.at);
    if (wentOn) continue;
    if (end === undefined) addOpen('first-meetings-open', startedAt, by, until);
    else if (!end.won && end.at <= until) add('first-meetings-lost', startedAt, by);
  }

  for (const list of grouped(appointments, ({ booked }) => subjects.of(booked.at, booked.dealId)).entries()) {
    const [subject, booked] = list;
    const first = booked.reduce((a, b) => (b.booked.at < a.booked.at || (b.booked.at === a.booked.at && b.booked.id < a.booked.id) ? b : a));
    const { at, by } = first.booked;
    const until = first.scheduled.for + windows.firstMeetingDays * DAY;
    add('first-appointments', at, by);
    const isItsMeeting = (one: MeetingFact): boolean =>
      one.appointmentId !== undefined ? one.appointmentId === first.appointmentId : one.startedAt >= at && subjects.ofMeeting(one) === subject;
    if (meetings.some((one) => isItsMeeting(one) && one.startedAt <= until)) add('first-appointments-held', at, by);
    else if (first.status?.is !== 'cancelled') addOpen('first-appointments-open', at, by, until);
  }

  for (const deal of facts.deals ?? []) addDeal(deal, add);

  for (const { revisions } of facts.quotes ?? []) {
    const [first, ...later] = revisions;
    add('quotes', first!.at, creditOr(first!.by, deals.find(facts.deals, first!.dealId)));
    for (const one of later) add('quote-revisions', one.at, creditOr(one.by, deals.find(facts.deals, one.dealId)));
  }
  return cells;
}

/** How the cells of a metric and a day begin, by dimension. A cache of a pure function. */
function namesOf(metric: string, day: string): CellNames {
  let ofMetric = cellNames.get(metric);
  if (ofMetric === undefined) cellNames.set(metric, (ofMetric = new Map()));
  let names = ofMetric.get(day);
  if (names === undefined) {
    if (ofMetric.size >= MOST_DAYS) ofMetric.clear();
    ofMetric.set(day, (names = { all: `all|${metric}|${day}|`, team: `team|${metric}|${day}|`, rep: `rep|${metric}|${day}|` }));
  }
  return names;
}

interface CellNames {
  all: string;
  team: string;
  rep: string;
}
const cellNames = new Map<string, Map<string, CellNames>>();
const MOST_DAYS = 1_000;

function addDeal(deal: DealFact, add: (metric: string, at: number, by: Credit, n?: number, infix?: string) => void): void {
  const { opened, outcome, products: proposals = [], quoted } = deal;
  if (opened) {
    add('opened', opened.at, opened.by);
    if (outcome === undefined) add('opened-open', opened.at, opened.by);
    else if (outcome.won) add('opened-won', opened.at, opened.by);
  }
  if (outcome) {
    const by = creditOr(outcome.by, deal);
    add(outcome.won ? 'won' : 'lost', outcome.at, by);
    add('closed', outcome.at, by);
    // A loss has no amount of its own: what was at stake is the last quote, else what the deal was opened with.
    const money = outcome.money ?? quoted?.money ?? opened?.money;
    if (money) {
      add('amount-closed', outcome.at, by, money.minor, `${money.currency}|`);
      if (outcome.won) add('amount-won', outcome.at, by, money.minor, `${money.currency}|`);
    }
  }
  for (const { at, by } of proposals) add('products-proposed', at, creditOr(by, deal));
  if (proposals.length > 0) {
    const first = proposals.reduce((a, b) => (b.at < a.at || (b.at === a.at && b.id < a.id) ? b : a));
    add('deals-proposed', first.at, creditOr(first.by, deal));
  }
}

/** Where the event names no rep, the one who opened the deal. */
const creditOr = (by: Credit, deal: DealFact | undefined): Credit =>
  by.reps.length > 0 || deal?.opened === undefined ? by : { reps: deal.opened.by.reps, team: by.team ?? deal.opened.by.team };

function lastCall(all: readonly CallFact[], rep: string | undefined, bookedAt: number, window: number): CallFact | undefined {
  let found: CallFact | undefined;
  for (const call of all) {
    const { startedAt, by } = call;
    if (by.reps[0] !== rep || startedAt > bookedAt || startedAt < bookedAt - window) continue;
    // Of two at the same moment the one with the greater id: they come in the order of their ids.
    if (found === undefined || startedAt >= found.startedAt) found = call;
  }
  return found;
}

function grouped<Item>(items: readonly Item[], subject: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const name = subject(item);
    const group = groups.get(name);
    if (group) group.push(item);
    else groups.set(name, [item]);
  }
  return groups;
}

/**
 * What a meeting or an appointment is about: `deal <id>` or, without one, `run <n>`. One that names no deal is about the deal
 * that is open at the time (opened last, if several), else about the next one that is opened in the same run.
 * A run ends when a deal closes and when the lead is returned or disqualified; what happens at that very moment is still in it.
 */
class Subjects {
  constructor(private readonly facts: SalesFacts) {}

  /** In the order in which they were opened. Made when first asked for: most leads have nothing to ask about. */
  private get deals(): readonly { id: string; from: number; until: number }[] {
    if (this.opened) return this.opened;
    const opened = (this.facts.deals ?? []).flatMap(({ dealId, opened: at, outcome }) => (at ? [{ id: dealId, from: at.at, until: outcome?.at ?? Infinity }] : []));
    return (this.opened = opened.sort((a, b) => a.from - b.from || (a.id < b.id ? -1 : 1)));
  }
  private opened: { id: string; from: number; until: number }[] | undefined;

  private get ends(): readonly { at: number; won: boolean }[] {
    if (this.ended) return this.ended;
    const outcomes = (this.facts.deals ?? []).flatMap(({ outcome }) => (outcome ? [{ at: outcome.at, won: outcome.won }] : []));
    const all = [...outcomes, ...(this.facts.ends ?? []).map(({ at }) => ({ at, won: false }))];
    return (this.ended = all.sort((a, b) => a.at - b.at || Number(b.won) - Number(a.won)));
  }
  private ended: { at: number; won: boolean }[] | undefined;

  ofMeeting({ startedAt, dealId, appointmentId }: MeetingFact): string {
    const appointment = appointmentId === undefined ? undefined : appointmentsById.find(this.facts.appointments, appointmentId);
    return this.of(startedAt, dealId ?? appointment?.booked?.dealId);
  }

  of(at: number, dealId: string | undefined): string {
    if (dealId !== undefined) return `deal ${dealId}`;
    const open = this.deals.findLast(({ from, until }) => from <= at && at <= until);
    if (open) return `deal ${open.id}`;
    const run = this.run(at);
    const next = this.deals.find(({ from }) => from > at && this.run(from) === run);
    return next ? `deal ${next.id}` : `run ${run}`;
  }

  /** How it ended: the deal by its outcome; a run without a deal has nothing to win, so returned or disqualified it is lost. */
  endOf(subject: string, startedAt: number): { at: number; won: boolean } | undefined {
    if (subject.startsWith('deal ')) return deals.find(this.facts.deals, subject.slice(5))?.outcome;
    return this.ends.find(({ at }) => at >= startedAt);
  }

  private run(at: number): number {
    return this.ends.filter((end) => end.at < at).length;
  }
}
