import type streams from '@eventstore/db-client/generated/streams_pb';
import { START, type Position } from '../log';
import { idOf, later } from './client-inside';
import { faultOf } from './faults';
import { newestOfAll, ofStream } from './read-requests';
import type { Reads } from './reads';

export interface StoredId {
  id: string;
  revision: bigint;
  position: bigint;
}

/**
 * Which ids a stream holds. Read from the leader: a follower may not have what was acknowledged yet, and it would be written again. A
 * separate implementation, because the client parses every event and creates three streams for each answer, and a missing stream is the
 * most frequent answer of all.
 */
export class StreamIds {
  private tailRead: Promise<void> = Promise.resolve();
  private nextTail: Promise<Position> | undefined;

  constructor(private readonly reads: Reads) {}

  /** From a revision on, at most `count`; none if there is no such stream. Rejects with LogUnavailable. */
  async read(stream: string, from: bigint, count?: number): Promise<StoredId[]> {
    const found: StoredId[] = [];
    const missing = () =>
      ofStream(stream, {
        from: found.length === 0 ? from : found.at(-1)!.revision + 1n,
        count: count === undefined ? undefined : count - found.length,
      });
    try {
      for await (const answers of this.reads.answers(missing, { requiresLeader: true })) {
        for (const answer of answers) if (answer.hasEvent()) found.push(storedId(answer.getEvent()!.getEvent()!));
        if (found.length === count) break;
      }
    } catch (error) {
      // A tombstoned stream cannot be read either; the append will be refused.
      if (faultOf(error) !== 'deleted') throw error;
    }
    return found;
  }

  /** Position of the last event of all writers: everything acknowledged before the call is at or before it. */
  tail(): Promise<Position> {
    // One read serves all callers that arrive while another is in flight; not that other one, which may have read before they called.
    return (this.nextTail ??= this.tailRead.then(() => {
      const reading = this.readTail();
      this.tailRead = reading.then(
        () => undefined,
        () => undefined,
      );
      this.nextTail = undefined;
      return reading;
    }));
  }

  private async readTail(): Promise<Position> {
    for await (const answers of this.reads.answers(() => newestOfAll({ count: 1 }), { requiresLeader: true })) {
      const last = answers.find((answer) => answer.hasEvent());
      if (last) return storedId(last.getEvent()!.getEvent()!).position;
    }
    return START;
  }
}

function storedId(event: streams.ReadResp.ReadEvent.RecordedEvent): StoredId {
  return {
    id: idOf(event.getId()!),
    revision: BigInt(event.getStreamRevision()),
    position: later(BigInt(event.getCommitPosition()), BigInt(event.getPreparePosition())),
  };
}
