import { SingleBar } from 'cli-progress';
import { harmless, type Terminal } from './terminal';

export interface Progress {
  at(done: number): void;
  end(): void;
}

const EVERY_MS = 3_000;

/** On stderr: a bar on a terminal, else a line every few seconds. */
export function progressOf(what: string, terminal: Terminal, clock: () => number = Date.now): Progress {
  if (process.stderr.isTTY) {
    const bar = new SingleBar({
      format: `${what}: {value}, {duration_formatted}`,
      stream: process.stderr,
      clearOnComplete: true,
      // What it hides or sets would stay so after Ctrl-C.
      hideCursor: false,
      linewrap: true,
    });
    bar.start(0, 0);
    return { at: (done) => bar.update(done), end: () => bar.stop() };
  }
  let said = clock();
  return {
    at(done) {
      if (clock() - said < EVERY_MS) return;
      said = clock();
      terminal.err(`${what}: ${done}\n`);
    },
    end: () => undefined,
  };
}

/** What is said of one thing on stderr: on a terminal always in the same line, else a line whenever it has changed. */
export function lineOf(what: string, terminal: Pick<Terminal, 'err'>): { say(text: string): void; end(): void } {
  const isTerminal = process.stderr.isTTY;
  let said = '';
  return {
    say(text) {
      if (text === said) return;
      said = text;
      // These control characters are ours, so they go past what makes others' harmless.
      if (isTerminal) process.stderr.write(`\r${harmless(`${what}: ${text}`)}\x1b[K`);
      else terminal.err(`${what}: ${text}\n`);
    },
    end() {
      if (isTerminal && said !== '') process.stderr.write('\r\x1b[K');
    },
  };
}
