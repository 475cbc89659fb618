import type { RecordedEvent } from '@leadlog/event-log';
import type { Corrections } from '@leadlog/projections';
import type { EventData } from '../event-types';
import type { TouchpointInvalidated } from '../types/web';

/** How a voided touchpoint, a merge and its reversal change the past of a lead; for every projection keyed by lead. */
export const leadCorrections: Corrections = {
  types: ['TouchpointInvalidated', 'LeadsMerged', 'MergeReverted'],
  of(event: RecordedEvent) {
    switch (event.type) {
      case 'TouchpointInvalidated': {
        const { targetEventId, targetStream } = event.data as EventData['TouchpointInvalidated'];
        return { kind: 'void', eventId: targetEventId, stream: targetStream };
      }
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

/** Which events of a lead are voided. */
export class Voided {
  private readonly by = new Map<string, { targetStream?: string; reason: TouchpointInvalidated['reason']; by: string }[]>();

  /** `by`: the event that voids it. */
  add({ targetEventId, targetStream, reason }: Pick<TouchpointInvalidated, 'targetEventId' | 'targetStream' | 'reason'>, by: string): void {
    this.by.set(targetEventId, [...(this.by.get(targetEventId) ?? []), { targetStream, reason, by }]);
  }

  /** Why this event counts as if it had never happened; undefined if it counts. */
  of({ id, stream }: Pick<RecordedEvent, 'id' | 'stream'>): { reason: TouchpointInvalidated['reason']; by: string } | undefined {
    const found = this.by.get(id)?.findLast(({ targetStream }) => targetStream === undefined || targetStream === stream);
    return found && { reason: found.reason, by: found.by };
  }
}
