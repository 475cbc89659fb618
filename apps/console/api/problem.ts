import type { components } from './types.gen';

export type ProblemDocument = components['schemas']['Problem'];

/** What the API refused, in its words (RFC 9457). */
export class Problem extends Error {
  readonly status: number;
  readonly errors: ProblemDocument['errors'];
  /** Seconds after which trying again may help. */
  readonly retryAfter: number | undefined;

  constructor({ status, title, detail, errors }: ProblemDocument, retryAfter?: number) {
    super(detail || title);
    this.status = status;
    this.errors = errors;
    this.retryAfter = retryAfter;
  }
}

/** No answer came: the engine is away, or the network between. */
export class Away extends Error {
  constructor(cause: unknown) {
    super('the engine does not answer', { cause });
  }
}

/** Asking again may go well, and does nothing twice. */
export const mayPass = (error: unknown): boolean =>
  error instanceof Away ||
  (error instanceof Problem && (error.status === 503 || error.status === 429 || error.status === 502 || error.status === 504));

export const isProblem = (error: unknown, status: number): boolean => error instanceof Problem && error.status === status;
