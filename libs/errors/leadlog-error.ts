/**
 * What an error means to whoever asked. HTTP status, exit code, retries and log level follow from it (docs/errors.md).
 * An error without a kind is a bug, or damage that nobody who asks can do anything about.
 */
export type ErrorKind = 'invalid' | 'unknown' | 'conflict' | 'busy' | 'unavailable' | 'forbidden';

const KINDS: ReadonlySet<unknown> = new Set<ErrorKind>(['invalid', 'unknown', 'conflict', 'busy', 'unavailable', 'forbidden']);

/** More exactly than the kind, where HTTP has a status for it. */
export type Exactly = 'too-large' | 'unprocessable';

/** What is wrong with which field, or where in a document. */
export type ErrorPart = { pointer: string; expected: string; got: string } | { line: number; column: number; message: string };

export interface ErrorFacts {
  errors?: readonly ErrorPart[];
  exactly?: Exactly;
  /** When trying again may help. */
  retryAfterSeconds?: number;
}

/** The base of every error that Leadlog throws on purpose. */
export abstract class LeadlogError extends Error implements ErrorFacts {
  abstract readonly kind: ErrorKind;
  readonly errors?: readonly ErrorPart[];
  readonly exactly?: Exactly;
  readonly retryAfterSeconds?: number;

  constructor(message: string, { errors, exactly, retryAfterSeconds, cause }: ErrorFacts & ErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.errors = errors;
    this.exactly = exactly;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** By its member and not by its class, so that an error from another process or thread has one too. */
export function kindOf(error: unknown): ErrorKind | undefined {
  const kind = (error as { kind?: unknown } | null | undefined)?.kind;
  return KINDS.has(kind) ? (kind as ErrorKind) : undefined;
}

/** It goes away by itself, or once an operator has acted (disk full, file locked, server away): worth trying again. */
export function isPassing(error: unknown): error is Error {
  const kind = kindOf(error);
  return kind === 'busy' || kind === 'unavailable';
}

/** However often it is tried again, it stays so. */
export const isFinal = (error: unknown): boolean => kindOf(error) === 'invalid';
