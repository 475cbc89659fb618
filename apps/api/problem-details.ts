import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { ArgumentsHost, Catch, HttpException, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { kindOfStatus, statusOf, type ErrorFacts, type ErrorKind, type ErrorPart } from '@leadlog/errors';
import { errorsText, shown, type FieldError } from '@leadlog/events';
import { logger } from '../setup/logger';

/** RFC 9457. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  /** What is wrong with which field, or where in a document. */
  errors?: readonly ErrorPart[];
}

export interface ProblemAnswer {
  problem: Problem;
  /** Seconds; trying again then may help. */
  retryAfter?: number;
}

/**
 * Refuses a request with fields that say what was expected. Its status may be one that HTTP alone has (405, 408, 415, 421, 429, 431); the kind
 * follows from it.
 */
export class RequestRefused extends HttpException {
  readonly kind: ErrorKind | undefined;

  constructor(
    status: number,
    detail: string,
    readonly errors?: readonly ErrorPart[],
    /** Seconds; trying again then may help. */
    readonly retryAfter: number | undefined = status === 503 ? 1 : undefined,
  ) {
    super(detail, status);
    this.kind = kindOfStatus(status);
  }
}

/** What is not as it should be; the detail says the same in one line, after `before` where that is given. */
export function refusedFor(status: number, errors: readonly FieldError[], before = ''): RequestRefused {
  return new RequestRefused(status, `${before}${errorsText(errors)}`, errors);
}

/** One such thing. `pointer`: into the body, or the name of a header, or of a parameter of path or query. */
export const refused = (status: number, pointer: string, expected: string, got: string): RequestRefused =>
  refusedFor(status, [{ pointer, expected, got }]);

/** 404. */
export const notKnown = (pointer: string, expected: string, id: string): RequestRefused => refused(404, pointer, expected, shown(id));

export const unknownLead = (id: string): RequestRefused => notKnown('/id', 'a lead of which an event has been recorded', id);

const TITLES: Readonly<Record<number, string>> = {
  400: 'Invalid request',
  401: 'Access key or session needed',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict with the current state',
  408: 'Request timed out',
  413: 'Too large',
  414: 'The address is too long',
  415: 'This media type is not supported',
  421: 'Unknown host name',
  422: 'Invalid content',
  429: 'Too much at once',
  431: 'The headers are too large',
  500: 'Internal error',
  503: 'Temporarily unavailable',
};

/** Every refusal has its parts, also one whose detail is all there is to say. */
const WHAT_WOULD_DO: Readonly<Record<number, string>> = {
  401: 'an access key or a session',
  403: 'a request from this site, by somebody who may do this',
  400: 'a request as the document of the API (/docs) describes it',
  404: 'a path of the API (/docs), and ids of things that are there',
  405: 'a method that this path has (/docs)',
  408: 'a request that arrives in time',
  409: 'a state in which this can be done; read it again and decide again',
  413: 'a smaller body',
  414: 'a shorter address',
  415: 'a media type that this path takes (/docs)',
  422: 'content as the document of the API (/docs) describes it',
  429: 'fewer requests or bytes; try again after Retry-After',
  431: 'smaller headers',
  500: 'an answer; trying again is safe',
  503: 'storage that answers; try again after Retry-After',
};

function answer(status: number, detail: string, more: { errors?: readonly ErrorPart[]; retryAfter?: number } = {}): ProblemAnswer {
  const title = TITLES[status] ?? 'The request failed';
  const problem: Problem = { type: `urn:leadlog:problem:${status}`, title, status, detail };
  if (more.errors && more.errors.length > 0) problem.errors = more.errors;
  else problem.errors = [{ pointer: '', expected: WHAT_WOULD_DO[status] ?? WHAT_WOULD_DO[400]!, got: detail }];
  return { problem, ...(more.retryAfter !== undefined && { retryAfter: more.retryAfter }) };
}

/** How an error is told to a client: by its kind. One without is ours: logged, and told without its details. */
export function problemOf(error: unknown): ProblemAnswer {
  if (error instanceof RequestRefused) {
    const status = error.getStatus();
    return answer(status, error.message, { errors: error.errors, retryAfter: error.retryAfter });
  }
  if (error instanceof HttpException) return ofHttpException(error);
  const known = statusOf(error);
  if (known !== undefined) {
    const { message, errors, retryAfterSeconds = 1 } = error as Error & ErrorFacts;
    return answer(known, detailOf(message, errors), { errors, ...(known === 503 && { retryAfter: retryAfterSeconds }) });
  }
  const { code, statusCode: status } = (error ?? {}) as { code?: unknown; statusCode?: unknown };
  if (typeof code === 'string' && /^Z_/.test(code))
    return answer(400, `the body is not in gzip, as content-encoding says: ${(error as Error).message}`);
  if (typeof status === 'number' && status >= 400 && status < 500) return answer(status, (error as Error).message);
  logger.error(error, 'a request failed');
  return answer(500, 'The request failed because of an internal error, which has been logged. Retrying is safe.');
}

/** A message that is nothing but its one part names the place too, as every refusal does. */
function detailOf(message: string, errors: readonly ErrorPart[] = []): string {
  const [part, another] = errors;
  if (part === undefined || another !== undefined || !('pointer' in part)) return message;
  return message.endsWith(`expected ${part.expected}, got ${part.got}`) ? errorsText([part]) : message;
}

function ofHttpException(error: HttpException): ProblemAnswer {
  const response = error.getResponse();
  const message = typeof response === 'object' ? (response as { message?: unknown }).message : response;
  const errors = typeof response === 'object' ? (response as { errors?: readonly FieldError[] }).errors : undefined;
  return answer(error.getStatus(), Array.isArray(message) ? message.join('; ') : String(message ?? error.message), { errors });
}

/** What the server says of a type that no parser takes, as it says it and as Nest hands it on. */
const isOtherType = (error: unknown): boolean =>
  !(error instanceof RequestRefused) &&
  (error instanceof HttpException ? error.getStatus() : (error as { statusCode?: unknown } | undefined)?.statusCode) === 415;

/** Forms of other sites can send text and forms, but no JSON, so it is asked for also where there is nothing to say. */
export function otherType({ request }: FastifyReply, expected = 'application/json (a document may be application/yaml)'): RequestRefused {
  return refused(415, '/content-type', expected, shown(request.headers['content-type']));
}

export function sendProblem(reply: FastifyReply, error: unknown): void {
  const { problem, retryAfter } = problemOf(isOtherType(error) ? otherType(reply) : error);
  if (retryAfter !== undefined) void reply.header('retry-after', String(retryAfter));
  void reply.status(problem.status).header('content-type', 'application/problem+json; charset=utf-8').send(JSON.stringify(problem));
}

/** What is no HTTP, or breaks off being it, gets its answer on the bare socket. */
export function refuseConnection(error: Error & { code?: string }, socket: Duplex & { bytesWritten?: number }): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const { problem } = problemOf(notHttp(error));
  const body = JSON.stringify(problem);
  const head = `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\nconnection: close\r\nx-content-type-options: nosniff\r\ncontent-type: application/problem+json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  // A client that is reading an answer already would take this for more of it.
  if (socket.writable && !socket.bytesWritten) socket.end(head + body, () => socket.destroy());
  else socket.destroy(error);
}

function notHttp({ code, message }: Error & { code?: string }): RequestRefused {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new RequestRefused(408, 'the request did not arrive whole in time');
    case 'HPE_HEADER_OVERFLOW':
      return new RequestRefused(431, 'the headers are larger than this server takes');
    case 'HPE_INVALID_EOF_STATE':
      return new RequestRefused(400, 'the request broke off before its end; nothing of an incomplete event was taken');
    default:
      return new RequestRefused(400, `the request is no HTTP/1.1: ${message}`);
  }
}

@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (reply.sent) return;
    sendProblem(reply, error);
  }
}
