import type { LeadlogEvent } from '@leadlog/events';

/** Something about a handoff of which destinations are told, with the policy that names them where the event does not. */
export interface ToldOutside {
  what: 'lead.handed_off' | 'handoff.assigned' | 'handoff.breached';
  handoffId: string;
  eventId: string;
  /** ms. */
  at: number;
  policy?: { id: string; version: string };
  destinations?: readonly string[];
}

/** `events`: those of one lead stream, in their order. The first who gets a handoff is told with the handoff itself. */
export function toldOutside(events: Iterable<LeadlogEvent>): ToldOutside[] {
  const told: ToldOutside[] = [];
  const handoffs = new Map<string, { policy: ToldOutside['policy']; assigned: boolean }>();
  for (const { id: eventId, type, data, occurredAt: at } of events) {
    if (type === 'LeadHandedOff') {
      const { handoffId, policyId, policyVersion } = data;
      const policy = policyId === undefined || policyVersion === undefined ? undefined : { id: policyId, version: policyVersion };
      handoffs.set(handoffId, { policy, assigned: false });
      told.push({ what: 'lead.handed_off', handoffId, eventId, at, ...(policy && { policy }) });
    } else if (type === 'LeadAssigned' && data.handoffId !== undefined) {
      const handoff = handoffs.get(data.handoffId);
      if (handoff?.assigned)
        told.push({ what: 'handoff.assigned', handoffId: data.handoffId, eventId, at, ...(handoff.policy && { policy: handoff.policy }) });
      if (handoff) handoff.assigned = true;
    } else if (type === 'HandoffSlaBreached' && data.notify) {
      told.push({ what: 'handoff.breached', handoffId: data.handoffId, eventId, at, destinations: data.notify });
    }
  }
  return told;
}
