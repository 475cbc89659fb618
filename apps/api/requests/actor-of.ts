import type { FastifyRequest } from 'fastify';
import type { Actor } from '@leadlog/event-log';

/** Who acts: the representative whose key it is, else whoever holds the key, which its id names. */
export const actorOf = ({ access }: FastifyRequest): Actor =>
  access!.repId === undefined ? { kind: 'person', id: access!.keyId } : { kind: 'rep', id: access!.repId };
