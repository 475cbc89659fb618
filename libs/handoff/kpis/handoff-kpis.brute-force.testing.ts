import type { EventOf, EventType, LeadlogEvent } from '@leadlog/events';
import { medianStay } from '@leadlog/sales/kpis/kpis.brute-force.testing';

type Share = { n: number; d: number | null; open: number | null; value?: number | null };

/**
 * The formulas between marketing and sales once more, straight over a list of events, as slow and as literal as can be. Shares no code with
 * the read model. Tokyo only. `who`: of one representative or team, or of leads of one origin or industry; undefined: everybody.
 */
export function bruteForceHandoffs(
  events: readonly LeadlogEvent[],
  span: { from: number; to: number },
  today: number,
  who: { rep?: string; team?: string; origin?: string; industry?: string } = {},
): Record<string, Share> {
  const HOUR = 3_600_000;
  const dayOf = (at: number): number => Math.floor((at + 9 * HOUR) / (24 * HOUR));
  const inSpan = (at: number): boolean => at >= span.from && at < span.to;
  const sorted = [...events].sort((a, b) => a.occurredAt - b.occurredAt || Number(a.position - b.position));
  const of = <Type extends EventType>(type: Type): EventOf<Type>[] =>
    sorted.filter((event) => event.type === type) as LeadlogEvent[] as EventOf<Type>[];
  const lead = (event: LeadlogEvent): string => (event.data as { leadId: string }).leadId;
  const ms = (text: string): number => Date.parse(text);
  const first = <Item>(items: readonly Item[], id: (item: Item) => string): Item[] =>
    items.filter((item, place) => items.findIndex((other) => id(other) === id(item)) === place);

  const captures = first(of('LeadCaptured'), lead);
  const originOf = (leadId: string): string => captures.find((e) => lead(e) === leadId)?.data.origin ?? '';
  const industryOf = (leadId: string): string =>
    sorted
      .flatMap((e) => {
        if (lead(e) !== leadId) return [];
        if (e.type === 'LeadCaptured') return e.data.profile.industry ?? [];
        return e.type === 'ProfileUpdated' ? (e.data.changes.industry ?? []) : [];
      })
      .at(-1) ?? '';
  const isOfLead = (leadId: string): boolean =>
    (who.origin === undefined || originOf(leadId) === who.origin) && (who.industry === undefined || industryOf(leadId) === who.industry);
  // Nobody is credited with a lead.
  const isOfLeads = who.rep === undefined && who.team === undefined;

  const hots = of('LeadTierChanged').filter((e) => e.data.to === 'hot' && e.data.from !== 'hot' && !e.data.aside);
  const handedOff = first(of('LeadHandedOff'), (e) => `${lead(e)} ${e.data.handoffId}`).sort(
    (a, b) => a.occurredAt - b.occurredAt || (a.data.handoffId < b.data.handoffId ? -1 : 1),
  );
  const sameHandoff = (a: LeadlogEvent, b: LeadlogEvent): boolean =>
    lead(a) === lead(b) && (a.data as { handoffId?: string }).handoffId === (b.data as { handoffId?: string }).handoffId;
  const nextOf = (e: LeadlogEvent): number =>
    handedOff.find((o) => lead(o) === lead(e) && o.occurredAt > e.occurredAt)?.occurredAt ?? Infinity;

  const holder = (e: EventOf<'LeadHandedOff'>): { rep?: string; team?: string } => {
    const assigned = of('LeadAssigned').findLast((o) => sameHandoff(o, e));
    const accepted = of('HandoffAccepted').findLast((o) => sameHandoff(o, e));
    if (accepted && !(assigned && assigned.occurredAt > Math.max(accepted.occurredAt, e.occurredAt))) {
      const team = accepted.data.teamId ?? accepted.metadata.actor.teamId;
      return { rep: accepted.data.repId, team: team ?? (accepted.data.repId === assigned?.data.repId ? assigned.data.teamId : undefined) };
    }
    return { rep: assigned?.data.repId, team: assigned?.data.teamId };
  };
  const mine = (e: EventOf<'LeadHandedOff'>): boolean =>
    isOfLead(lead(e)) &&
    (who.rep === undefined || (holder(e).rep ?? '') === who.rep) &&
    (who.team === undefined || (holder(e).team ?? '') === who.team);

  const acceptedAt = (e: LeadlogEvent): number | undefined => of('HandoffAccepted').find((o) => sameHandoff(o, e))?.occurredAt;
  const rejection = (e: LeadlogEvent) => of('HandoffRejected').find((o) => sameHandoff(o, e));
  const contacts = [
    ...first(of('CallCompleted').toReversed(), (e) => `${lead(e)} ${e.data.callId}`),
    ...first(of('MeetingHeld').toReversed(), (e) => `${lead(e)} ${e.data.meetingId}`),
  ];
  const waited = (e: LeadlogEvent): number => {
    const starts = contacts.filter((o) => lead(o) === lead(e)).map((o) => ms(o.data.startedAt));
    return Math.min(...starts.filter((at) => at >= e.occurredAt && at < nextOf(e))) - e.occurredAt;
  };
  const dueAt = (e: EventOf<'LeadHandedOff'>): number => Math.max(ms(e.data.acceptBy), ms(e.data.contactBy));
  const isBreached = (e: LeadlogEvent): boolean => of('HandoffSlaBreached').some((o) => sameHandoff(o, e));

  // A return without a handoff of its own ends the last one up to then.
  const endedAt = (e: EventOf<'LeadHandedOff'>): number =>
    Math.min(
      ...of('LeadReturned')
        .filter((o) => handedOff.findLast((h) => lead(h) === lead(o) && h.occurredAt <= o.occurredAt) === e)
        .map((o) => o.occurredAt),
      ...of('LeadDisqualified')
        .filter((o) => lead(o) === lead(e))
        .map((o) => Math.max(o.occurredAt, e.occurredAt)),
      Math.max(rejection(e)?.occurredAt ?? Infinity, e.occurredAt),
    );
  const ledToDeal = (e: EventOf<'LeadHandedOff'>): boolean =>
    first(of('DealOpened'), (o) => `${lead(o)} ${o.data.dealId}`).some((opening) => {
      if (lead(opening) !== lead(e)) return false;
      const naming = of('DealOpened').findLast(
        (o) => lead(o) === lead(e) && o.data.dealId === opening.data.dealId && o.data.handoffId !== undefined,
      );
      if (naming) return naming.data.handoffId === e.data.handoffId;
      const at = opening.occurredAt;
      return handedOff.findLast((h) => lead(h) === lead(e) && h.occurredAt <= at && endedAt(h) > at && nextOf(h) > at) === e;
    });

  const is = (n: number, d: number | null = null, open: number | null = null): Share => ({ n, d, open });
  const cohort = handedOff.filter((e) => inSpan(e.occurredAt) && mine(e));
  const accepted = handedOff.filter((e) => mine(e) && acceptedAt(e) !== undefined && inSpan(acceptedAt(e)!));
  const due = handedOff.filter((e) => mine(e) && inSpan(dueAt(e)));
  const rejectedFor = (reason?: string): Share =>
    is(cohort.filter((e) => rejection(e) && (reason === undefined || rejection(e)!.data.reason === reason)).length, cohort.length);
  const waitedMinutes = (q: number): Share => {
    const minutes = cohort.map((e) => waited(e) / 60_000).sort((a, b) => a - b);
    const value = minutes[Math.ceil(q * minutes.length) - 1] ?? Infinity;
    return { ...is(minutes.filter(Number.isFinite).length, minutes.length), value: value === Infinity ? null : value };
  };
  const stayed = (stays: readonly { from: number; until: number }[]): Share => {
    const left = stays.filter(({ until }) => until < Infinity).length;
    const days = stays.map(({ from, until }) => ({
      days: Math.max(0, (until < Infinity ? dayOf(until) : today) - dayOf(from)),
      left: until < Infinity,
    }));
    return { ...is(left, stays.length, stays.length - left), value: medianStay(days) };
  };
  const numbers: Record<string, Share> = {
    handoffs: is(cohort.length),
    'handoffs-accepted': is(accepted.length),
    'stage-time-handoff': stayed(cohort.map((e) => ({ from: e.occurredAt, until: Math.min(acceptedAt(e) ?? Infinity, endedAt(e)) }))),
    'accepted-to-deal': is(accepted.filter(ledToDeal).length, accepted.length),
    'first-response-median': waitedMinutes(0.5),
    'first-response-p90': waitedMinutes(0.9),
    'first-response-at-once-rate': is(cohort.filter((e) => waited(e) <= HOUR / 12).length, cohort.length),
    'first-response-soon-rate': is(cohort.filter((e) => waited(e) <= HOUR).length, cohort.length),
    'sla-kept': is(
      due.filter((e) => !isBreached(e)).length,
      due.length,
      due.filter((e) => !isBreached(e) && dayOf(dueAt(e)) >= today).length,
    ),
    'rejection-rate': rejectedFor(),
    'rejection-rate-bad-fit': rejectedFor('badFit'),
    'rejection-rate-no-need': rejectedFor('noNeed'),
  };
  if (!isOfLeads) return numbers;

  const captured = captures.filter((e) => inSpan(e.occurredAt) && isOfLead(lead(e)));
  const becameHot = hots.filter((e) => inSpan(e.occurredAt) && isOfLead(lead(e)));
  const isAccepted = (hot: LeadlogEvent): boolean => {
    const next = hots[hots.findIndex((o, place) => place > hots.indexOf(hot as (typeof hots)[number]) && lead(o) === lead(hot))];
    return handedOff.some(
      (e) =>
        lead(e) === lead(hot) &&
        e.occurredAt >= hot.occurredAt &&
        (next === undefined || e.occurredAt < next.occurredAt) &&
        acceptedAt(e) !== undefined,
    );
  };
  return {
    ...numbers,
    hot: is(becameHot.length),
    'lead-to-hot': is(captured.filter((e) => hots.some((o) => lead(o) === lead(e))).length, captured.length),
    'stage-time-lead': stayed(
      captured.map((e) => ({ from: e.occurredAt, until: Math.min(...hots.filter((o) => lead(o) === lead(e)).map((o) => o.occurredAt)) })),
    ),
    'hot-to-accepted': is(becameHot.filter(isAccepted).length, becameHot.length),
  };
}
