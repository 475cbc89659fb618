import { setTimeout as sleep } from 'node:timers/promises';
import { ErrorType, isCommandError } from '@eventstore/db-client';
import { LogUnavailable } from '../log';

export type Fault = 'conflict' | 'too-large' | 'no-stream' | 'deleted' | 'refused' | 'passing';

/** What an error of the client means for us. Everything that is not known to be final may pass: the server restarts, elects, or hangs. */
export function faultOf(error: unknown): Fault {
  if (!(error instanceof Error) || !isCommandError(error)) return 'passing';
  switch (error.type) {
    case ErrorType.WRONG_EXPECTED_VERSION:
      return 'conflict';
    case ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED:
      return 'too-large';
    case ErrorType.STREAM_NOT_FOUND:
      return 'no-stream';
    case ErrorType.STREAM_DELETED:
      return 'deleted';
    case ErrorType.ACCESS_DENIED:
      return 'refused';
    default:
      // Above 16 MiB the transport itself refuses, with an unknown error.
      return /RESOURCE_EXHAUSTED/.test(error.message) ? 'too-large' : 'passing';
  }
}

/** The server drops a live subscription whose buffer of 32 events a burst has filled. That is routine: subscribe again at once. */
export function isDroppedByBurst(error: unknown): boolean {
  return error instanceof Error && /too slow/i.test(error.message);
}

export function because(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Several errors of the client have an empty message.
  return error.message || (isCommandError(error) ? error.type : error.name);
}

/** `work` ends by itself when it gets no answer. Tries again, with growing pauses, while the fault is a passing one and patience lasts; then LogUnavailable. Other errors as they are. */
export async function patiently<T>(patienceMs: number, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const giveUpAt = performance.now() + patienceMs;
  for (let pause = 50; ; pause = Math.min(1_000, 2 * pause)) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof LogUnavailable) throw error;
      const fault = faultOf(error);
      if (fault === 'refused') throw new LogUnavailable('io', `EventStoreDB refuses us (${because(error)}); check user and password in EVENTSTORE_URL`);
      if (fault !== 'passing') throw error;
      if (performance.now() + pause > giveUpAt || signal?.aborted)
        throw new LogUnavailable('unreachable', `EventStoreDB does not answer (${because(error)}); check that it runs and that EVENTSTORE_URL is right`);
      await sleep(pause);
    }
  }
}

/** A server that hangs says nothing for as long as its connection lives. `giveUp` is called when it is not waited for any more. */
export async function within<T>(ms: number, work: Promise<T>, giveUp?: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_never, fail) => {
    timer = setTimeout(() => {
      giveUp?.();
      fail(new Error(`no answer within ${ms} ms`));
    }, ms);
    timer.unref();
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
