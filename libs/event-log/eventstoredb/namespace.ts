import type streams from '@eventstore/db-client/generated/streams_pb';
import { convertGrpcEvent } from '@eventstore/db-client/dist/utils/convertGrpcEvent';
import type { EventMetadata, EventPlace, RecordedEvent } from '../log';
import { idOf, later } from './client-inside';
import type { ServerFilter } from './read-requests';

/** An event as returned by the client. */
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

/** The event in an answer, if there is one. */
export function eventOf(answer: streams.ReadResp): StoredEvent | undefined {
  return answer.hasEvent() ? (convertGrpcEvent(answer.getEvent()!).event as unknown as StoredEvent | undefined) : undefined;
}

export interface StoredPlace {
  id: string;
  streamId: string;
  position: bigint;
}

/** The place of the event in an answer, without reading its content. */
export function storedPlace(answer: streams.ReadResp): StoredPlace | undefined {
  const event = answer.hasEvent() ? answer.getEvent()!.getEvent() : undefined;
  if (!event) return undefined;
  return {
    id: idOf(event.getId()!),
    streamId: Buffer.from(event.getStreamIdentifier()!.getStreamName_asU8()).toString(),
    position: later(BigInt(event.getCommitPosition()), BigInt(event.getPreparePosition())),
  };
}

/** Which events of a server belong to this Leadlog. */
export class Namespace {
  /** Server-side filter that passes every event that may belong to this Leadlog. */
  readonly all: ServerFilter;

  constructor(readonly prefix: string) {
    this.all = prefix ? { streamPrefixes: [prefix] } : 'not-of-the-server';
  }

  /** Neither a system event nor from another namespace, and written by Leadlog. */
  holds({ streamId, type, metadata }: StoredEvent): boolean {
    return (
      !type.startsWith('$') && !streamId.startsWith('$') && streamId.startsWith(this.prefix) && typeof metadata?.occurredAt === 'string'
    );
  }

  /** Judged by the name of its stream only. */
  placed({ id, streamId }: StoredPlace): EventPlace | undefined {
    return streamId.startsWith('$') || !streamId.startsWith(this.prefix) ? undefined : { id, stream: streamId.slice(this.prefix.length) };
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
