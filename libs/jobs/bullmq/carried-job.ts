/** What a job of ours carries inside BullMQ. */
export interface Carried {
  payload: unknown;
  /** Of the call that made it, so that one of two calls with the same id knows that it was the first. */
  by: string;
  /** Order within the call. */
  n: number;
  dueAt: number;
  /** Starts that were no tries: the rate limit or a shutdown sent the job back. */
  uncounted: number;
  lastError?: string;
  trace?: string;
}

/** Ids and names may hold anything; BullMQ's may not hold a colon, nor be a number. */
export function idInside(id: string): string {
  return `j-${encodeURIComponent(id)}`;
}

export function idOutside(inside: string): string {
  return decodeURIComponent(inside.slice(2));
}

export function nameInside(queue: string): string {
  return encodeURIComponent(queue);
}
