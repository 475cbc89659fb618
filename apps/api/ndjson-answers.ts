import type { IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';
import { MAX_LINE_BYTES, NdjsonLines, parseLine, type Ingestion, type IngestResult, type NdjsonLine, type ParsedEvent } from '@leadlog/lead';
import { bodyChunks } from './body-chunks';
import { problemOf } from './problem-details';
import { asJson, Tally } from './ingest-answers';

/** Batches being appended while the next are read: enough that a log on a server finds several events for each stream, few enough to hold in memory. */
const IN_FLIGHT = 16;

/**
 * Takes NDJSON in while it is being sent and answers line by line, in order, each after its durable append. A client that
 * does not read its answers is not read from either. Whatever has arrived whole goes in, also when the client hangs up.
 */
export async function answerLines(request: IncomingMessage, response: ServerResponse, ingestion: Ingestion): Promise<void> {
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
    if (found.length === 0) return;
    // One after the other, so that what a line tells of identities holds for the next; the appends overlap.
    const resolved = await ingestion.resolve(found.map(parsed));
    const results = ingestion.append(resolved);
    // Answers keep the order of the lines and do not wait for the next chunk.
    answered = Promise.all([results, answered]).then(([mine]) => (failed ? undefined : write(response, answersTo(found, mine, tally))));
    answered = answered.catch(fail);
    inFlight.push(answered);
    if (inFlight.length >= IN_FLIGHT) await inFlight.shift();
  };

  const chunks = bodyChunks(request);
  try {
    let step = await chunks.next();
    for (; !step.done && !failed; step = await chunks.next()) await take(lines.push(step.value));
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
  for (const [index, result] of results.entries()) {
    tally.add(result);
    text += `${JSON.stringify({ line: lines[index]!.line, ...asJson(result) })}\n`;
  }
  return text;
}

function parsed(line: NdjsonLine): ParsedEvent {
  if ('text' in line) return parseLine(line.text);
  switch (line.broken) {
    case 'too long':
      return broken(`at most ${MAX_LINE_BYTES} bytes a line; send large content as a reference`, 'a longer line');
    case 'not UTF-8':
      return broken('text in UTF-8', 'other bytes');
    case 'half-sent':
      return broken('a whole line', 'its beginning; the connection broke');
  }
}

const broken = (expected: string, got: string): ParsedEvent => ({ ok: false, errors: [{ pointer: '', expected, got }] });

async function write(response: ServerResponse, text: string): Promise<void> {
  if (text === '' || response.destroyed) return;
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'application/x-ndjson; charset=utf-8', 'cache-control': 'no-store' });
  if (response.write(text)) return;
  // Whoever has hung up drains no more.
  const gone = new AbortController();
  await Promise.race([once(response, 'drain', { signal: gone.signal }), once(response, 'close', { signal: gone.signal })]).catch(() => undefined);
  gone.abort();
}

/** Before the first answer it can still be a status; later it is the last line, and what was answered before it holds. */
function refuse(response: ServerResponse, error: unknown, tally: Tally): void {
  const { problem, retryAfter } = problemOf(error);
  if (response.destroyed) return;
  if (!response.headersSent) {
    response.writeHead(problem.status, { 'content-type': 'application/problem+json; charset=utf-8', ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }) });
    response.end(JSON.stringify(problem));
  } else {
    response.end(`${JSON.stringify({ ...tally.summary(), incomplete: problem, ...(retryAfter !== undefined && { retryAfter }) })}\n`);
  }
}
