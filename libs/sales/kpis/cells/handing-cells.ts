import { answeredRelays, type LeadAttributes } from '@leadlog/lead';
import { addDays } from '@leadlog/time';
import { appointments, deals as dealsById, type DealFact, type KpiFacts, type KpiWindows } from '../fact-shapes';
import type { AddCell } from '@leadlog/lead';

/**
 * A return yields where the lead is handed off again in time, and wins where it has a win after that. `wins`: when deals of the lead were won.
 * It is open as long as a handoff would count; a win still counts after that.
 */
export function addReturns(
  { returns = [], handed = [] }: KpiFacts,
  of: LeadAttributes,
  wins: readonly number[],
  { returnYieldDays }: KpiWindows,
  day: (at: number) => string,
  add: AddCell,
): void {
  for (const { at } of returns) {
    const until = addDays(day(at), returnYieldDays);
    const again = handed.filter((one) => one.at > at && day(one.at) <= until).map((one) => one.at);
    const hasWon = again.length > 0 && wins.some((wonAt) => wonAt >= Math.min(...again));
    add('returned', at, { of });
    if (again.length > 0) add('returned-handed', at, { of });
    else add('returned-open', at, { of }, { infix: `${until}|` });
    if (hasWon) add('returned-won', at, { of });
    else add('returned-unwon', at, { of }, { infix: `${until}|` });
  }
}

/** Relays of appointments, by the rules of libs/handoff/relays: the last that was not rejected has the first meeting from then on, and its deal. */
export function addRelays(facts: KpiFacts, of: LeadAttributes, deals: readonly DealFact[], add: AddCell): void {
  const { relays = [], relayAnswers = [], meetings = [] } = facts;
  for (const appointmentId of new Set(relays.map((one) => one.appointmentId))) {
    const isOfIt = (one: { appointmentId?: string }): boolean => one.appointmentId === appointmentId;
    const chain = answeredRelays(relays.filter(isOfIt), relayAnswers.filter(isOfIt));
    const carrier = chain.findLast(({ answer }) => answer?.accepted !== false);
    for (const one of chain) {
      const { relay, answer } = one;
      const fieldRep = answer?.accepted ? answer.repId : relay.toRepId;
      const facets = { by: { reps: [relay.fromRepId] }, of, fieldRep, pair: `${relay.fromRepId} → ${fieldRep}` };
      add('relayed', relay.at, facets);
      if (answer?.accepted) add('relayed-accepted', relay.at, facets);
      if (one !== carrier) continue;
      const held = meetings
        .filter((meeting) => isOfIt(meeting) && meeting.startedAt >= relay.at)
        .sort((a, b) => a.startedAt - b.startedAt || (a.meetingId < b.meetingId ? -1 : 1))[0];
      if (!held) continue;
      add('relayed-held', relay.at, facets);
      const dealId = held.dealId ?? appointments.find(facts.appointments, appointmentId)?.booked?.dealId;
      if (dealId !== undefined && dealsById.find(deals, dealId)?.outcome?.won) add('relayed-won', relay.at, facets);
    }
  }
}
