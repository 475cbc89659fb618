import { setTimeout as sleep } from 'node:timers/promises';
import type { EventStoreDBClient } from '@eventstore/db-client';
import type streams from '@eventstore/db-client/generated/streams_pb';
import { LogUnavailable } from '../log';
import { insideOf, type ClientInside } from './client-inside';
import { because, faultOf, isDroppedByBurst, refusedAs } from './faults';
import { ReadCall } from './read-call';

/** Silence after which what has come is handed on instead of being kept for company. */
const LULL_MS = 25;
/** A question that stays without any answer is asked so often, each time for twice as long: a server may be slower than our patience. */
const ASKED = 3;

export interface ReadTerms {
  patienceMs: number;
  /** A burst has ended a subscription; it is asked again at once. */
  onBurst(): void;
}

export interface AnswersOptions {
  /** Of the node that leads; another may not have yet what was acknowledged. */
  requiresLeader?: boolean;
  /** How often it is asked while nothing comes. */
  asked?: number;
  /** Ends the answers without an error. */
  signal?: AbortSignal;
}

/** Every read of the log. What bounds one is the silence between two answers, never the whole: a slow server is read slowly. */
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

  /** A call that the caller waits for by itself. It is stopped when the reads are closed. */
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
   * The answers to `ask`, in batches as they come; an empty batch says that none has come for a moment. Where the server falls silent or the
   * connection breaks, it is asked again, so `ask` asks for what is missing. Rejects with LogUnavailable when nothing more comes for long,
   * and with an error of the client that asking again would not fix.
   */
  async *answers(ask: () => streams.ReadReq, { requiresLeader = false, asked = ASKED, signal }: AnswersOptions = {}): AsyncGenerator<readonly streams.ReadResp[]> {
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
        for (let lull = true; ; ) {
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
          // However long the consumer took.
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

/** Whether answers bring anything new: an event, or that more of the log has been searched. */
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
  return new LogUnavailable('unreachable', `EventStoreDB does not answer (${reason}); check that it is running and that EVENTSTORE_URL is correct`);
}
