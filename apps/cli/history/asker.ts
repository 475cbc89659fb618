import type { Readable } from 'node:stream';
import type { JsonValue, SqlFormat } from '@leadlog/sql';
import { lineOf } from '../progress';
import { Interrupted, type Terminal } from '../terminal';

export interface Asked {
  parameters: Record<string, JsonValue>;
  format: SqlFormat;
  limit?: number;
  seconds?: number;
  asOf?: string;
  /** Of SQL that is asked of an api. */
  names?: true;
}

/** The bytes of an answer, as it was asked for. */
export interface Answer {
  bytes: Readable;
  rowCount: number;
  truncated: boolean;
  position: string;
  replays?: Record<string, string>;
}

export interface Watch {
  /** If aborted, the question is cancelled. */
  signal: AbortSignal;
  /** `waiting`, or a part from 0 to 1; left out: nobody looks. */
  onProgress?: (progress: 'waiting' | number) => void;
}

export interface ViewItem {
  name: string;
  description: string;
  columns: readonly { name: string; description: string }[];
}

/** Whoever answers questions about all of history: a running api, or a folder itself. */
export interface Asker {
  sql(sql: string, asked: Asked, watch: Watch): Promise<Answer>;
  report(name: string, asked: Asked, watch: Watch): Promise<Answer>;
  views(): Promise<ViewItem[]>;
  close(): Promise<void>;
}

/**
 * Runs one question: how far it is on stderr (on a terminal, or where it is asked for), and Ctrl-C cancels it. Throws Interrupted then.
 */
export async function followed<T>(terminal: Terminal, progress: true | undefined, work: (watch: Watch) => Promise<T>): Promise<T> {
  const leaving = new AbortController();
  const interrupt = (): void => leaving.abort();
  process.once('SIGINT', interrupt);
  const line = progress || process.stderr.isTTY ? lineOf('answer', terminal) : undefined;
  const onProgress =
    line && ((state: 'waiting' | number) => line.say(state === 'waiting' ? 'waits for its turn' : `${Math.floor(state * 100)} %`));
  try {
    return await work({ signal: leaving.signal, onProgress });
  } catch (error) {
    throw leaving.signal.aborted ? new Interrupted() : error;
  } finally {
    process.off('SIGINT', interrupt);
    line?.end();
  }
}
