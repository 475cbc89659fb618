import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { refused } from '../problem-details';

const NDJSON = /^application\/x-ndjson\b/i;

/**
 * Ends requests whose body does not come, so that nobody holds connections by sending next to nothing. A body that is taken as a whole has
 * to be there in time; of one that streams only silence is watched, since it may go on for days. While we do not read, it is not the sender
 * who is silent.
 */
export function refuseSlowBodies(fastify: FastifyInstance, limitMs: number): void {
  // Before anything can refuse it: whoever was refused, and goes on sending for ever, would hold a connection that nobody needs a key for.
  fastify.addHook('onRequest', ({ raw }, reply, next) => {
    if (hasBody(raw)) reply.raw.once('finish', () => endUnread(raw, limitMs));
    next();
  });
  fastify.addHook('preParsing', (request, reply, payload, next) => {
    const { raw, headers } = request;
    if (raw.complete || !hasBody(raw)) return next(null, payload);
    const streams = NDJSON.test(headers['content-type'] ?? '');
    const { socket } = raw;
    let seen = socket?.bytesRead;
    const look = (): void => {
      if (raw.complete || raw.destroyed) return;
      if (streams && (socket.bytesRead !== seen || raw.isPaused())) {
        seen = socket.bytesRead;
        wait();
        return;
      }
      giveUp(
        raw,
        reply.raw,
        socket,
        `a body that ${streams ? 'goes on' : 'is whole'} within ${limitMs / 1_000} s (LEADLOG_BODY_SECONDS)`,
        streams ? 'silence' : `${socket.bytesRead} bytes of the request so far`,
      );
    };
    let timer: NodeJS.Timeout;
    // What came while something else kept us from reading is read before it is judged.
    const wait = (): void => void (timer = setTimeout(() => setImmediate(look), limitMs).unref());
    wait();
    reply.raw.once('close', () => clearTimeout(timer));
    next(null, payload);
  });
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/** A client that is still sending reads the answer when it is done, so it is given the time of a body for that. */
function endUnread(raw: IncomingMessage, limitMs: number): void {
  if (raw.complete) return;
  const end = (): void => {
    // With its connection.
    if (!raw.complete) raw.destroy();
  };
  // What has come meanwhile is read before it is judged, here too.
  const timer = setTimeout(() => setImmediate(end), limitMs).unref();
  raw.once('close', () => clearTimeout(timer));
}

/** To whoever reads the body, as the fault that it is; the connection stays for the answer. */
function giveUp(raw: IncomingMessage, response: ServerResponse, socket: Socket, expected: string, got: string): void {
  if (raw.listenerCount('error') === 0) {
    socket.destroy();
    return;
  }
  if (!response.headersSent) response.setHeader('connection', 'close');
  // What still comes of the body is no next request.
  response.once('finish', () => socket.destroySoon());
  raw.emit('error', Object.assign(refused(408, '', expected, got), { statusCode: 408 }));
}
