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
 * Which ids a stream holds. Asked of the leader: a node that follows may not have yet what was acknowledged, and it would be written
 * again. A call of our own, since the client's parses every event and makes three streams for each answer, and a stream that is not there is
 * the most frequent answer of all.
 */
export class StreamIds {
  private tailRead: Promise<void> = Promise.resolve();
  private nextTail: Promise<Position> | undefined;

  constructor(private readonly reads: Reads) {}

  /** From a revision on, `count` at most; none where there is no such stream. Rejects with LogUnavailable. */
  async read(stream: string, from: bigint, count?: number): Promise<StoredId[]> {
    const found: StoredId[] = [];
    const missing = () => ofStream(stream, { from: found.length === 0 ? from : found.at(-1)!.revision + 1n, count: count === undefined ? undefined : count - found.length });
    try {
      for await (const answers of this.reads.answers(missing, { requiresLeader: true })) {
        for (const answer of answers) if (answer.hasEvent()) found.push(storedId(answer.getEvent()!.getEvent()!));
        if (found.length === count) break;
      }
    } catch (error) {
      // Of a tombstoned stream too nothing can be read; the append will be refused.
      if (faultOf(error) !== 'deleted') throw error;
    }
    return found;
  }

  /** Position of the last event of all, whoever wrote it: what was acknowledged before the call is at or before it. */
  tail(): Promise<Position> {
    // One read for all who ask while another is on its way; not that one, which may have looked before they asked.
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
  return { id: idOf(event.getId()!), revision: BigInt(event.getStreamRevision()), position: later(BigInt(event.getCommitPosition()), BigInt(event.getPreparePosition())) };
}
