import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import type { CommandBus } from '@nestjs/cqrs';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DECISIONS, exceeds, MOST_FIELDS, shown, type Imported, type JsonLimits } from '@leadlog/events';
import {
  asImported,
  isBinaryMode,
  MAX_LINE_BYTES,
  parseBatch,
  parseBinary,
  parseStructured,
  withoutMark,
  type IngestResult,
  type ParsedEvent,
} from '@leadlog/ingestion';
import { RecordEvents } from '@leadlog/ingestion/ingestion.handlers';
import { isTimestamp } from '@leadlog/time';
import { refuseUnknownParameters } from '../requests/known-parameters';
import { oneOf, wrong } from '../query-parameters';
import { otherType, refused, refusedFor, RequestRefused, sendProblem } from '../problem-details';
import type { Limits } from '../requests/limits';
import { isPacked } from '../requests/unpacked-bodies';
import { asJson, Tally } from './ingest-answers';
import { answerLines, SLICE_LINES, type Judge, type Told } from './ndjson-answers';
import { toldTo, withinLimits } from './key-limits';

const STRUCTURED = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';
const NDJSON = 'application/x-ndjson';
const JSON_TYPE = 'application/json';
/** A batch is held in memory as a whole; NDJSON is the form without a limit. */
const MAX_BATCH_BYTES = 8 * 1_048_576;
const MOST_EVENTS = 10_000;
/** Of all its events together. */
const IN_A_BATCH: JsonLimits = { entries: MOST_EVENTS, fields: 20 * MOST_EVENTS, nested: 10 * MOST_EVENTS };
const SUPPORTED = `${STRUCTURED}, ${BATCH}, ${NDJSON}, or ${JSON_TYPE} with ce-… headers (binary mode)`;

/** Of the query. */
const PARAMETERS: readonly string[] = ['decisions', 'decisions-before'];

const YAML_TYPES = ['application/yaml', 'application/x-yaml', 'text/yaml', 'text/x-yaml'];

/** For every route. Plain text would be a body of no use to any of them; documents come as YAML. */
export function addContentTypes(fastify: FastifyInstance): void {
  fastify.removeContentTypeParser('text/plain');
  fastify.addContentTypeParser(JSON_TYPE, { parseAs: 'buffer', bodyLimit: MAX_LINE_BYTES }, json);
  fastify.addContentTypeParser(YAML_TYPES, { parseAs: 'buffer', bodyLimit: MAX_LINE_BYTES }, yaml);
}

/** As a text: whoever reads it tells by line and column what is wrong. */
function yaml(_request: unknown, body: Buffer, done: (error: Error | null, value?: unknown) => void): void {
  if (isUtf8(body)) done(null, withoutMark(body.toString('utf8')));
  else done(notUtf8());
}

const notUtf8 = () => refused(400, '', 'text in UTF-8', 'bytes that are not UTF-8');

type Parsed = (error: Error | null, value?: unknown) => void;

function json(_request: unknown, body: Buffer, done: Parsed): void {
  parseJson(body, { fields: MOST_FIELDS }, tooWide, done);
}

/** `refused`: what is said where the text exceeds the limits, which is counted before it is parsed. */
function parseJson(body: Buffer, limits: JsonLimits, refused: () => Error, done: Parsed): void {
  if (body.length === 0) return done(null, undefined);
  if (!isUtf8(body)) return done(notUtf8());
  const text = withoutMark(body.toString('utf8'));
  if (exceeds(text, limits)) return done(refused());
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return done(
      new RequestRefused(400, `the body is malformed JSON: ${(error as Error).message}`, [
        { pointer: '', expected: 'JSON', got: `something else: ${(error as Error).message}` },
      ]),
    );
  }
  done(null, value);
}

function tooWide(): RequestRefused {
  return refused(422, '', `at most ${MOST_FIELDS} fields and list entries in total`, 'more');
}

/**
 * POST /v1/events. A plain route of the HTTP server, beside the controllers: it has no guards, pipes or views that Nest
 * could add, it streams, and it is the one path that takes thousands of requests a second.
 */
export function addEventsRoute(fastify: FastifyInstance, commands: CommandBus, limits: Limits): void {
  // A scope of its own: no other route takes these types.
  void fastify.register((scope, _options, done) => {
    scope.addContentTypeParser(STRUCTURED, { parseAs: 'buffer', bodyLimit: MAX_LINE_BYTES }, json);
    scope.addContentTypeParser(
      BATCH,
      { parseAs: 'buffer', bodyLimit: MAX_BATCH_BYTES },
      (_request: unknown, body: Buffer, parsed: Parsed) => parseJson(body, IN_A_BATCH, tooMany, parsed),
    );
    scope.addContentTypeParser(NDJSON, (_request: unknown, payload: unknown, parsed: (error: null, value: unknown) => void) =>
      parsed(null, payload),
    );
    scope.route({
      method: 'POST',
      url: '/v1/events',
      errorHandler: (error, _request, reply) => sendProblem(reply, withSupported(error, reply)),
      onRequest: (request, _reply, next) => {
        refuseUnknownParameters(request.query, PARAMETERS);
        next();
      },
      handler: async (request, reply) => {
        const judge = judgeOf(request);
        const told = toldTo(request.access!);
        const type = (request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
        if (type === NDJSON) {
          reply.hijack();
          await answerLines(request.body as Readable, reply.raw, commands, {
            packed: isPacked(request.headers),
            judge,
            told,
            pace: (bytes) => {
              // It may go on for days, and the key may be revoked meanwhile.
              const refusal = request.refusedByNow!();
              if (refusal) throw refusal;
              return limits.pace(request.access!, bytes);
            },
          });
          return reply;
        }
        const { body } = request;
        if (type === BATCH || (type === JSON_TYPE && Array.isArray(body))) return answerBatch(body, reply, commands, { judge, told });
        return answerOne(judge(eventIn(request, type)), reply, commands, told);
      },
    });
    done();
  });
}

const tooMany = () =>
  refused(
    413,
    '',
    `a batch of at most ${MOST_EVENTS} events, of 20 fields each on average (send several, or NDJSON as ${NDJSON}, which may be of any length)`,
    'more',
  );

interface Asked {
  decisions?: string;
  'decisions-before'?: string;
}

/** Each event as this request says it is meant, and as its key may send it. */
function judgeOf({ query, access }: FastifyRequest): Judge {
  const imported = importedIn(query as Asked);
  return (event) => withinLimits(asImported(event, imported), access!);
}

/** What may follow for sales from the events of this request; nothing said: what follows from any event. */
function importedIn({ decisions, 'decisions-before': before }: Asked): Imported | undefined {
  const known = oneOf('decisions', decisions, DECISIONS);
  if (before !== undefined && (known === undefined || !isTimestamp(before))) {
    throw wrong('decisions-before', known === undefined ? 'decisions too' : 'a time in RFC 3339 with a time-zone offset', before);
  }
  return known && { decisions: known, ...(before !== undefined && { before: Date.parse(before) }) };
}

/** A body with `ce-…` headers is `data` alone; without them it can only be a whole event. */
function eventIn({ headers, body }: FastifyRequest, type: string): ParsedEvent {
  return type === JSON_TYPE && isBinaryMode(headers) ? parseBinary(headers, body) : parseStructured(body);
}

async function answerOne(event: ParsedEvent, reply: FastifyReply, commands: CommandBus, told: Told): Promise<FastifyReply> {
  const { recorded } = await commands.execute(new RecordEvents([event]));
  const result = told((await recorded)[0]!);
  if (result.result === 'rejected') {
    throw refusedFor(422, result.errors, 'The event is rejected. ');
  }
  if (result.result === 'conflict') {
    const { eventId, errors } = result;
    throw refusedFor(
      409,
      errors,
      `This id stands for other content already (event ${eventId}), which holds. Send what is new under an id of its own. `,
    );
  }
  return reply
    .status(result.result === 'accepted' ? 201 : 200)
    .header('leadlog-position', String(result.position))
    .header('content-type', 'application/json; charset=utf-8')
    .send(JSON.stringify(asJson(result)));
}

async function answerBatch(
  body: unknown,
  reply: FastifyReply,
  commands: CommandBus,
  { judge, told }: { judge: Judge; told: Told },
): Promise<FastifyReply> {
  // Before a result is made of each.
  if (Array.isArray(body) && body.length > MOST_EVENTS) throw tooMany();
  const events = parseBatch(body)?.map(judge);
  if (!events) throw refused(422, '', 'a list of CloudEvents', shown(body));
  const slices: Promise<IngestResult[]>[] = [];
  for (let at = 0; at < events.length; at += SLICE_LINES) {
    const { recorded } = await commands.execute(new RecordEvents(events.slice(at, at + SLICE_LINES)));
    // Told below, once the others are asked for too.
    recorded.catch(() => undefined);
    slices.push(recorded);
    await eventLoopTurn();
  }
  const tally = new Tally();
  const lines = (await Promise.all(slices)).flat().map((result, index) => tally.told(index + 1, told(result)));
  const summary = tally.summary();
  if (summary.position !== undefined) void reply.header('leadlog-position', summary.position);
  return reply
    .status(200)
    .header('content-type', 'application/json; charset=utf-8')
    .send(`${JSON.stringify(summary).slice(0, -1)},"results":[${lines.join(',')}]}`);
}

function withSupported(error: Error & { code?: string; statusCode?: number }, reply: FastifyReply): Error {
  if (error.statusCode === 415 && !(error instanceof RequestRefused)) return otherType(reply, SUPPORTED);
  if (error.statusCode === 413 && !(error instanceof RequestRefused))
    return refused(
      413,
      '',
      `an event of at most ${MAX_LINE_BYTES} bytes, or a batch of at most ${MAX_BATCH_BYTES}; NDJSON (${NDJSON}) may be of any length`,
      'more',
    );
  return error;
}
