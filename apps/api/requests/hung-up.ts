import type { FastifyReply } from 'fastify';

/** Aborted when whoever waits for this answer hangs up. Once it has been sent, nothing is left to abort. */
export function hungUp(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  // Of this answer, not of the connection: that one carries many, and would keep a listener of each.
  reply.raw.once('close', () => controller.abort());
  return controller.signal;
}
