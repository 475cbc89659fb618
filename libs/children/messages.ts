import type { ErrorFacts, ErrorKind } from '@leadlog/errors';

/** What a child hears: a question, or that the one under way is no longer wanted. */
export type ToChild<Question> = { ask: Question } | { cancel: true };

/** What it says: that it can be asked, how far it is, and what came of a question. */
export type FromChild<Answer> = { ready: true } | { progress: number } | { answer: Answer } | { error: ToldError };

/** An error on its way to another process or thread. */
export interface ToldError extends ErrorFacts {
  name: string;
  message: string;
  kind?: ErrorKind;
  reason?: string;
}

/** Its kind, and whatever else decides on what is done about it, goes along. */
export function told({ name, message, kind, errors, exactly, retryAfterSeconds, reason }: ToldError): ToldError {
  const more = Object.entries({ kind, errors, exactly, retryAfterSeconds, reason }).filter(([, value]) => value !== undefined);
  return { name, message, ...Object.fromEntries(more) };
}

export const errorOf = ({ message, ...more }: ToldError): Error & ToldError => Object.assign(new Error(message), more);
