import type { ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import type { CommandBus } from '@nestjs/cqrs';
import { brokenLine, NdjsonLines, parseLine, type IngestResult, type NdjsonLine, type ParsedEvent } from '@leadlog/ingestion';
import { RecordEvents } from '@leadlog/ingestion/ingestion.handlers';
import { bodyChunks } from '../requests/body-chunks';
import { problemOf, refused, RequestRefused } from '../problem-details';
import { isBadPacking } from '../requests/unpacked-bodies';
import { Tally } from './ingest-answers';

/** What becomes of an event before it is recorded. */
export type Judge = (event: ParsedEvent) => ParsedEvent;

/** What of a result is for whoever asks. */
export type Told = (result: IngestResult) => IngestResult;

/**
 * Batches being appended while the next are read: enough that a log on a server finds several events for each stream, few enough to hold in
 * memory.
 */
const IN_FLIGHT = 16;
/** Judged without a pause for others. A chunk may hold a hundred thousand lines of three bytes. */
export const SLICE_LINES = 1_000;
/** Cut into lines in one go: so many bytes may be that many lines. */
const CUT_BYTES = 65_536;
/** Of a body that was sent compressed: a few megabytes may unpack to any number. */
const MOST_UNPACKED_BYTES = 256 * 1_048_576;

/**
 * Takes NDJSON in while it is being sent and answers line by line, in order, each after its durable append. A client that
 * does not read its answers is not read from either. Whatever has arrived whole goes in, also when the client hangs up.
 */
export async function answerLines(
  body: Readable,
  response: ServerResponse,
  commands: CommandBus,
  { packed, judge, told, pace }: { packed: boolean; judge: Judge; told: Told; pace(bytes: number): Promise<void> },
): Promise<void> {
  const lines = new NdjsonLines();
  const tally = new Tally();
  const inFlight: Promise<void>[] = [];
  let answered = Promise.resolve();
  let failed = false;
  const fail = (error: unknown): void => {
    if (!failed) refuse(response, error, tally);
    failed = true;
  };

  const take = async (found: readonly NdjsonLine[]): Promise<void> => {
    if (found.length === 0 || failed) return;
    // Lines that are all refused wait for nothing, and whoever else asks would wait for all of them.
    await eventLoopTurn();
    // One after the other, so that what a line tells of identities holds for the next; the appends overlap.
    const { recorded } = await commands.execute(new RecordEvents(found.map((line) => judge(parsed(line)))));
    // Answers keep the order of the lines and do not wait for the next chunk.
    answered = Promise.all([recorded, answered]).then(([mine]) =>
      failed ? undefined : write(response, answersTo(found, mine.map(told), tally)),
    );
    answered = answered.catch(fail);
    inFlight.push(answered);
    if (inFlight.length >= IN_FLIGHT) await inFlight.shift();
  };

  const takeChunk = async (chunk: Buffer): Promise<void> => {
    let found: NdjsonLine[] = [];
    for (let at = 0; at < chunk.length && !failed; at += CUT_BYTES) {
      found = found.concat(lines.push(chunk.subarray(at, at + CUT_BYTES)));
      // Blank lines alone would be taken without any pause.
      if (found.length === 0) await eventLoopTurn();
      for (; found.length >= SLICE_LINES; found = found.slice(SLICE_LINES)) await take(found.slice(0, SLICE_LINES));
    }
    await take(found);
  };

  let tooSlow: RequestRefused | undefined;
  body.once('error', (error) => {
    if (error instanceof RequestRefused) tooSlow = error;
  });
  const chunks = bodyChunks(body);
  let bytes = 0;
  try {
    let step = await chunks.next();
    for (; !step.done && !failed; step = await chunks.next()) {
      if (packed && (bytes += step.value.length) > MOST_UNPACKED_BYTES)
        throw refused(
          413,
          '',
          `a compressed body that unpacks to at most ${MOST_UNPACKED_BYTES} bytes (what was answered is in; send the rest in another request)`,
          'more',
        );
      // Whoever sends waits too, since nothing more is read meanwhile.
      await pace(step.value.length);
      await takeChunk(step.value);
    }
    if (body.errored && isBadPacking(body.errored)) throw body.errored;
    if (tooSlow) throw tooSlow;
    if (step.done && !failed) await take(step.value === 'complete' ? lines.end() : lines.abort());
    await answered;
    if (failed) return;
    await write(response, `${JSON.stringify(tally.summary())}\n`);
    response.end();
  } catch (error) {
    await answered;
    fail(error);
  } finally {
    await chunks.return('broken');
  }
}

function answersTo(lines: readonly NdjsonLine[], results: readonly IngestResult[], tally: Tally): string {
  let text = '';
  for (const [index, result] of results.entries()) text += `${tally.told(lines[index]!.line, result)}\n`;
  return text;
}

const parsed = (line: NdjsonLine): ParsedEvent =>
  'text' in line ? parseLine(line.text) : { ok: false, errors: [brokenLine(line.broken)] };

async function write(response: ServerResponse, text: string): Promise<void> {
  if (text === '' || response.destroyed) return;
  if (!response.headersSent)
    response.writeHead(200, { 'content-type': 'application/x-ndjson; charset=utf-8', 'cache-control': 'no-store' });
  if (response.write(text)) return;
  // Whoever has hung up drains no more.
  const gone = new AbortController();
  await Promise.race([once(response, 'drain', { signal: gone.signal }), once(response, 'close', { signal: gone.signal })]).catch(
    () => undefined,
  );
  gone.abort();
}

/** Before the first answer it can still be a status; later it is the last line, and what was answered before it holds. */
function refuse(response: ServerResponse, error: unknown, tally: Tally): void {
  const { problem, retryAfter } = problemOf(error);
  if (response.destroyed) return;
  if (!response.headersSent) {
    response.writeHead(problem.status, {
      'content-type': 'application/problem+json; charset=utf-8',
      ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
    });
    response.end(JSON.stringify(problem));
  } else {
    response.end(`${JSON.stringify({ ...tally.summary(), incomplete: problem, ...(retryAfter !== undefined && { retryAfter }) })}\n`);
  }
}
