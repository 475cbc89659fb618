import { LeadlogError, type ErrorFacts, type ErrorKind } from '@leadlog/errors';

/** Where a command reads its surroundings from and writes to. */
export interface Terminal {
  env: Readonly<Record<string, string | undefined>>;
  /** stdout: the answer and nothing else. */
  out(text: string): void;
  /** stdout, when the answer is a file whose every character counts. */
  file(text: string): void;
  /** stderr: progress, notices, errors. */
  err(text: string): void;
}

/**
 * Whatever a terminal would obey in place of showing it (C0 but for tab and line feed, DEL, C1), and what turns the order of letters
 * around.
 */
const OBEYED = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

/**
 * What others wrote is shown and not obeyed. Inside a JSON text the escapes mean the same characters, so the document stays what it was.
 */
export const harmless = (text: string): string => text.replace(OBEYED, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Options that every command has. */
export interface Common {
  url: string;
  json?: true;
}

/** The command was called in a way it does not understand: exit code 2. */
export class WrongUsage extends LeadlogError {
  readonly kind = 'invalid';
}

/** Something went wrong that the message explains by itself: exit code 1 whatever its kind, no stack. */
export class CommandFailed extends LeadlogError {
  constructor(
    message: string,
    readonly kind: ErrorKind = 'invalid',
    facts?: ErrorFacts,
  ) {
    super(message, facts);
  }
}

/** Whoever called it has taken it back with Ctrl-C: exit code 130, as shells have it. */
// eslint-disable-next-line no-restricted-syntax -- Nothing is wrong, so it is of no kind.
export class Interrupted extends Error {
  constructor() {
    super('cancelled');
    this.name = 'Interrupted';
  }
}
