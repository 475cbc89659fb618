import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Holder, KnownKeys } from '@leadlog/access';
import type { Clock } from '@leadlog/time';
import { refused, type RequestRefused } from '../problem-details';
import type { Limits } from '../requests/limits';
import { ownerIn } from './own-things';
import { may } from './roles';
import { neededFor, type Needed } from './routes';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose key it came with; undefined on the few routes that need none. */
    access?: Holder;
  }
}

const A_KEY = 'an access key of this engine (Authorization: Bearer ll_…)';
const WHY = {
  'no-key': 'something else',
  unknown: 'a key that is not known',
  expired: 'a key that has expired',
  revoked: 'a key that was revoked',
  replaced: 'a key that was replaced by another',
} as const;

/**
 * Lets in whoever has a key whose role has the permission of the route. Before anything else of a request is looked at, so that what is
 * refused tells nothing of what is there. To be added before the routes; one that the table does not know keeps the API from starting.
 */
export function requireKeys(fastify: FastifyInstance, keys: KnownKeys, clock: Clock, limits?: Limits): void {
  fastify.decorateRequest('access');
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat())
      if (neededFor(one, url) === undefined) throw new TypeError(`${one} ${url} needs its line in apps/api/access/routes.ts`);
  });
  fastify.addHook('onRequest', (request, reply, next) => {
    // An address that is none of ours is told apart from one that is only to whoever has a key.
    const { url } = request.routeOptions;
    const needed = url === undefined ? 'any' : neededFor(request.method, url)!;
    const refusal = needed === 'public' ? undefined : admit(request, needed, keys, clock());
    // Browsers ask for a key where people look at a page.
    if (refusal?.getStatus() === 401)
      reply.raw.setHeader('www-authenticate', isPage(request) ? 'Basic realm="Leadlog: any name, and an access key"' : 'Bearer');
    // Whoever has used up theirs is told nothing else.
    next(limits?.refusalOf(request) ?? refusal);
  });
}

function admit(request: FastifyRequest, needed: Exclude<Needed, 'public'>, keys: KnownKeys, now: number): RequestRefused | undefined {
  const given = keyIn(request);
  if (given === undefined)
    return refused(401, '/authorization', A_KEY, request.headers.authorization === undefined ? 'nothing' : WHY['no-key']);
  const verdict = keys.check(given, now);
  if ('refused' in verdict) {
    return verdict.refused === 'not-read'
      ? refused(503, '/authorization', 'keys that have been read from the log; try again', 'a log that has not answered yet')
      : refused(401, '/authorization', A_KEY, WHY[verdict.refused]);
  }
  request.access = verdict.holder;
  const { role } = verdict.holder;
  // What belongs to whom is looked at once the request has been read.
  return needed === 'any' || may(role, needed) || (role === 'rep' && ownerIn(request) !== undefined)
    ? undefined
    : refused(403, '/authorization', `a key with the permission ${needed}`, `one of role ${role}, which does not have it`);
}

const isPage = ({ url }: FastifyRequest): boolean => url.startsWith('/admin/');

function keyIn(request: FastifyRequest): string | undefined {
  const [, scheme = '', value] = /^(Bearer|Basic) +([\w+/=-]+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  // Only where a browser can send nothing else.
  return value !== undefined && isPage(request)
    ? Buffer.from(value, 'base64')
        .toString('utf8')
        .replace(/^[^:]*:/, '')
    : undefined;
}
