import type { RecordedEvent } from '@leadlog/event-log';
import type { Corrections } from '@leadlog/projections';
import type { EventData } from './event-types';

/** How a voided touchpoint, a merge and its reversal change the past of a lead; for every projection keyed by lead. */
export const leadCorrections: Corrections = {
  types: ['TouchpointInvalidated', 'LeadsMerged', 'MergeReverted'],
  of(event: RecordedEvent) {
    switch (event.type) {
      case 'TouchpointInvalidated':
        return { kind: 'void', eventId: (event.data as EventData['TouchpointInvalidated']).targetEventId };
      case 'LeadsMerged': {
        const { mergedId, survivorId } = event.data as EventData['LeadsMerged'];
        return { kind: 'merge', from: mergedId, to: survivorId };
      }
      case 'MergeReverted':
        return { kind: 'unmerge', mergeEventId: (event.data as EventData['MergeReverted']).mergeEventId };
      default:
        throw new Error(`${event.type} is no correction; expected one of ${this.types.join(', ')}`);
    }
  },
};
