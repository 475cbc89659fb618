import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Holder, KnownAccess, LastUses } from '@leadlog/access';
import type { Clock } from '@leadlog/time';
import { shown } from '@leadlog/events';
import { refused, type RequestRefused } from '../problem-details';
import { isOwnOrigin, READING } from '../requests/guard-requests';
import type { Limits } from '../requests/limits';
import { ownerIn } from './own-things';
import { may, type Permission } from './roles';
import { neededFor, type Needed } from './routes';
import type { SessionCookie } from './session-cookie';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose key or session it came with; undefined on the few routes that need none. */
    access?: Holder;
    /** Whose key or session it came with that is not accepted any more. */
    formerAccess?: Holder;
    /** Why it would be refused by now; for a request that lasts. */
    refusedByNow?: () => RequestRefused | undefined;
  }
}

export interface Admission {
  access: KnownAccess;
  clock: Clock;
  cookie: SessionCookie;
  /** Names by which the api is reached, beside addresses and localhost. */
  hosts: ReadonlySet<string>;
  limits?: Limits;
  uses?: LastUses;
}

/** How somebody says who they are. */
interface Given {
  what: 'key' | 'session';
  pointer: '/authorization' | '/cookie';
  text: string;
}

const NEEDED = 'an access key of this engine (Authorization: Bearer ll_…), or a session (/sign-in)';
const WHY = {
  unknown: 'that is not known',
  expired: 'that has expired',
  revoked: 'that was revoked',
  replaced: 'that was replaced by another',
  ended: 'that has ended',
} as const;
const OTHER = 'something else';
const POINTERS = { key: '/authorization', session: '/cookie' } as const;

/**
 * Lets in whoever has a key or a session whose role has the permission of the route. Before anything else of a request is looked at, so that
 * what is refused tells nothing of what is there. To be added before the routes; one that the table does not know keeps the API from starting.
 */
export function requireAccess(fastify: FastifyInstance, admission: Admission): void {
  fastify.decorateRequest('access');
  fastify.decorateRequest('formerAccess');
  fastify.decorateRequest('refusedByNow');
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat())
      if (neededFor(one, url) === undefined) throw new TypeError(`${one} ${url} needs its line in apps/api/access/routes.ts`);
  });
  fastify.addHook('onRequest', (request, reply, next) => {
    // An address that is none of ours is told apart from one that is only to whoever has a key.
    const { url } = request.routeOptions;
    const needed = url === undefined ? 'any' : neededFor(request.method, url)!;
    const admitted = () => (needed === 'public' ? undefined : admit(request, needed, admission));
    const refusal = admitted();
    request.refusedByNow = admitted;
    // Browsers ask for a key where people look at a page.
    if (refusal?.getStatus() === 401)
      reply.raw.setHeader('www-authenticate', isPage(request) ? 'Basic realm="Leadlog: any name, and an access key"' : 'Bearer');
    // Whoever has used up theirs is told nothing else.
    next(admission.limits?.refusalOf(request) ?? refusal);
  });
}

function admit(request: FastifyRequest, needed: Exclude<Needed, 'public'>, admission: Admission): RequestRefused | undefined {
  const { access, clock, uses } = admission;
  const given = givenIn(request, admission);
  if (given === undefined) return refused(401, '/authorization', NEEDED, request.headers.authorization === undefined ? 'nothing' : OTHER);
  if ('getStatus' in given) return given;
  const { what, pointer, text } = given;
  const now = clock();
  const verdict = access.check(text, now);
  if ('refused' in verdict) {
    request.formerAccess = verdict.was;
    if (verdict.refused === 'not-read')
      return refused(503, pointer, 'keys and sessions that have been read from the log; try again', 'a log that has not answered yet');
    return refused(401, pointer, NEEDED, verdict.refused === 'no-key' ? OTHER : `a ${what} ${WHY[verdict.refused]}`);
  }
  request.access = verdict.holder;
  const { kind, id, role } = verdict.holder;
  if (kind === 'key') uses?.saw(id, now);
  // What belongs to whom is looked at once the request has been read.
  return needed === 'any' || may(verdict.holder, needed) || (role === 'rep' && ownerIn(request) !== undefined)
    ? undefined
    : lacks(needed, what, verdict.holder);
}

/** For a part of what a route does. Throws RequestRefused. */
export function refuseWithout(permission: Permission, { access }: FastifyRequest): void {
  if (!may(access!, permission)) throw lacks(permission, access!.kind === 'key' ? 'key' : 'session', access!);
}

const lacks = (permission: Permission, what: Given['what'], { role }: Holder): RequestRefused =>
  refused(403, POINTERS[what], `a ${what} with the permission ${permission}`, `one of role ${role}, which does not have it`);

const isPage = ({ url }: FastifyRequest): boolean => url.startsWith('/admin/');

/** Whoever brings a key means the key, whatever a browser adds to it. */
function givenIn(request: FastifyRequest, { cookie, hosts }: Admission): Given | RequestRefused | undefined {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const key = keyIn(authorization, isPage(request));
    return key === undefined ? undefined : { what: 'key', pointer: '/authorization', text: key };
  }
  const session = cookie.in(request);
  if (session === undefined) return undefined;
  return foreign(request, hosts) ?? { what: 'session', pointer: '/cookie', text: session };
}

/** A key is never a session, nor the other way round: a session counts in its cookie alone, where the browser guards it. */
function keyIn(authorization: string, isPage: boolean): string | undefined {
  const [, scheme = '', value] = /^(Bearer|Basic) +([\w+/=-]+)$/i.exec(authorization) ?? [];
  // Only where a browser can send nothing else.
  const text =
    scheme.toLowerCase() === 'bearer'
      ? value
      : value !== undefined && isPage
        ? Buffer.from(value, 'base64')
            .toString('utf8')
            .replace(/^[^:]*:/, '')
        : undefined;
  return text?.startsWith('ls_') ? undefined : text;
}

/**
 * A browser adds the cookie whoever makes it ask, also a page that may call the api with a key of its own. So what says by cookie who asks
 * must say that it comes from here; but for reading without an origin, which is what following a link is.
 */
function foreign({ headers, method }: FastifyRequest, hosts: ReadonlySet<string>): RequestRefused | undefined {
  const { origin, host, 'sec-fetch-site': site } = headers;
  const isOurs = origin === undefined ? READING.has(method) || site === 'same-origin' : isOwnOrigin(origin, host, hosts);
  return isOurs
    ? undefined
    : refused(403, '/origin', 'the origin of this API, since a cookie says who asks', origin === undefined ? 'nothing' : shown(origin));
}
