import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import type { ClientReadableStream } from '@grpc/grpc-js';
import { convertToCommandError } from '@eventstore/db-client';
import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb';
import type streams from '@eventstore/db-client/generated/streams_pb';
import type { ClientInside } from './client-inside';

/** Answers buffered ahead of a busy consumer. */
const AHEAD = 1_000;

/**
 * One call of Streams.Read, a bounded one or a subscription, until it ends for any reason: its answers in order of arrival
 * (the client lets checkpoints overtake events). It is drained as fast as answers arrive, because the server drops a slow live
 * subscription; a consumer slower than the log still causes backpressure, at `AHEAD` answers.
 */
export class ReadCall {
  private answers: streams.ReadResp[] = [];
  private call: ClientReadableStream<streams.ReadResp> | undefined;
  private ended = false;
  private fault: unknown;
  private wake: () => void = () => undefined;
  private finish: () => void = () => undefined;

  constructor(inside: ClientInside, request: streams.ReadReq, requiresLeader: boolean) {
    const reading = inside.execute(
      StreamsClient,
      'read',
      (grpc) =>
        new Promise<void>((ended, broken) => {
          if (this.ended) return ended();
          this.finish = ended;
          this.call = grpc.read(request, ...inside.callArguments({ requiresLeader }, { deadline: Infinity }));
          this.call.on('data', (answer: streams.ReadResp) => this.came(answer));
          this.call.on('end', ended);
          this.call.on('error', broken);
        }),
    );
    void reading
      .catch((error: unknown) => (this.fault = error instanceof Error ? convertToCommandError(error) : error))
      .then(() => {
        this.ended = true;
        this.wake();
      });
  }

  /**
   * The answers since the last call, after waiting for at most `ms` if there are none. Rejects with an error of the client after the
   * answers that preceded it.
   */
  async next(ms: number, signal?: AbortSignal): Promise<readonly streams.ReadResp[] | 'silent' | 'ended'> {
    if (this.answers.length === 0 && !this.ended && !signal?.aborted) {
      await new Promise<void>((came) => {
        const timer = setTimeout(() => this.wake(), ms);
        this.wake = () => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', this.wake);
          came();
        };
        signal?.addEventListener('abort', this.wake);
      });
    }
    // Events of one append arrive one by one; a turn later they are all here and usually become one slice.
    await eventLoopTurn();
    const { answers } = this;
    this.answers = [];
    this.call?.resume();
    if (answers.length > 0) return answers;
    if (this.fault !== undefined) throw this.fault;
    return this.ended || signal?.aborted ? 'ended' : 'silent';
  }

  /** No more answers had arrived at the last call. */
  get empty(): boolean {
    return this.answers.length === 0 && (this.call?.readableLength ?? 0) === 0;
  }

  stop(): void {
    this.ended = true;
    // Before the cancellation, which is not a fault of the connection.
    this.finish();
    this.call?.cancel();
    this.wake();
  }

  private came(answer: streams.ReadResp): void {
    if (this.ended) return;
    this.answers.push(answer);
    if (this.answers.length >= AHEAD) this.call!.pause();
    this.wake();
  }
}
