import type { FastifyRequest } from 'fastify';
import type { Actor } from '@leadlog/event-log';

/** Who acts, as far as a request tells: a rep where its body names one (`repId`), else somebody at the API. Nobody signs in yet. */
export const actorOf = (_request: FastifyRequest, repId?: string): Actor =>
  repId === undefined ? { kind: 'person', id: 'api' } : { kind: 'rep', id: repId };
