import { isIP } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { shown } from '@leadlog/events';
import { ASSETS, CONSOLE_PATHS } from '../console/console-paths';
import { refused, type RequestRefused } from '../problem-details';

export const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Pages that bring scripts and styles of their own. */
const PAGES = /^\/(docs|admin|sign-in)(\/|$)/;
/** Of these, those that are files for everybody. */
const KEPT = /^\/(docs|admin)(\/|$)/;
/** The console: everything in files of its own. */
const CONSOLE = new RegExp(`^(/|(${[ASSETS, ...CONSOLE_PATHS].join('|')})(/.*)?)(\\?|$)`);
/** Balancers ask by whatever name they have; the answer tells nothing of anybody. */
const HEALTH = /^\/health\//;

const ALWAYS = Object.entries({
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
});
const NO_PAGE = "default-src 'none'; frame-ancestors 'none'";
/** The pages of Swagger UI and Bull Board have their scripts in files, and styles in the page; fonts from elsewhere they can do without. */
const PAGE =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'self'";

/** The console has no style or script in its page either; images it draws itself, and blobs it saves as files. */
const CONSOLE_PAGE =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; manifest-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/** What a page of another origin may send and read, if its origin is named. Without cookies: it has to bring a key. */
const SENT_BY_PAGES = 'authorization, content-type, content-encoding, traceparent, x-correlation-id';
const READ_BY_PAGES = 'leadlog-position, retry-after, x-correlation-id';
const PREFLIGHT_SECONDS = '600';

/** On the bare response, because an answer that streams is written there. */
export function secure({ raw, request }: FastifyReply, url: string): void {
  for (const [name, value] of ALWAYS) raw.setHeader(name, value);
  raw.setHeader('content-security-policy', CONSOLE.test(url) ? CONSOLE_PAGE : PAGES.test(url) ? PAGE : NO_PAGE);
  // Answers hold people; what has no people, and may be kept, says so itself.
  if (!KEPT.test(url)) raw.setHeader('cache-control', 'no-store');
  if (request.protocol === 'https') raw.setHeader('strict-transport-security', 'max-age=31536000');
}

/** Who may come from where. */
export interface Neighbours {
  /** Names by which the api is reached, beside addresses and localhost. */
  hosts: ReadonlySet<string>;
  /** The name on which it listens, in lower case. Other programs may listen there too, so pages of that name are not yet its own. */
  listening?: string;
  /** Origins whose pages may call it, such as https://www.example.com. */
  origins?: ReadonlySet<string>;
}

/**
 * No other site may make a browser act here: neither by a name of its own that it lets point here (Host), nor by a form or a script of one of
 * its pages (Origin, Sec-Fetch-Site), unless its origin is named. What is no browser sends none of these and is not concerned.
 */
export function guardRequests(fastify: FastifyInstance, neighbours: Neighbours): void {
  fastify.addHook('onRequest', (request, reply, next) => {
    secure(reply, request.url);
    const refusal = refusalOf(request, neighbours);
    if (refusal) return next(refusal);
    if (!isNamed(request.headers.origin, neighbours)) return next();
    allowOrigin(request, reply);
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return next();
    void reply.status(204).send();
  });
}

const isNamed = (origin: string | undefined, { origins }: Neighbours): boolean => origin !== undefined && origins?.has(origin) === true;

/** On the bare response, as the headers above. */
function allowOrigin({ headers }: FastifyRequest, { raw }: FastifyReply): void {
  raw.setHeader('access-control-allow-origin', headers.origin!);
  raw.setHeader('access-control-expose-headers', READ_BY_PAGES);
  raw.setHeader('vary', 'origin');
  if (headers['access-control-request-method'] === undefined) return;
  raw.setHeader('access-control-allow-methods', 'GET, POST, PUT, DELETE');
  raw.setHeader('access-control-allow-headers', SENT_BY_PAGES);
  raw.setHeader('access-control-max-age', PREFLIGHT_SECONDS);
}

function refusalOf({ headers, method, url }: FastifyRequest, neighbours: Neighbours): RequestRefused | undefined {
  const { hosts } = neighbours;
  const { host, origin, 'sec-fetch-site': site } = headers;
  // An address cannot be made to point elsewhere, a name can.
  if (!HEALTH.test(url) && !isOurs(nameOf(host), neighbours)) {
    return refused(
      421,
      '/host',
      'an address, localhost, a name of the own network (without a dot), or one that LEADLOG_HOSTS lists',
      shown(host),
    );
  }
  if (READING.has(method) || isNamed(origin, neighbours)) return undefined;
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    return refused(403, '/sec-fetch-site', 'same-origin or none: no other site may act here', shown(site));
  return origin === undefined || isOwnOrigin(origin, host, hosts)
    ? undefined
    : refused(403, '/origin', 'the origin of this API: no other site may act here', shown(origin));
}

/**
 * Whether a page of the api itself asks. A proxy may name the api otherwise than browsers do, who then come to a name of the api on the usual
 * port: on another one is another program.
 */
export const isOwnOrigin = (origin: string, host: string | undefined, hosts: ReadonlySet<string>): boolean =>
  origin === `http://${host}` || origin === `https://${host}` || hosts.has(origin.replace(/^https?:\/\//, ''));

/** A name without a dot (`localhost`, a service of compose) nobody outside can own. */
const isOurs = (name: string, { hosts, listening }: Neighbours): boolean =>
  isIP(name) !== 0 || /^[a-z0-9_-]+$/.test(name) || name.endsWith('.localhost') || hosts.has(name) || name === listening;

/** Without its port, and without the brackets of an IPv6 address. */
function nameOf(host: string | undefined): string {
  const name = (host ?? '').toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '');
  return name.startsWith('[') ? name.slice(1, -1) : name;
}
