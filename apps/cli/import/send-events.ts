import pRetry from 'p-retry';
import { setTimeout as delay } from 'node:timers/promises';
import type { ReadableStream as WebStream } from 'node:stream/web';
import { isPassing, type ErrorFacts } from '@leadlog/errors';
import { counted, type FieldError } from '@leadlog/events';
import { ApiRefused, apiUrl, request, unreachable } from '../api-client';
import { CommandFailed } from '../terminal';

/** A line of NDJSON and the row it comes from. Events of one row follow each other. */
export interface Line {
  row: number;
  text: string;
}

export interface Answers {
  accepted: number;
  duplicates: number;
  /** Their ids stand for other content already, which holds. */
  conflicts?: number;
  rejected: number;
  /** A read model that has passed it has all of them. Undefined where nothing is in. */
  position?: string;
}

type Answer = { line: number; result: 'accepted' | 'duplicate' | 'conflict' | 'rejected'; errors?: FieldError[]; notices?: string[] };
type Last = { line?: undefined; position?: string; incomplete?: { title: string; detail: string }; retryAfter?: number };

/** The errors of one answer have a limit. */
const NOT_TOLD: FieldError[] = [
  { pointer: '', expected: 'an event without errors, as those before', got: 'errors that are not listed: fix the others first' },
];

const LINES_A_REQUEST = 1_000;
const RETRIES = 8;

export interface SendOptions {
  url: string;
  /** What may follow for sales from events before a moment (RFC 3339); from all of them where none is given. */
  imported?: { decisions: string; before?: string };
  /** After each request: rows that are answered. */
  answered?(row: number): void;
  rejected(row: number, errors: readonly FieldError[]): void;
  /** Its id stands for other content. */
  conflicting?(row: number, errors: readonly FieldError[]): void;
  /** It is in, and this is worth knowing. */
  noticed?(row: number, notices: readonly string[]): void;
  /** Waits that long before trying again; tests wait less. */
  wait?(seconds: number): Promise<unknown>;
}

/**
 * Sends in requests of about 1,000 lines, one after the other: events go into the log in the order of the file. When the API is
 * busy (503) it waits as told and sends what has no answer yet. Throws CommandFailed that names the first row without an answer.
 */
export async function sendEvents(lines: AsyncIterable<Line> | Iterable<Line>, options: SendOptions): Promise<Answers> {
  const total: Answers = { accepted: 0, duplicates: 0, rejected: 0 };
  let chunk: Line[] = [];
  for await (const line of lines) {
    if (chunk.length >= LINES_A_REQUEST && chunk.at(-1)!.row !== line.row) {
      await sendChunk(chunk, total, options);
      chunk = [];
    }
    chunk.push(line);
  }
  if (chunk.length > 0) await sendChunk(chunk, total, options);
  return total;
}

async function sendChunk(chunk: readonly Line[], total: Answers, options: SendOptions): Promise<void> {
  const { wait = (seconds: number) => delay(seconds * 1_000) } = options;
  let done = 0;
  const attempt = async (): Promise<void> => {
    try {
      for await (const answer of post(options, chunk.slice(done), (position) => (total.position = later(total.position, position)))) {
        const { row } = chunk[done++]!;
        if (answer.notices) options.noticed?.(row, answer.notices);
        switch (answer.result) {
          case 'accepted':
            total.accepted++;
            break;
          case 'duplicate':
            total.duplicates++;
            break;
          case 'conflict':
            total.conflicts = (total.conflicts ?? 0) + 1;
            options.conflicting?.(row, answer.errors ?? []);
            break;
          case 'rejected':
            total.rejected++;
            options.rejected(row, answer.errors ?? NOT_TOLD);
            break;
        }
      }
    } catch (error) {
      if (error instanceof ApiRefused && isPassing(error)) throw error;
      throw new pRetry.AbortError(error as Error);
    }
  };
  try {
    await pRetry(attempt, {
      retries: RETRIES,
      minTimeout: 0,
      maxTimeout: 0,
      onFailedAttempt: (error) => wait((error as ErrorFacts).retryAfterSeconds ?? 1) as Promise<void>,
    });
  } catch (error) {
    const { row } = chunk[done] ?? chunk.at(-1)!;
    throw new CommandFailed(
      `${(error as Error).message}\nStopped before row ${row}; go on with --from-row ${row}, or repeat the whole: what is in already counts as a duplicate`,
    );
  }
  options.answered?.(chunk.at(-1)!.row);
}

const later = (a: string | undefined, b: string): string => (a !== undefined && BigInt(a) > BigInt(b) ? a : b);

/** By line feeds alone: an answer may quote U+2028 and the like, at which others end a line too. */
async function* linesOf(body: WebStream): AsyncGenerator<string> {
  let rest = '';
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== '') yield rest;
}

/** Ends only when every line has its answer. */
async function* post(
  { url: base, imported }: SendOptions,
  lines: readonly Line[],
  through: (position: string) => void,
): AsyncGenerator<Answer> {
  const url = apiUrl(base, '/v1/events');
  if (imported) url.searchParams.set('decisions', imported.decisions);
  if (imported?.before !== undefined) url.searchParams.set('decisions-before', imported.before);
  const body = lines.map(({ text }) => `${text}\n`).join('');
  const response = await request(url, { method: 'POST', headers: { 'content-type': 'application/x-ndjson' }, body });
  let answers = 0;
  try {
    for await (const text of linesOf(response.body as WebStream)) {
      const answer = JSON.parse(text) as Answer | Last;
      if (answer.line !== undefined) {
        answers++;
        yield answer;
        continue;
      }
      if (answer.position !== undefined) through(answer.position);
      if (answer.incomplete)
        throw new ApiRefused(503, `${answer.incomplete.title}: ${answer.incomplete.detail}`, { retryAfterSeconds: answer.retryAfter });
    }
  } catch (error) {
    throw error instanceof CommandFailed ? error : unreachable(url, error);
  }
  if (answers < lines.length)
    throw new CommandFailed(`${url.origin} answered ${answers} of ${counted(lines.length, 'event')} and then closed the connection`);
}
