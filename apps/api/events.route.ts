import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isBinaryMode, MAX_LINE_BYTES, parseBatch, parseBinary, parseStructured, withoutMark, type Ingestion, type ParsedEvent } from '@leadlog/lead';
import { asJson, Tally } from './ingest-answers';
import { refuseUnknownParameters } from './known-parameters';
import { answerLines } from './ndjson-answers';
import { RequestRefused, sendProblem } from './problem-details';

const STRUCTURED = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';
const NDJSON = 'application/x-ndjson';
const JSON_TYPE = 'application/json';
/** A batch is held in memory as a whole; NDJSON is the form without a limit. */
const MAX_BATCH_BYTES = 32 * 1_048_576;
const SUPPORTED = `${STRUCTURED}, ${BATCH}, ${NDJSON}, or ${JSON_TYPE} with ce-… headers (binary mode)`;

/** Of the query. */
const PARAMETERS: readonly string[] = [];

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
  else done(new RequestRefused(400, 'the body is not UTF-8'));
}

function json(_request: unknown, body: Buffer, done: (error: Error | null, value?: unknown) => void): void {
  try {
    done(null, parseJson(body));
  } catch (error) {
    done(error as Error);
  }
}

function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  if (!isUtf8(body)) throw new RequestRefused(400, 'the body is not UTF-8');
  try {
    return JSON.parse(withoutMark(body.toString('utf8')));
  } catch (error) {
    throw new RequestRefused(400, `the body is malformed JSON: ${(error as Error).message}`);
  }
}

/**
 * POST /v1/events. A plain route of the HTTP server, beside the controllers: it has no guards, pipes or views that Nest
 * could add, it streams, and it is the one path that takes thousands of requests a second.
 */
export function addEventsRoute(fastify: FastifyInstance, ingestion: Ingestion): void {
  // A scope of its own: no other route takes these types.
  void fastify.register((scope, _options, done) => {
    scope.addContentTypeParser(STRUCTURED, { parseAs: 'buffer', bodyLimit: MAX_LINE_BYTES }, json);
    scope.addContentTypeParser(BATCH, { parseAs: 'buffer', bodyLimit: MAX_BATCH_BYTES }, json);
    scope.addContentTypeParser(NDJSON, (_request: unknown, payload: unknown, parsed: (error: null, value: unknown) => void) => parsed(null, payload));
    scope.route({
      method: 'POST',
      url: '/v1/events',
      errorHandler: (error, _request, reply) => sendProblem(reply, withSupported(error)),
      onRequest: (request, _reply, next) => {
        refuseUnknownParameters(request.query, PARAMETERS);
        next(refusedEncoding(request));
      },
      handler: async (request, reply) => {
        const type = (request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
        if (type === NDJSON) {
          reply.hijack();
          await answerLines(request.raw, reply.raw, ingestion);
          return reply;
        }
        const { body } = request;
        if (type === BATCH || (type === JSON_TYPE && Array.isArray(body))) return answerBatch(body, reply, ingestion);
        return answerOne(eventIn(request, type), reply, ingestion);
      },
    });
    done();
  });
}

/** Compressed bytes would otherwise be refused as bad text. */
function refusedEncoding({ headers }: FastifyRequest): RequestRefused | undefined {
  const encoding = headers['content-encoding'];
  return encoding === undefined || encoding === 'identity' ? undefined : new RequestRefused(415, `content-encoding: expected none, got ${encoding}`);
}

/** A body with `ce-…` headers is `data` alone; without them it can only be a whole event. */
function eventIn({ headers, body }: FastifyRequest, type: string): ParsedEvent {
  return type === JSON_TYPE && isBinaryMode(headers) ? parseBinary(headers, body) : parseStructured(body);
}

async function answerOne(event: ParsedEvent, reply: FastifyReply, ingestion: Ingestion): Promise<FastifyReply> {
  const [result] = await ingestion.ingest([event]);
  if (result!.result === 'rejected') {
    const detail = result!.errors.map(({ pointer, expected, got }) => `${pointer || 'event'}: expected ${expected}, got ${got}`).join('; ');
    throw new RequestRefused(422, `The event is rejected. ${detail}`, result!.errors);
  }
  if (result!.result === 'conflict') {
    const { eventId, errors } = result!;
    const detail = errors.map(({ pointer, expected, got }) => `${pointer}: expected ${expected}, got ${got}`).join('; ');
    throw new RequestRefused(409, `This id stands for other content already (event ${eventId}), which holds. Send what is new under an id of its own. ${detail}`, errors);
  }
  return reply
    .status(result!.result === 'accepted' ? 201 : 200)
    .header('leadlog-position', String(result!.position))
    .header('content-type', 'application/json; charset=utf-8')
    .send(JSON.stringify(asJson(result!)));
}

async function answerBatch(body: unknown, reply: FastifyReply, ingestion: Ingestion): Promise<FastifyReply> {
  const events = parseBatch(body);
  if (!events) throw new RequestRefused(422, 'a batch is a list of CloudEvents', [{ pointer: '', expected: 'a list of CloudEvents', got: body === undefined ? 'nothing' : typeof body }]);
  const tally = new Tally();
  const results = await ingestion.ingest(events);
  const lines = results.map((result, index) => {
    tally.add(result);
    return { line: index + 1, ...asJson(result) };
  });
  const summary = tally.summary();
  if (summary.position !== undefined) void reply.header('leadlog-position', summary.position);
  return reply.status(200).header('content-type', 'application/json; charset=utf-8').send(JSON.stringify({ ...summary, results: lines }));
}

function withSupported(error: Error & { code?: string; statusCode?: number }): Error {
  if (error.statusCode === 415) return new RequestRefused(415, `supported are ${SUPPORTED}; ${error.message}`);
  if (error.statusCode === 413) return new RequestRefused(413, `one event may have ${MAX_LINE_BYTES} bytes, a batch ${MAX_BATCH_BYTES}; NDJSON (${NDJSON}) may be of any length`);
  return error;
}
