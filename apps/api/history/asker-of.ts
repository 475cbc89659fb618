import type { FastifyRequest } from 'fastify';
import type { Asker } from './sql.handlers';

/** Owners see the questions of everybody: they end those that take the place of others. */
export const askerOf = (request: FastifyRequest): Asker => ({ id: request.access!.id, seesAll: request.access!.role === 'owner' });
