import type { FastifyRequest } from 'fastify';
import { actorOf } from '../requests/actor-of';
import type { Asker } from './sql.handlers';

/** Owners see the questions of everybody: they end those that take the place of others. */
export const askerOf = (request: FastifyRequest): Asker => ({ id: actorOf(request).by!, seesAll: request.access!.role === 'owner' });
