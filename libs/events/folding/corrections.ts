import type { RecordedEvent } from '@leadlog/event-log';
import type { Corrections } from '@leadlog/projections';
import type { EventData } from '../event-types';
import type { TouchpointInvalidated } from '../types/web';

/**
 * How a voided touchpoint, a reverted disqualification, a merge and its reversal change the past of a lead; for every projection keyed by
 * lead.
 */
export const leadCorrections: Corrections = {
  types: ['TouchpointInvalidated', 'LeadRequalified', 'LeadsMerged', 'MergeReverted'],
  of(event: RecordedEvent) {
    switch (event.type) {
      case 'TouchpointInvalidated': {
        const { targetEventId, targetStream } = event.data as EventData['TouchpointInvalidated'];
        return { kind: 'void', eventId: targetEventId, stream: targetStream };
      }
      case 'LeadRequalified':
        return { kind: 'void', eventId: (event.data as EventData['LeadRequalified']).targetEventId };
      case 'LeadsMerged': {
        const { mergedId, survivorId } = event.data as EventData['LeadsMerged'];
        return { kind: 'merge', from: mergedId, to: survivorId };
      }
      case 'MergeReverted':
        return { kind: 'unmerge', mergeEventId: (event.data as EventData['MergeReverted']).mergeEventId };
      default:
        throw new Error(`${event.type} is not a correction; expected one of ${this.types.join(', ')}`);
    }
  },
};

/** One event that counts as if it had never happened, and why. */
export interface Void {
  targetEventId: string;
  targetStream?: string;
  reason: TouchpointInvalidated['reason'] | 'requalified';
  /** The event that says so. */
  by: string;
}

/** What this event voids, if it does. */
export function voidIn({ id, type, data }: Pick<RecordedEvent, 'id' | 'type' | 'data'>): Void | undefined {
  if (type === 'LeadRequalified')
    return { targetEventId: (data as EventData['LeadRequalified']).targetEventId, reason: 'requalified', by: id };
  if (type !== 'TouchpointInvalidated') return undefined;
  const { targetEventId, targetStream, reason } = data as TouchpointInvalidated;
  return { targetEventId, targetStream, reason, by: id };
}

/** Which events of a lead are voided. */
export class Voided {
  private readonly by = new Map<string, Void[]>();

  add(one: Void | undefined): void {
    if (one) this.by.set(one.targetEventId, [...(this.by.get(one.targetEventId) ?? []), one]);
  }

  /** Why this event counts as if it had never happened; undefined if it counts. */
  of({ id, stream }: Pick<RecordedEvent, 'id' | 'stream'>): Pick<Void, 'reason' | 'by'> | undefined {
    const found = this.by.get(id)?.findLast(({ targetStream }) => targetStream === undefined || targetStream === stream);
    return found && { reason: found.reason, by: found.by };
  }
}
