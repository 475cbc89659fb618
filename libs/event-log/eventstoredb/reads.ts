import { setTimeout as sleep } from 'node:timers/promises';
import type { EventStoreDBClient } from '@eventstore/db-client';
import type streams from '@eventstore/db-client/generated/streams_pb';
import { LogUnavailable } from '../log';
import { insideOf, type ClientInside } from './client-inside';
import { because, faultOf, isDroppedByBurst, refusedAs } from './faults';
import { ReadCall } from './read-call';

/** Silence after which answers are passed on instead of being collected further. */
const LULL_MS = 25;
/** How often a read without any answer is repeated, each time waiting twice as long: a server may be slower than `patience`. */
const ASKED = 3;

export interface ReadTerms {
  patienceMs: number;
  /** A burst has ended a subscription; it is repeated at once. */
  onBurst(): void;
}

export interface AnswersOptions {
  /** Read from the leader; a follower may not have what was acknowledged yet. */
  requiresLeader?: boolean;
  /** How often it is repeated while nothing arrives. */
  asked?: number;
  /** Ends the answers without an error. */
  signal?: AbortSignal;
}

/**
 * All reads of the log. The time limit applies to the silence between two answers, never to the whole read: a slow server is read slowly.
 */
export class Reads {
  private readonly inside: ClientInside;
  private readonly open = new Set<ReadCall>();
  private closed = false;

  constructor(
    client: EventStoreDBClient,
    private readonly terms: ReadTerms,
  ) {
    this.inside = insideOf(client);
  }

  /** A call that the caller awaits itself. It is stopped when the reads are closed. */
  call(request: streams.ReadReq, requiresLeader = false): ReadCall {
    if (this.closed) throw closed();
    const call = new ReadCall(this.inside, request, requiresLeader);
    this.open.add(call);
    return call;
  }

  stop(call: ReadCall): void {
    call.stop();
    this.open.delete(call);
  }

  /**
   * The answers to `ask`, in batches as they arrive; an empty batch means that none has arrived for a moment. If the server falls silent or
   * the connection breaks, `ask` is called again and must request what is missing. Rejects with LogUnavailable if nothing more arrives for
   * long, and with an error of the client that a repeat would not fix.
   */
  async *answers(
    ask: () => streams.ReadReq,
    { requiresLeader = false, asked = ASKED, signal }: AnswersOptions = {},
  ): AsyncGenerator<readonly streams.ReadResp[]> {
    const { patienceMs } = this.terms;
    const advanced = new Progress();
    let inVain = 0;
    let pause = 50;
    let since = performance.now();
    for (;;) {
      const call = this.call(ask(), requiresLeader);
      let fault: unknown;
      try {
        const silence = patienceMs * 2 ** inVain;
        for (let lull = true; ;) {
          const got = await call.next(lull ? silence : LULL_MS, signal);
          if (this.closed) throw closed();
          if (got === 'ended' || signal?.aborted) return;
          if (got === 'silent' && lull) break;
          lull = got === 'silent';
          if (got !== 'silent' && advanced.by(got)) {
            inVain = 0;
            pause = 50;
          }
          yield got === 'silent' ? [] : got;
          // Not counting the time that the consumer took.
          since = performance.now();
        }
        inVain += 1;
        if (inVain >= asked) throw unreachable(`no answer within ${silence} ms`);
        continue;
      } catch (error) {
        if (error instanceof LogUnavailable) throw error;
        fault = error;
      } finally {
        this.stop(call);
      }
      if (isDroppedByBurst(fault)) {
        this.terms.onBurst();
        continue;
      }
      if (faultOf(fault) === 'refused') throw refusedAs(fault);
      if (faultOf(fault) !== 'passing') throw fault;
      if (performance.now() + pause - since > patienceMs) throw unreachable(because(fault));
      await sleep(pause, undefined, { signal }).catch(() => undefined);
      if (signal?.aborted) return;
      if (this.closed) throw closed();
      pause = Math.min(1_000, 2 * pause);
    }
  }

  close(): void {
    this.closed = true;
    for (const call of this.open) call.stop();
  }
}

/** Whether answers bring anything new: an event, or progress of the search. */
class Progress {
  private searched = -1n;

  by(answers: readonly streams.ReadResp[]): boolean {
    let any = false;
    for (const answer of answers) {
      if (answer.hasEvent()) any = true;
      else if (answer.hasCheckpoint()) {
        const position = BigInt(answer.getCheckpoint()!.getCommitPosition());
        if (position > this.searched) any = true;
        if (position > this.searched) this.searched = position;
      }
    }
    return any;
  }
}

function closed(): LogUnavailable {
  return new LogUnavailable('closed', 'the event log is closed');
}

function unreachable(reason: string): LogUnavailable {
  return new LogUnavailable(
    'unreachable',
    `EventStoreDB does not answer (${reason}); check that it is running and that EVENTSTORE_URL is correct`,
  );
}
