/** Where a command reads its surroundings from and writes to. */
export interface Terminal {
  env: Readonly<Record<string, string | undefined>>;
  /** stdout: the answer and nothing else. */
  out(text: string): void;
  /** stderr: progress, notices, errors. */
  err(text: string): void;
}

/** Options that every command has. */
export interface Common {
  url: string;
  json?: true;
}

/** The command was called in a way it does not understand: exit code 2. */
export class WrongUsage extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WrongUsage';
  }
}

/** Something went wrong that the message explains by itself: exit code 1, no stack. */
export class CommandFailed extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CommandFailed';
  }
}

/** Whoever called it has taken it back with Ctrl-C: exit code 130, as shells have it. */
export class Interrupted extends Error {
  constructor() {
    super('taken back');
    this.name = 'Interrupted';
  }
}
