import { ErrorType, isCommandError } from '@eventstore/db-client';
import { LogUnavailable } from '../log';

export type Fault = 'conflict' | 'too-large' | 'no-stream' | 'deleted' | 'refused' | 'passing';

/**
 * What an error of the client means for the log. Any error that is not known to be final may pass: the server restarts, elects a leader, or
 * hangs.
 */
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
      // Above 16 MiB, the transport itself refuses with an unknown error.
      return /RESOURCE_EXHAUSTED/.test(error.message) ? 'too-large' : 'passing';
  }
}

/** The server drops a live subscription when a burst has filled its buffer of 32 events. This is routine: subscribe again at once. */
export function isDroppedByBurst(error: unknown): boolean {
  return error instanceof Error && /too slow/i.test(error.message);
}

export function because(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Several errors of the client have an empty message.
  return error.message || (isCommandError(error) ? error.type : error.name);
}

export function refusedAs(error: unknown): LogUnavailable {
  return new LogUnavailable('io', `EventStoreDB refuses access (${because(error)}); check user and password in EVENTSTORE_URL`);
}
