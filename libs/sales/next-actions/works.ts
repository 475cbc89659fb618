import { earliest, latest } from '@leadlog/events';
import { dealsOf, either } from '../kpis/deals-of-leads';
import { deals as dealsById, type CallFact, type DealFact, type MeetingFact } from '../kpis/fact-shapes';
import { isDeal, Subjects } from '../kpis/subjects';
import { appointmentState, type Appointment } from './appointments';
import { cardsSince, followingOf, type Following } from './card-following';
import type { Handed, LeadHandoffs } from './handed';
import { openPlans, type Plan } from './plans';
import { relayNow, holdersOf, type RelayNow } from './relay-now';
import { asReported, dealSteps, type DealSteps, type OpenDeal, type WorkFacts } from './work-facts';

/** A lead as it is now, after all merges, with what is recorded of it. */
export interface LeadAtWork {
  leadId: string;
  facts: WorkFacts;
  handoffs: LeadHandoffs;
}

/** A moment (ms), and where its days are. */
export interface AsOf {
  now: number;
  timezone: string;
}

/** What sales works on: a run of a lead, or an open deal. Times in ms. */
export interface Work {
  /** Of a deal, the lead with which it was opened. */
  leadId: string;
  deal?: OpenDeal;
  steps?: DealSteps;
  handoff?: Handed;
  /** It was handed off again after a return. */
  isBack: boolean;
  repId?: string;
  /** By time, since the run began. */
  calls: CallFact[];
  /** By when they are. */
  appointments: RelayedAppointment[];
  meetings: MeetingFact[];
  /** Open ones, by due time. */
  plans: Plan[];
  /** When a planned action was last completed. */
  completedAt?: number;
  /** A card of the lead that is followed in this run. */
  following?: Following;
}

export type RelayedAppointment = Appointment & { relay?: RelayNow };

/**
 * What there is to work on with these leads, which must include every lead of each deal that one of them names. An open deal of a lead takes
 * the place of its run. Nothing of a run that is over is left, such as what was planned in it.
 */
export function worksOf(leads: readonly LeadAtWork[], asOf: AsOf): Work[] {
  const deals = dealsOf(leads.map(({ facts }) => facts));
  const known = leads.map((lead, place) => knownOf(lead, new Subjects(lead.facts, place, deals), deals));
  const parties = partiesOf(known);
  const open = deals.flatMap((deal) => openOf(deal, parties.get(deal.dealId) ?? []) ?? []);
  for (const { deal, owner } of open) if (owner.main === undefined || owner.main.opened.at <= deal.opened.at) owner.main = deal;
  return [...known.flatMap((lead) => runsOf(lead, asOf)), ...open.map((one) => dealWork(one, parties.get(one.deal.dealId)!))];
}

interface About<Fact> {
  fact: Fact;
  subject: string;
}

interface Known extends LeadAtWork {
  /** When a run last ended, its own or that of a duplicate; -Infinity if none has. */
  over: number;
  /** When a deal of it was last won or lost. */
  closed: number;
  appointments: About<RelayedAppointment>[];
  meetings: About<MeetingFact>[];
  /** Open and of this run. */
  plans: Plan[];
  /** Of its open deals, the one opened last. */
  main?: OpenDeal;
}

interface Opened {
  deal: OpenDeal;
  owner: Known;
}

function knownOf(lead: LeadAtWork, subjects: Subjects, deals: readonly DealFact[]): Known {
  const { appointments = [], meetings = [], over: ends = [], relays } = lead.facts;
  const over = Math.max(-Infinity, ...[...(lead.handoffs.over ?? []), ...ends].map(({ at }) => at));
  return {
    leadId: lead.leadId,
    facts: lead.facts,
    handoffs: lead.handoffs,
    over,
    closed: Math.max(...(lead.facts.deals ?? []).map(({ dealId }) => dealsById.find(deals, dealId)?.outcome?.at ?? -Infinity)),
    appointments: appointments.flatMap(({ appointmentId, booked, scheduled, status }) =>
      booked && scheduled
        ? {
            fact: { appointmentId, booked, scheduled, status, relay: relayNow(relays, appointmentId) },
            subject: subjects.of(booked.at, booked.dealId),
          }
        : [],
    ),
    meetings: meetings.map((fact) => ({ fact: asReported(fact), subject: subjects.ofMeeting(fact) })),
    plans: openPlans(lead.facts).filter((plan) => !isOver(lead, over, plan)),
  };
}

/** By deal: the leads that say anything of it. */
function partiesOf(leads: readonly Known[]): Map<string, Known[]> {
  const parties = new Map<string, Known[]>();
  for (const lead of leads) {
    const says = (dealId: string): void => {
      const known = parties.get(dealId);
      if (!known) parties.set(dealId, [lead]);
      else if (known.at(-1) !== lead) known.push(lead);
    };
    for (const { dealId } of lead.facts.deals ?? []) says(dealId);
    for (const { dealId } of lead.facts.steps ?? []) says(dealId);
    for (const { subject } of lead.appointments) if (isDeal(subject)) says(subject.slice(5));
    for (const { subject } of lead.meetings) if (isDeal(subject)) says(subject.slice(5));
  }
  return parties;
}

/**
 * Whether the run in which something was recorded is over: that of the lead under which it is recorded has ended since; or another one has, such
 * as that of a duplicate that was merged in, and no handoff from before it is still open. A deal goes with the handoff that it decides.
 */
function isOver({ leadId, facts, handoffs }: LeadAtWork, over: number, it: { leadId?: string; at: number; dealId?: string }): boolean {
  if (it.at > over) return false;
  const { open, endedDeals = [] } = handoffs;
  if (it.dealId !== undefined) {
    if (endedDeals.includes(it.dealId)) return true;
    if (open.some((one) => one.dealId === it.dealId)) return false;
  }
  const own = it.leadId ?? leadId;
  const ends = [...(handoffs.over ?? []), ...(facts.over ?? [])];
  return ends.some((end) => end.leadId === own && it.at <= end.at) || !open.some((one) => one.at <= it.at);
}

/** A deal that was never closed is over with its run. */
function openOf(deal: DealFact, leads: readonly Known[]): Opened | undefined {
  const { dealId, opened, outcome } = deal;
  if (!opened || outcome) return undefined;
  const owner = leads.find(({ facts }) => dealsById.find(facts.deals, dealId)?.opened?.position === opened.position);
  if (!owner || owner.handoffs.disqualified) return undefined;
  if (isOver(owner, owner.over, { ...opened, dealId })) return undefined;
  return { deal: { ...deal, opened }, owner };
}

function dealWork({ deal, owner }: Opened, its: readonly Known[]): Work {
  const { dealId, opened } = deal;
  const { open } = owner.handoffs;
  const handoff = open.find((one) => one.dealId === dealId) ?? open.findLast(({ state, at }) => state === 'in-deal' && at <= opened.at);
  const named = `deal ${dealId}`;
  const isOfIt = ({ subject }: About<unknown>): boolean => subject === named;
  // Several leads may report the same meeting.
  const meetings = new Map(its.flatMap((lead) => lead.meetings.filter(isOfIt).map(({ fact }) => [fact.meetingId, fact] as const)));
  const isMoved = handoff?.repId !== undefined && handoff.assignedAt !== undefined && handoff.assignedAt > opened.at;
  const appointments = inOrder(its.flatMap((lead) => lead.appointments.filter(isOfIt).map(({ fact }) => fact)));
  return workOf(its, owner, handoff, {
    deal,
    following: followingIn(owner),
    steps: joined(its.flatMap(({ facts }) => dealSteps.find(facts.steps, dealId) ?? [])),
    repId:
      takenOver(appointments, isMoved ? handoff.assignedAt! : opened.at) ??
      (isMoved ? handoff.repId : (opened.by.reps[0] ?? handoff?.repId)),
    appointments,
    meetings: [...meetings.values()].sort((a, b) => a.startedAt - b.startedAt || order(a.meetingId, b.meetingId)),
    plans: its
      .flatMap((lead) =>
        lead.plans.filter((plan) => (plan.dealId ?? (waitingOf(lead).length > 0 ? undefined : lead.main?.dealId)) === dealId),
      )
      .sort(byDueTime),
  });
}

const waitingOf = ({ handoffs }: LeadAtWork): Handed[] => handoffs.open.filter(({ state }) => state !== 'in-deal');

/** Without a handoff there is only something to do if somebody has planned or agreed something, or follows a card. */
function runsOf(lead: Known, { now, timezone }: AsOf): Work[] {
  if (lead.handoffs.disqualified) return [];
  const waiting = waitingOf(lead);
  // What a person plans for a lead is planned once, even if a merge has brought two handoffs together.
  if (waiting.length > 0) return waiting.map((handoff, place) => runWork(lead, handoff, place === waiting.length - 1));
  if (lead.handoffs.open.length > 0 || lead.main !== undefined) return [];
  const work = runWork(lead, undefined, true);
  const isAgreed = work.appointments.some((one) => ['ahead', 'passed'].includes(appointmentState(one, work.meetings, now, timezone)));
  const isFollowed = work.following !== undefined && work.following.exchangedAt >= cardsSince({ now, timezone });
  return isAgreed || isFollowed || work.plans.length > 0 ? [work] : [];
}

function runWork(lead: Known, handoff: Handed | undefined, takesPlans: boolean): Work {
  const since = handoff?.at ?? lead.over;
  const appointments = inOrder(
    lead.appointments.filter(({ subject, fact }) => !isDeal(subject) && !isOver(lead, lead.over, fact.booked)).map(({ fact }) => fact),
  );
  const meetings = lead.meetings.filter(({ subject, fact }) => !isDeal(subject) && fact.startedAt >= since).map(({ fact }) => fact);
  const plans = takesPlans ? lead.plans.filter(({ dealId }) => dealId === undefined).sort(byDueTime) : [];
  const following = followingIn(lead);
  return workOf([lead], lead, handoff, {
    following,
    repId:
      takenOver(appointments, handoff?.assignedAt ?? since) ??
      handoff?.repId ??
      plans[0]?.repId ??
      appointments.map((one) => holdersOf(one, one.relay)[0]).at(-1) ??
      following?.repId,
    appointments,
    meetings: meetings.sort((a, b) => a.startedAt - b.startedAt || order(a.meetingId, b.meetingId)),
    plans,
  });
}

const followingIn = ({ facts, over, closed }: Known): Following | undefined => followingOf(facts, Math.max(over, closed));

/** Who accepted an appointment of it from a colleague last, and after `at`: what follows from the meeting is theirs. */
const takenOver = (appointments: readonly RelayedAppointment[], at: number): string | undefined =>
  appointments
    .flatMap(({ relay }) => (relay?.since !== undefined && relay.since > at ? [{ repId: relay.holder, since: relay.since }] : []))
    .sort((a, b) => a.since - b.since)
    .at(-1)?.repId;

/** What a run and a deal have in common. */
function workOf(
  its: readonly Known[],
  owner: Known,
  handoff: Handed | undefined,
  own: Omit<Work, 'leadId' | 'handoff' | 'isBack' | 'calls' | 'completedAt'>,
): Work {
  const { returnedAt } = owner.handoffs;
  const since = handoff?.at ?? owner.over;
  const completed = its.flatMap(({ facts }) => (facts.planned ?? []).flatMap((one) => one.completed?.at ?? []));
  // Each member by name: hundreds are made for an answer, and a spread takes as long as all else.
  return {
    leadId: owner.leadId,
    deal: own.deal,
    steps: own.steps,
    handoff,
    isBack: handoff !== undefined && returnedAt !== undefined && returnedAt <= handoff.at,
    calls: its
      .flatMap(({ facts }) => (facts.calls ?? []).map(asReported))
      .filter(({ startedAt }) => startedAt >= since)
      .sort((a, b) => a.startedAt - b.startedAt || order(a.callId, b.callId)),
    repId: own.repId,
    appointments: own.appointments,
    meetings: own.meetings,
    plans: own.plans,
    completedAt: completed.length > 0 ? Math.max(...completed) : undefined,
    following: own.following,
  };
}

/** As if all events of the deal were of one lead. */
function joined(all: readonly DealSteps[]): DealSteps | undefined {
  return all.reduce<DealSteps | undefined>(
    (one, other) =>
      one && {
        dealId: one.dealId,
        proposed: either(latest, one.proposed, other.proposed),
        offered: either(latest, one.offered, other.offered),
        asked: either(earliest, one.asked, other.asked),
        answered: either(latest, one.answered, other.answered),
        told: either(latest, one.told, other.told),
      },
    all[0],
  );
}

const inOrder = (appointments: RelayedAppointment[]): RelayedAppointment[] =>
  appointments.sort((a, b) => a.scheduled.for - b.scheduled.for || order(a.appointmentId, b.appointmentId));
const byDueTime = (a: Plan, b: Plan): number => a.dueAt - b.dueAt || order(a.actionId, b.actionId);
const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
