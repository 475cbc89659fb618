/** What a child hears: a question, or that the one under way is no longer wanted. */
export type ToChild<Question> = { ask: Question } | { cancel: true };

/** What it says: that it can be asked, how far it is, and what came of a question. */
export type FromChild<Answer> = { ready: true } | { progress: number } | { answer: Answer } | { error: ToldError };

/** An error on its way to another process or thread. */
export interface ToldError {
  name: string;
  message: string;
  reason?: string;
}

export const told = ({ name, message, reason }: ToldError): ToldError => ({ name, message, ...(reason !== undefined && { reason }) });

export const errorOf = ({ message, ...more }: ToldError): Error & ToldError => Object.assign(new Error(message), more);
