/** The content of a Leadlog job inside BullMQ. */
export interface Carried {
  payload: unknown;
  /** Id of the call that created it, so that one of two calls with the same job id knows that it was the first. */
  by: string;
  /** Order within the call. */
  n: number;
  dueAt: number;
  /** Starts that do not count as attempts, because the rate limit or a shutdown sent the job back. */
  uncounted: number;
  lastError?: string;
  trace?: string;
}

/** Ids and names may be any text, but those of BullMQ must not contain a colon or be a number. */
export function idInside(id: string): string {
  return `j-${encodeURIComponent(id)}`;
}

export function idOutside(inside: string): string {
  return decodeURIComponent(inside.slice(2));
}

export function nameInside(queue: string): string {
  return encodeURIComponent(queue);
}
