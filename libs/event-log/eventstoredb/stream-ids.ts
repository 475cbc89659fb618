import { convertToCommandError, type EventStoreDBClient } from '@eventstore/db-client';
import shared from '@eventstore/db-client/generated/shared_pb';
import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb';
import streams from '@eventstore/db-client/generated/streams_pb';
import { START, type Position } from '../log';
import { idOf, insideOf, later, streamIdentifier, type ClientInside } from './client-inside';
import { faultOf, within } from './faults';

export interface StoredId {
  id: string;
  revision: bigint;
  position: bigint;
}

const { FORWARDS, BACKWARDS } = streams.ReadReq.Options.ReadDirection;

/**
 * Which ids a stream holds. Asked of the leader: a node that follows may not have yet what was acknowledged, and it would be written
 * again. A call of our own, since the client's parses every event and makes three streams for each answer, and a stream that is not there is
 * the most frequent answer of all.
 */
export class StreamIds {
  private readonly inside: ClientInside;
  private tailRead: Promise<void> = Promise.resolve();
  private nextTail: Promise<Position> | undefined;

  constructor(
    client: EventStoreDBClient,
    private readonly patienceMs: number,
  ) {
    this.inside = insideOf(client);
  }

  /** At most `count` from a revision on; none where there is no such stream. Rejects with an error of the client. */
  async read(stream: string, from: bigint, count: number): Promise<StoredId[]> {
    const ofStream = new streams.ReadReq.Options.StreamOptions().setStreamIdentifier(streamIdentifier(stream)).setRevision(`${from}`);
    try {
      return await this.found(new streams.ReadReq.Options().setStream(ofStream).setReadDirection(FORWARDS), count);
    } catch (error) {
      // Of a tombstoned stream too nothing can be read; the append will be refused.
      if (faultOf(error) === 'deleted') return [];
      throw error;
    }
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
    const all = new streams.ReadReq.Options.AllOptions().setEnd(new shared.Empty());
    const [last] = await this.found(new streams.ReadReq.Options().setAll(all).setReadDirection(BACKWARDS), 1);
    return last?.position ?? START;
  }

  private async found(options: streams.ReadReq.Options, count: number): Promise<StoredId[]> {
    const uuids = new streams.ReadReq.Options.UUIDOption().setString(new shared.Empty());
    const request = new streams.ReadReq().setOptions(options.setResolveLinks(false).setCount(`${count}`).setNoFilter(new shared.Empty()).setUuidOption(uuids));
    const found: StoredId[] = [];
    let giveUp: () => void = () => undefined;
    const reading = this.inside.execute(
      StreamsClient,
      'read',
      (grpc) =>
        new Promise<void>((ended, broken) => {
          const call = grpc.read(request, ...this.inside.callArguments({ requiresLeader: true }, { deadline: Infinity }));
          giveUp = () => call.cancel();
          call.on('data', (answer: streams.ReadResp) => {
            const event = answer.getEvent()?.getEvent();
            if (event) found.push(storedId(event));
          });
          call.on('end', ended);
          call.on('error', broken);
        }),
    );
    try {
      await within(this.patienceMs, reading, giveUp);
      return found;
    } catch (error) {
      throw convertToCommandError(error as Error);
    }
  }
}

function storedId(event: streams.ReadResp.ReadEvent.RecordedEvent): StoredId {
  return { id: idOf(event.getId()!), revision: BigInt(event.getStreamRevision()), position: later(BigInt(event.getCommitPosition()), BigInt(event.getPreparePosition())) };
}
