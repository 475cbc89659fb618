import { SingleBar } from 'cli-progress';
import type { Terminal } from './terminal';

export interface Progress {
  at(done: number): void;
  end(): void;
}

const EVERY_MS = 3_000;

/** On stderr: a bar on a terminal, else a line every few seconds. */
export function progressOf(what: string, terminal: Terminal, clock: () => number = Date.now): Progress {
  if (process.stderr.isTTY) {
    const bar = new SingleBar({ format: `${what}: {value}, {duration_formatted}`, stream: process.stderr, clearOnComplete: true, hideCursor: true });
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
