import { isAfter, type Happened } from '@leadlog/events';
import { attributesOf } from '@leadlog/lead';
import { addDays, localDay } from '@leadlog/time';
import { dealsOf } from '../deals-of-leads';
import {
  deals as dealsById,
  type AppointmentFact,
  type Credit,
  type DealFact,
  type KpiFacts,
  type KpiWindows,
  type MeetingFact,
} from '../fact-shapes';
import { isDeal, Subjects } from '../subjects';
import { addCalls } from './call-cells';
import { addCovered, CoveredInCalls } from './covered-cells';
import { cellAdder, type Facets } from '@leadlog/lead';
import { addDeal, productsOf } from './deal-cells';
import { addRelays, addReturns } from './handing-cells';

/**
 * The cells that some leads add to, `<dimension>|<metric>|<local day>|<detail>`, in the dimensions `all` (detail empty), `rep`, `team` (detail:
 * who; empty where the event says none), and those of the lead (origin, campaign, region, industry). `all` is kept apart because several reps
 * at one meeting each get it, but it is one meeting. With a currency or the day on which an open case is decided, the detail is
 * `<currency or day>|<who>`, of how many days a deal took `<days>|<who>`, of an item that was covered `<item>|<who>`, and of the hour of a
 * call `<weekday>-<hour>|<who>`. Meetings and appointments are also counted by `mode` (onsite, remote), and what is about a deal by
 * `product`, once for each product of the deal. All values are integers. Leads that share a deal give the right cells only when they are given together.
 */
export function salesCells(leads: readonly KpiFacts[], timezone: string, windows: KpiWindows): Record<string, number> {
  const adder = cellAdder(timezone);
  const { cells, add } = adder;
  const day = (at: number): string => localDay(at, timezone);
  /** Undecided until the end of the day `until`. */
  const addOpen = (metric: string, at: number, facets: Facets, until: string): void => add(metric, at, facets, { infix: `${until}|` });

  const deals = dealsOf(leads);
  const attributes = leads.map(attributesOf);
  const meetings: Talk<MeetingFact>[] = [];
  const appointments: Talk<Booked>[] = [];
  const inCalls = new CoveredInCalls();
  for (const [lead, facts] of leads.entries()) {
    const subjects = new Subjects(facts, lead, deals);
    const talk = <Fact>(fact: Fact, subject: string, by: Credit, mode: MeetingFact['mode']): Talk<Fact> => ({
      fact,
      subjects,
      subject,
      facets: { by, of: attributes[lead]!, mode, products: productsAbout(subject, deals) },
    });
    for (const fact of facts.meetings ?? []) meetings.push(talk(fact, subjects.ofMeeting(fact), fact.by, fact.mode));
    for (const { booked, scheduled, ...one } of facts.appointments ?? []) {
      if (booked && scheduled)
        appointments.push(talk({ ...one, booked, scheduled }, subjects.of(booked.at, booked.dealId), booked.by, booked.mode));
    }
    inCalls.add(facts, subjects);
    addCalls(facts, attributes[lead]!, windows, adder);
  }

  for (const {
    fact: { booked, status },
    facets,
  } of appointments) {
    add('appointments', booked.at, facets);
    if (status?.is !== 'cancelled') add('appointments-net', booked.at, facets);
  }
  for (const {
    fact: { startedAt, mode },
    facets,
  } of meetings) {
    add('visits', startedAt, facets);
    add(`visits-${mode}`, startedAt, facets);
  }

  const visits = new Map<string, number>();
  for (const [subject, held] of grouped(meetings)) {
    visits.set(subject, new Set(held.map(({ fact }) => fact.meetingId)).size);
    held.sort(({ fact: a }, { fact: b }) => a.startedAt - b.startedAt || order(a.meetingId, b.meetingId) || a.position - b.position);
    const {
      fact: { meetingId, startedAt },
      subjects,
      facets,
    } = held[0]!;
    add('first-meetings', startedAt, facets);
    if (isDeal(subject)) add('deals-met', startedAt, facets);
    const until = addDays(day(startedAt), windows.firstMeetingLossDays);
    const end = subjects.endOf(subject, startedAt);
    addCovered([...inCalls.of(subject), ...held.flatMap(({ fact }) => fact.covered ?? [])], startedAt, facets, end, add);
    // Several leads may report the same meeting.
    const second = held.find(({ fact }) => fact.meetingId !== meetingId)?.fact;
    const wentOn = second !== undefined && (end === undefined || second.startedAt <= end.at);
    if (wentOn) continue;
    if (end === undefined) addOpen('first-meetings-open', startedAt, facets, until);
    else if (!end.won && day(end.at) <= until) add('first-meetings-lost', startedAt, facets);
  }

  for (const [subject, booked] of grouped(appointments)) {
    const { fact: first, subjects, facets } = booked.reduce((a, b) => (isAfter(a.fact.booked, b.fact.booked) ? b : a));
    const { at } = first.booked;
    const until = addDays(day(first.scheduled.for), windows.firstMeetingDays);
    add('first-appointments', at, facets);
    const isItsMeeting = (one: Talk<MeetingFact>): boolean => {
      const { appointmentId, startedAt } = one.fact;
      const isAboutIt = one.subject === subject;
      if (appointmentId === undefined) return isAboutIt && startedAt >= at;
      return appointmentId === first.appointmentId && (one.subjects === subjects || (isAboutIt && isDeal(subject)));
    };
    if (meetings.some((one) => day(one.fact.startedAt) <= until && isItsMeeting(one))) add('first-appointments-held', at, facets);
    else if (first.status?.is !== 'cancelled') addOpen('first-appointments-open', at, facets, until);
  }

  const wins = leads.map((): number[] => []);
  for (const deal of deals) {
    const tellerOf = tellersOf(leads, deal.dealId);
    addDeal(deal, (told) => attributes[tellerOf(told)]!, visits.get(`deal ${deal.dealId}`), day, add);
    const { opened, outcome } = deal;
    if (outcome?.won) wins[tellerOf(opened ?? outcome)]!.push(outcome.at);
  }
  for (const [lead, facts] of leads.entries()) {
    addReturns(facts, attributes[lead]!, wins[lead]!, windows, day, add);
    addRelays(facts, attributes[lead]!, deals, add);
  }
  return cells;
}

type Booked = AppointmentFact & Required<Pick<AppointmentFact, 'booked' | 'scheduled'>>;

/** A meeting or an appointment, its subject, and how the subject is found for its lead. */
interface Talk<Fact> {
  fact: Fact;
  subject: string;
  subjects: Subjects;
  facets: Facets;
}

/** A run without a deal has no products. */
function productsAbout(subject: string, deals: readonly DealFact[]): string[] {
  const deal = isDeal(subject) ? dealsById.find(deals, subject.slice(5)) : undefined;
  return deal ? productsOf(deal) : [];
}

/** Which lead told of a fact of the deal. */
function tellersOf(leads: readonly KpiFacts[], dealId: string): (told: Happened) => number {
  if (leads.length === 1) return () => 0;
  const tellers = new Map<number, number>();
  for (const [lead, facts] of leads.entries()) {
    const { opened, outcome, products = [], quotes = [] } = dealsById.find(facts.deals, dealId) ?? {};
    for (const told of [opened, outcome, ...products, ...quotes.flatMap(({ revisions }) => revisions)])
      if (told) tellers.set(told.position, lead);
  }
  return ({ position }) => tellers.get(position)!;
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
