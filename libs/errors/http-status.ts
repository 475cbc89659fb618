import { kindOf, type ErrorFacts, type ErrorKind, type Exactly } from './leadlog-error';

const STATUS: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  forbidden: 403,
  unknown: 404,
  conflict: 409,
  busy: 503,
  unavailable: 503,
};

/** The only statuses that are finer than a kind, but for those of HTTP itself (405, 408, 415, 421, 431), which only the API knows of. */
const EXACT_STATUS: Readonly<Record<Exactly, number>> = { 'too-large': 413, unprocessable: 422 };

/** Undefined for an error without a kind. */
export function statusOf(error: unknown): number | undefined {
  const kind = kindOf(error);
  const { exactly } = (error ?? {}) as ErrorFacts;
  return kind && (exactly ? EXACT_STATUS[exactly] : STATUS[kind]);
}

/** Undefined for 500, whose cause is not told, and for whatever is no refusal. */
export function kindOfStatus(status: number): ErrorKind | undefined {
  if (status === 404) return 'unknown';
  if (status === 409) return 'conflict';
  if (status === 401 || status === 403 || status === 421) return 'forbidden';
  if (status === 429) return 'busy';
  if (status === 503) return 'unavailable';
  return status >= 400 && status < 500 ? 'invalid' : undefined;
}
