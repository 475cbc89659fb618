import { randomUUID } from 'node:crypto';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import {
  NO_STREAM,
  convertToCommandError,
  jsonEvent,
  type AppendResult,
  type EventData,
  type EventStoreDBClient,
} from '@eventstore/db-client';
import { unpackToCommandError } from '@eventstore/db-client/dist/streams/appendToStream/unpackError';
import shared from '@eventstore/db-client/generated/shared_pb';
import { StreamsClient, StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb';
import streams from '@eventstore/db-client/generated/streams_pb';
import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import { Timestamp } from 'google-protobuf/google/protobuf/timestamp_pb';
import type { NewEvent } from '../log';
import { idOf, insideOf, later, streamIdentifier, type ClientInside } from './client-inside';
import { eventTooLargeIn, eventTooLargeOf } from './largest-event';

/** An event with its JSON texts as stored. */
export interface WireEvent {
  event: NewEvent;
  data: string;
  metadata: string;
}

export interface Written {
  /** Revision of the last of the events. */
  revision: bigint;
  position: bigint;
}

/** Longest wait for one append, as a multiple of `patience`, while others are answered. */
const LONGEST_WAIT = 6;

type Call = ClientDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>;

interface Pending {
  stream: string;
  written: (result: Written) => void;
  refused: (error: Error) => void;
}

/**
 * The client's batch append, reimplemented, because the original is not safe under a fault: it tracks appends in flight for the whole
 * process, so that the fault of one client rejects the appends of all, and the next answer to another throws where it cannot be caught; and
 * appends that waited behind 16 others are rejected where it cannot be caught either. Both end the process. Here, an append in flight
 * belongs to the one call that carries it and is rejected once, with the client's errors. Connecting, discovery, credentials and
 * reconnecting stay with the client.
 */
export class BatchAppends {
  private readonly inside: ClientInside;
  private readonly pending = new Map<string, Pending>();
  private opening: Promise<Call> | undefined;
  /** When the server last answered. */
  private answeredAt = 0;

  constructor(
    private readonly client: EventStoreDBClient,
    private readonly patienceMs: number,
  ) {
    this.inside = insideOf(client);
    // It waits for the connection that failed, and nothing awaits it.
    const handleError = this.inside.handleError;
    this.inside.handleError = (grpc, error) => handleError(grpc, error).catch(() => undefined);
  }

  /** All or none of the events. Rejects with an error of the client. */
  async append(stream: string, events: readonly WireEvent[], expected: bigint | 'no-stream'): Promise<Written> {
    if (!(await this.inside.supports(StreamsService.batchAppend))) return this.appendOne(stream, events, expected);
    const opening = (this.opening ??= this.open());
    const call = await opening;
    if (this.opening !== opening) throw new Error('the connection broke before the append was sent');
    const correlation = randomUUID();
    const answer = new Promise<Written>((written, refused) => {
      this.pending.set(correlation, { stream, written, refused });
      call.write(this.request(correlation, stream, events, expected));
    });
    return this.whileAnswered(answer);
  }

  /**
   * A server that answers others is slow, not unreachable: an append waits for it, but not for ever. A call without any answer for the
   * duration of `patience` may never answer again, although its connection is alive: it is abandoned, and the next append opens another.
   */
  private async whileAnswered(answer: Promise<Written>): Promise<Written> {
    const sentAt = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_never, fail) => {
      const look = () => {
        const now = performance.now();
        const silentSince = Math.max(sentAt, this.answeredAt);
        const left = Math.min(silentSince + this.patienceMs, sentAt + this.patienceMs * LONGEST_WAIT) - now;
        if (left > 0) return void (timer = setTimeout(look, left + 1).unref());
        void this.close();
        fail(new Error(`no answer within ${Math.round(now - silentSince)} ms`));
      };
      look();
    });
    try {
      return await Promise.race([answer, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    (await this.opening?.catch(() => undefined))?.cancel();
  }

  private open(): Promise<Call> {
    return new Promise<Call>((opened, failed) => {
      const live = (grpc: StreamsClient) =>
        new Promise<never>((_never, broken) => {
          const call = grpc.batchAppend(...this.inside.callArguments({}, { deadline: Infinity }));
          call.on('data', (answer: streams.BatchAppendResp) => this.answered(answer));
          call.on('error', broken);
          call.on('end', () => broken(new Error('the server ended the call')));
          opened(call);
        });
      // Lives as long as the call; when it ends, the client checks whether to reconnect.
      this.inside.execute(StreamsClient, 'batchAppend', live).catch((error: Error) => {
        this.opening = undefined;
        const fault = convertToCommandError(error);
        failed(fault);
        const lost = [...this.pending.values()];
        this.pending.clear();
        for (const { refused } of lost) refused(fault);
      });
    });
  }

  private answered(answer: streams.BatchAppendResp): void {
    this.answeredAt = performance.now();
    const correlation = idOf(answer.getCorrelationId()!);
    const waiting = this.pending.get(correlation);
    if (!waiting) return;
    this.pending.delete(correlation);
    if (answer.hasError())
      return waiting.refused(eventTooLargeOf(answer.getError()!) ?? unpackToCommandError(answer.getError()!, waiting.stream));
    const success = answer.getSuccess()!;
    const position = success.getPosition()!;
    waiting.written({
      revision: BigInt(success.getCurrentRevision()),
      position: later(BigInt(position.getCommitPosition()), BigInt(position.getPreparePosition())),
    });
  }

  private request(
    correlation: string,
    stream: string,
    events: readonly WireEvent[],
    expected: bigint | 'no-stream',
  ): streams.BatchAppendReq {
    const bytes = new TextEncoder();
    const options = new streams.BatchAppendReq.Options()
      .setStreamIdentifier(streamIdentifier(stream))
      .setDeadline(Timestamp.fromDate(new Date(Date.now() + this.patienceMs * LONGEST_WAIT)));
    if (expected === 'no-stream') options.setNoStream(new Empty());
    else options.setStreamPosition(`${expected}`);
    const messages = events.map(({ event, data, metadata }) => {
      const message = new streams.BatchAppendReq.ProposedMessage()
        .setId(new shared.UUID().setString(event.id))
        .setData(bytes.encode(data))
        .setCustomMetadata(bytes.encode(metadata));
      message.getMetadataMap().set('type', event.type).set('content-type', 'application/json');
      return message;
    });
    return new streams.BatchAppendReq()
      .setCorrelationId(new shared.UUID().setString(correlation))
      .setOptions(options)
      .setProposedMessagesList(messages)
      .setIsFinal(true);
  }

  /** For servers without batch append. */
  private async appendOne(stream: string, events: readonly WireEvent[], expected: bigint | 'no-stream'): Promise<Written> {
    const proposed = events.map(({ event: { id, type, data, metadata } }) =>
      jsonEvent({ id, type, data: data as Record<string, unknown>, metadata: metadata as unknown as Record<string, unknown> }),
    );
    const expectedRevision = expected === 'no-stream' ? NO_STREAM : expected;
    try {
      const { nextExpectedRevision, position }: AppendResult = await this.client.appendToStream(stream, proposed as EventData[], {
        expectedRevision,
      });
      return { revision: nextExpectedRevision, position: later(position!.commit, position!.prepare) };
    } catch (error) {
      throw eventTooLargeIn(error) ?? error;
    }
  }
}
