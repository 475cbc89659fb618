import type { EventData, LeadlogEvent } from '@leadlog/events';

type Fact = Pick<LeadlogEvent, 'id' | 'type' | 'data' | 'occurredAt'>;

/** Order of facts at the same moment about the same handoff. */
const RANK: Readonly<Record<string, number>> = {
  LeadHandedOff: 0,
  LeadAssigned: 1,
  HandoffAccepted: 2,
  InsightExchanged: 3,
  HandoffRejected: 4,
  LeadReturned: 5,
  HandoffSlaBreached: 6,
  LeadDisqualified: 7,
  LeadRequalified: 8,
};

/**
 * Facts about the life of one lead in the order in which they happened, regardless of the order of arrival. `at`, ms: facts about
 * a handoff never happen before it, nor is a disqualification reverted before it, even if a slow clock or a date without a time suggests so.
 */
export function inOrderOfLife<Event extends Fact>(events: readonly Event[]): { event: Event; at: number }[] {
  const handed = events
    .filter(({ type }) => type === 'LeadHandedOff')
    .map(({ data, occurredAt }) => ({ ...(data as EventData['LeadHandedOff']), at: occurredAt }))
    .sort((a, b) => a.at - b.at);
  const placed = events.map((event, index) => {
    const { handoffId, runId } = event.data as { handoffId?: string; runId?: string };
    let of = handoffId === undefined ? -1 : handed.findIndex((one) => one.handoffId === handoffId);
    if (of === -1 && event.type === 'LeadReturned') of = handed.findIndex((one) => one.runId === runId);
    const takenBack = event.type === 'LeadRequalified' ? (event.data as EventData['LeadRequalified']).targetEventId : undefined;
    const undone = takenBack === undefined ? undefined : events.find(({ id }) => id === takenBack)?.occurredAt;
    const at = Math.max(event.occurredAt, handed[of]?.at ?? -Infinity, undone ?? -Infinity);
    // A return names the run that it ends: it applies to the last handoff of that run up to then.
    if (of === -1 || handed[of]!.handoffId !== handoffId)
      of = Math.max(
        of,
        handed.findLastIndex((one) => one.at <= at && (of === -1 || one.runId === runId)),
      );
    return { event, at, of, index };
  });
  return placed.sort((a, b) => a.at - b.at || a.of - b.of || (RANK[a.event.type] ?? 9) - (RANK[b.event.type] ?? 9) || a.index - b.index);
}
