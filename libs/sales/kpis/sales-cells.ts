import { isAfter } from '@leadlog/events';
import { tableOfNames } from '@leadlog/projections';
import { addDays, localDay } from '@leadlog/time';
import { dealsOf } from './deals-of-leads';
import {
  calls,
  type AppointmentFact,
  type CallFact,
  type Credit,
  type DealFact,
  type KpiWindows,
  type MeetingFact,
  type SalesFacts,
} from './fact-shapes';
import { isDeal, Subjects } from './subjects';

const HOUR = 3_600_000;

/** A person picked up. */
export const ANSWERED: ReadonlySet<CallFact['outcome']> = new Set(['gatekeeper', 'reached', 'refused']);

/**
 * The cells that some leads add to, `<dimension>|<metric>|<local day>|<detail>`, in three dimensions: `all` (detail empty),
 * `rep` and `team` (detail: who; empty where the event says none). `all` is kept apart because several reps at one
 * meeting each get it, but it is one meeting. With a currency or the day on which an open case is decided, the detail is
 * `<currency or day>|<who>`. Meetings and appointments are also counted by `mode` (onsite, remote), products proposed by `product`. All values are integers. Leads that share a deal give the right cells only when they are given together.
 */
export function salesCells(leads: readonly SalesFacts[], timezone: string, windows: KpiWindows): Record<string, number> {
  const cells = tableOfNames();
  const put = (cell: string, n: number): void => {
    cells[cell] = (cells[cell] ?? 0) + n;
  };
  const day = (at: number): string => localDay(at, timezone);
  const add: Add = (metric, at, by, { n = 1, infix = '', mode, product } = {}) => {
    const names = namesOf(metric, day(at));
    put(infix === '' ? names.all : names.all + infix, n);
    put(`${names.team}${infix}${by.team ?? ''}`, n);
    if (mode !== undefined) put(`${names.mode}${infix}${mode}`, n);
    if (product !== undefined) put(`${names.product}${product}`, n);
    if (by.reps.length === 0) put(names.rep + infix, n);
    else for (const rep of by.reps) put(`${names.rep}${infix}${rep}`, n);
  };
  /** Undecided until the end of the day `until`. */
  const addOpen = (metric: string, at: number, by: Credit, until: string, mode: Mode): void =>
    add(metric, at, by, { infix: `${until}|`, mode });

  const deals = dealsOf(leads);
  const meetings: Talk<MeetingFact>[] = [];
  const appointments: Talk<Booked>[] = [];
  for (const [lead, facts] of leads.entries()) {
    const subjects = new Subjects(facts, lead, deals);
    for (const fact of facts.meetings ?? []) meetings.push({ fact, subjects, subject: subjects.ofMeeting(fact) });
    for (const { booked, scheduled, ...one } of facts.appointments ?? []) {
      if (booked && scheduled)
        appointments.push({ fact: { ...one, booked, scheduled }, subjects, subject: subjects.of(booked.at, booked.dealId) });
    }
    addCalls(facts, windows, add);
  }

  for (const {
    fact: { booked, status },
  } of appointments) {
    add('appointments', booked.at, booked.by, { mode: booked.mode });
    if (status?.is !== 'cancelled') add('appointments-net', booked.at, booked.by, { mode: booked.mode });
  }
  for (const {
    fact: { startedAt, mode, by },
  } of meetings) {
    add('visits', startedAt, by, { mode });
    add(`visits-${mode}`, startedAt, by);
  }

  const visits = new Map<string, number>();
  for (const [subject, held] of grouped(meetings)) {
    visits.set(subject, new Set(held.map(({ fact }) => fact.meetingId)).size);
    held.sort(({ fact: a }, { fact: b }) => a.startedAt - b.startedAt || order(a.meetingId, b.meetingId) || a.position - b.position);
    const {
      fact: { meetingId, startedAt, mode, by },
      subjects,
    } = held[0]!;
    add('first-meetings', startedAt, by, { mode });
    if (isDeal(subject)) add('deals-met', startedAt, by, { mode });
    const until = addDays(day(startedAt), windows.firstMeetingLossDays);
    const end = subjects.endOf(subject, startedAt);
    // Several leads may report the same meeting.
    const second = held.find(({ fact }) => fact.meetingId !== meetingId)?.fact;
    const wentOn = second !== undefined && (end === undefined || second.startedAt <= end.at);
    if (wentOn) continue;
    if (end === undefined) addOpen('first-meetings-open', startedAt, by, until, mode);
    else if (!end.won && day(end.at) <= until) add('first-meetings-lost', startedAt, by, { mode });
  }

  for (const [subject, booked] of grouped(appointments)) {
    const { fact: first, subjects } = booked.reduce((a, b) => (isAfter(a.fact.booked, b.fact.booked) ? b : a));
    const { at, by, mode } = first.booked;
    const until = addDays(day(first.scheduled.for), windows.firstMeetingDays);
    add('first-appointments', at, by, { mode });
    const isItsMeeting = (one: Talk<MeetingFact>): boolean => {
      const { appointmentId, startedAt } = one.fact;
      const isAboutIt = one.subject === subject;
      if (appointmentId === undefined) return isAboutIt && startedAt >= at;
      return appointmentId === first.appointmentId && (one.subjects === subjects || (isAboutIt && isDeal(subject)));
    };
    if (meetings.some((one) => day(one.fact.startedAt) <= until && isItsMeeting(one))) add('first-appointments-held', at, by, { mode });
    else if (first.status?.is !== 'cancelled') addOpen('first-appointments-open', at, by, until, mode);
  }

  for (const deal of deals) {
    addDeal(deal, add);
    const { dealId, outcome } = deal;
    const held = visits.get(`deal ${dealId}`);
    if (outcome?.won && held !== undefined) add('won-visits', outcome.at, creditOr(outcome.by, deal), { n: held });
  }
  return cells;
}

type Mode = MeetingFact['mode'];
type Add = (metric: string, at: number, by: Credit, more?: { n?: number; infix?: string; mode?: Mode; product?: string }) => void;
type Booked = AppointmentFact & Required<Pick<AppointmentFact, 'booked' | 'scheduled'>>;

/** A meeting or an appointment, its subject, and how the subject is found for its lead. */
interface Talk<Fact> {
  fact: Fact;
  subject: string;
  subjects: Subjects;
}

/** A call is a fact of its lead alone, and so is the appointment that it won. */
function addCalls(facts: SalesFacts, windows: KpiWindows, add: Add): void {
  for (const { startedAt, outcome, by } of facts.calls ?? []) {
    add('calls', startedAt, by);
    if (outcome !== 'wrongNumber') add('calls-answerable', startedAt, by);
    if (ANSWERED.has(outcome)) add('calls-answered', startedAt, by);
    if (outcome === 'reached') add('calls-reached', startedAt, by);
  }
  const won = new Set<CallFact>();
  for (const { booked } of facts.appointments ?? []) {
    if (!booked) continue;
    const named = booked.callId !== undefined;
    const call = named
      ? calls.find(facts.calls, booked.callId!)
      : lastCall(facts.calls ?? [], booked.by.reps[0], booked.at, windows.callToAppointmentHours * HOUR);
    if (call) won.add(call);
  }
  for (const { startedAt, by } of won) add('calls-appointed', startedAt, by);
}

/** How the cells of a metric and a day begin, by dimension. A cache of a pure function. */
function namesOf(metric: string, day: string): CellNames {
  let ofMetric = cellNames.get(metric);
  if (ofMetric === undefined) cellNames.set(metric, (ofMetric = new Map()));
  let names = ofMetric.get(day);
  if (names === undefined) {
    if (ofMetric.size >= MOST_DAYS) ofMetric.clear();
    ofMetric.set(
      day,
      (names = {
        all: `all|${metric}|${day}|`,
        team: `team|${metric}|${day}|`,
        rep: `rep|${metric}|${day}|`,
        mode: `mode|${metric}|${day}|`,
        product: `product|${metric}|${day}|`,
      }),
    );
  }
  return names;
}

interface CellNames {
  all: string;
  mode: string;
  product: string;
  team: string;
  rep: string;
}
const cellNames = new Map<string, Map<string, CellNames>>();
const MOST_DAYS = 1_000;

function addDeal(deal: DealFact, add: Add): void {
  const { opened, outcome, products: proposals = [], quotes = [], quoted } = deal;
  if (opened) {
    add('opened', opened.at, opened.by);
    if (outcome === undefined) add('opened-open', opened.at, opened.by);
    else if (outcome.won) add('opened-won', opened.at, opened.by);
  }
  if (outcome) {
    const by = creditOr(outcome.by, deal);
    add(outcome.won ? 'won' : 'lost', outcome.at, by);
    add('closed', outcome.at, by);
    // A loss has no amount of its own: the amount lost is the last quote, else the amount at the opening.
    const money = outcome.money ?? quoted?.money ?? opened?.money;
    if (money) {
      const amount = { n: money.minor, infix: `${money.currency}|` };
      add('amount-closed', outcome.at, by, amount);
      if (outcome.won) add('amount-won', outcome.at, by, amount);
    }
  }
  for (const { at, by, productId } of proposals) add('products-proposed', at, creditOr(by, deal), { product: productId });
  if (proposals.length > 0) {
    const first = proposals.reduce((a, b) => (isAfter(a, b) ? b : a));
    add('deals-proposed', first.at, creditOr(first.by, deal));
  }
  for (const { revisions } of quotes)
    for (const [place, { at, by }] of revisions.entries()) add(place === 0 ? 'quotes' : 'quote-revisions', at, creditOr(by, deal));
}

/** If the event names no rep, the one who opened the deal. */
const creditOr = (by: Credit, deal: DealFact): Credit =>
  by.reps.length > 0 || deal.opened === undefined ? by : { reps: deal.opened.by.reps, team: by.team ?? deal.opened.by.team };

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

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function grouped<Fact>(talks: readonly Talk<Fact>[]): Map<string, Talk<Fact>[]> {
  const groups = new Map<string, Talk<Fact>[]>();
  for (const talk of talks) {
    const group = groups.get(talk.subject);
    if (group) group.push(talk);
    else groups.set(talk.subject, [talk]);
  }
  return groups;
}
