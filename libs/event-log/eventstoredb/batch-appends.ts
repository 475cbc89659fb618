import { randomUUID } from 'node:crypto';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { NO_STREAM, convertToCommandError, jsonEvent, type AppendResult, type EventData, type EventStoreDBClient } from '@eventstore/db-client';
import { unpackToCommandError } from '@eventstore/db-client/dist/streams/appendToStream/unpackError';
import shared from '@eventstore/db-client/generated/shared_pb';
import { StreamsClient, StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb';
import streams from '@eventstore/db-client/generated/streams_pb';
import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import { Timestamp } from 'google-protobuf/google/protobuf/timestamp_pb';
import type { NewEvent } from '../log';
import { idOf, insideOf, later, streamIdentifier, type ClientInside } from './client-inside';

/** An event with the JSON texts that are stored. */
export interface WireEvent {
  event: NewEvent;
  data: string;
  metadata: string;
}

export interface Written {
  /** Of the last of the events. */
  revision: bigint;
  position: bigint;
}

type Call = ClientDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>;

interface Pending {
  stream: string;
  written: (result: Written) => void;
  refused: (error: Error) => void;
}

/**
 * The client's batch append, done over. Its own is not safe under a fault: what is in flight is kept for the whole process, so that one
 * client's fault rejects the appends of all and the next answer to another throws where nobody can catch it; and appends that waited
 * behind 16 others are rejected where nobody can catch it either. Both end the process. Here what is in flight belongs to the one call it
 * went over and is rejected once, with the client's errors. Connecting, discovery, credentials and reconnecting stay the client's.
 */
export class BatchAppends {
  private readonly inside: ClientInside;
  private readonly pending = new Map<string, Pending>();
  private opening: Promise<Call> | undefined;

  constructor(
    private readonly client: EventStoreDBClient,
    private readonly deadlineMs: number,
  ) {
    this.inside = insideOf(client);
    // It waits for the connection that failed, and nobody waits for it.
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
    return new Promise((written, refused) => {
      this.pending.set(correlation, { stream, written, refused });
      call.write(this.request(correlation, stream, events, expected));
    });
  }

  /** A call that has not answered one append may never answer any again, although its connection lives: the next append opens another. */
  leaveCall(): void {
    void this.close();
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
      // Lives as long as the call does; with its end the client looks whether to connect anew.
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
    const correlation = idOf(answer.getCorrelationId()!);
    const waiting = this.pending.get(correlation);
    if (!waiting) return;
    this.pending.delete(correlation);
    if (answer.hasError()) return waiting.refused(unpackToCommandError(answer.getError()!, waiting.stream));
    const success = answer.getSuccess()!;
    const position = success.getPosition()!;
    waiting.written({ revision: BigInt(success.getCurrentRevision()), position: later(BigInt(position.getCommitPosition()), BigInt(position.getPreparePosition())) });
  }

  private request(correlation: string, stream: string, events: readonly WireEvent[], expected: bigint | 'no-stream'): streams.BatchAppendReq {
    const bytes = new TextEncoder();
    const options = new streams.BatchAppendReq.Options()
      .setStreamIdentifier(streamIdentifier(stream))
      .setDeadline(Timestamp.fromDate(new Date(Date.now() + this.deadlineMs)));
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
    return new streams.BatchAppendReq().setCorrelationId(new shared.UUID().setString(correlation)).setOptions(options).setProposedMessagesList(messages).setIsFinal(true);
  }

  /** Where the server does not offer batch append. */
  private async appendOne(stream: string, events: readonly WireEvent[], expected: bigint | 'no-stream'): Promise<Written> {
    const proposed = events.map(({ event: { id, type, data, metadata } }) => jsonEvent({ id, type, data: data as Record<string, unknown>, metadata: metadata as unknown as Record<string, unknown> }));
    const expectedRevision = expected === 'no-stream' ? NO_STREAM : expected;
    const { nextExpectedRevision, position }: AppendResult = await this.client.appendToStream(stream, proposed as EventData[], { expectedRevision });
    return { revision: nextExpectedRevision, position: later(position!.commit, position!.prepare) };
  }
}
