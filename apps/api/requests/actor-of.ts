import type { FastifyRequest } from 'fastify';
import type { Holder } from '@leadlog/access';
import type { Actor } from '@leadlog/event-log';

/**
 * Who acts: the representative whose key or session it is, or `forRep`, for whom somebody else acts (own-things.ts has seen that a representative
 * names nobody else); else the person, or whoever holds the key, which its id names.
 */
export const actorOf = ({ access }: FastifyRequest, forRep = access!.repId): Actor => actorBy(access!, forRep);

export function actorBy({ id }: Holder, forRep?: string): Actor {
  return forRep === undefined ? { kind: 'person', id, by: id } : { kind: 'rep', id: forRep, by: id };
}
