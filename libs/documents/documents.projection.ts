import type { EventType, LeadlogEvent } from '@leadlog/events';
import { defineProjection, type Projection } from '@leadlog/projections';
import {
  documentIdIn,
  documentStream,
  evolveStoredDocument,
  initialStoredDocument,
  type DocumentEvents,
  type StoredDocument,
} from './stored-document';

/** Read model `documents`, by stream: drafts and publications of documents of these kinds; the documents stay in the log. */
export function documentsProjection(kinds: readonly DocumentEvents[]): Projection<StoredDocument> {
  const kindOf = new Map(kinds.flatMap((kind) => [kind.drafted, kind.published].map((type) => [type, kind] as const)));
  const streamOf = (type: EventType, data: object): string => {
    const kind = kindOf.get(type)!;
    return documentStream(kind, documentIdIn(kind, data));
  };
  return defineProjection<StoredDocument>({
    name: 'documents',
    version: '3',
    handles: [...kindOf.keys()],
    key: ({ type, data }) => streamOf(type as EventType, data as object),
    streams: (stream) => [stream],
    keyOfStream: (stream) => (kinds.some((kind) => isStreamOf(kind, stream)) ? stream : null),
    initial: initialStoredDocument,
    evolve: (state, event) => evolveStoredDocument(kindOf.get(event.type as EventType)!, state, event as LeadlogEvent),
  });
}

/** Whether a stream is that of a document of this kind. */
export const isStreamOf = ({ category, subject }: DocumentEvents, stream: string): boolean =>
  subject === undefined ? stream === category : stream.startsWith(`${category}-`);
