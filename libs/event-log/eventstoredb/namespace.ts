import type streams from '@eventstore/db-client/generated/streams_pb';
import { convertGrpcEvent } from '@eventstore/db-client/dist/utils/convertGrpcEvent';
import type { EventMetadata, RecordedEvent } from '../log';
import type { ServerFilter } from './read-requests';

/** An event as the client gives it. */
export interface StoredEvent {
  id: string;
  type: string;
  streamId: string;
  revision: bigint;
  created: Date;
  data: unknown;
  metadata: EventMetadata;
  position?: { commit: bigint };
}

/** The event that an answer brings, if it brings one. */
export function eventOf(answer: streams.ReadResp): StoredEvent | undefined {
  return answer.hasEvent() ? (convertGrpcEvent(answer.getEvent()!).event as unknown as StoredEvent | undefined) : undefined;
}

/** Which events of a server are ours. */
export class Namespace {
  /** Lets through what may be ours. */
  readonly all: ServerFilter;

  constructor(readonly prefix: string) {
    this.all = prefix ? { streamPrefixes: [prefix] } : 'not-of-the-server';
  }

  /** Not of the server itself, not of another namespace, and written by Leadlog. */
  holds({ streamId, type, metadata }: StoredEvent): boolean {
    return !type.startsWith('$') && !streamId.startsWith('$') && streamId.startsWith(this.prefix) && typeof metadata?.occurredAt === 'string';
  }

  recorded(event: StoredEvent): RecordedEvent {
    return {
      id: event.id,
      type: event.type,
      stream: event.streamId.slice(this.prefix.length),
      revision: event.revision,
      position: event.position!.commit,
      recordedAt: event.created.getTime(),
      occurredAt: Date.parse(event.metadata.occurredAt),
      data: event.data,
      metadata: event.metadata,
    };
  }
}
