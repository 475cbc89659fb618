import { context, SpanKind, SpanStatusCode, trace, type Context } from '@opentelemetry/api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { logger } from '../../setup/logger';
import { correlated, correlationIdOf, type Correlated } from '../../setup/correlation';
import type { Metrics } from '../../operating/metrics';
import { contextOf, spansAreOn, tracer } from '../../operating/spans';

/** Asked every few seconds by machines; a trace or a notice of each would hide the others. */
const OPERATORS = /^\/(health\/|metrics$)/;
/** The client hung up before the answer was whole, as web servers write it. */
const HUNG_UP = 499;

interface UnderWay {
  work: Correlated;
  context?: Context;
}

/**
 * Every request has a correlation id, which is answered, is in each log line that is written for it and in each event that it
 * appends; it is measured, and traced where that is on. To be added before the routes.
 */
export function observeRequests(fastify: FastifyInstance, metrics: Metrics): void {
  const underWay = new WeakMap<FastifyRequest, UnderWay>();
  fastify.addHook('onRequest', (request, reply, next) => {
    const began = performance.now();
    const mine: UnderWay = { work: { correlationId: correlationIdOf(request.headers) } };
    underWay.set(request, mine);
    // On the bare response, because an answer that streams is written there.
    reply.raw.setHeader('x-correlation-id', mine.work.correlationId);
    if (spansAreOn() && !OPERATORS.test(request.url)) mine.context = startSpan(request, mine.work);
    // Whoever hangs up ends the request too.
    reply.raw.once('close', () => within(mine, () => ended(request, reply, mine, began, metrics)));
    within(mine, next);
  });
  // Reading a body leaves the place where the request came in, and comes back here.
  fastify.addHook('preValidation', (request, _reply, next) => within(underWay.get(request)!, next));
}

function within(mine: UnderWay, run: () => void): void {
  correlated(mine.work, () => (mine.context ? context.with(mine.context, run) : run()));
}

function startSpan(request: FastifyRequest, { correlationId }: Correlated): Context {
  const parent = contextOf(request.headers);
  const attributes = { 'http.request.method': request.method, 'http.route': routeOf(request), 'leadlog.correlation_id': correlationId };
  return trace.setSpan(parent, tracer.startSpan(`${request.method} ${routeOf(request)}`, { kind: SpanKind.SERVER, attributes }, parent));
}

function ended(request: FastifyRequest, reply: FastifyReply, mine: UnderWay, began: number, metrics: Metrics): void {
  const status = reply.raw.writableFinished ? reply.raw.statusCode : HUNG_UP;
  const ms = performance.now() - began;
  const method = request.method;
  const route = routeOf(request);
  // How long somebody listened tells nothing of how fast the API is.
  if (!isStream(reply)) metrics.requestSeconds.observe({ method, route, status }, ms / 1_000);
  // The address itself stays out: what is looked for in it may be a name.
  logger[status >= 500 && !OPERATORS.test(request.url) ? 'warn' : 'debug'](
    { method, route, status, ms: Math.round(ms * 10) / 10 },
    'request',
  );
  const span = mine.context && trace.getSpan(mine.context);
  span?.setAttribute('http.response.status_code', status);
  if (status >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
  span?.end();
}

const isStream = ({ raw }: FastifyReply): boolean => String(raw.getHeader('content-type')).startsWith('text/event-stream');

/** With `:id` in place of ids, so that there are few of them. */
function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'unknown';
}
