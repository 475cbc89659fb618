import { isIP } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { shown } from '@leadlog/events';
import { refused, type RequestRefused } from '../problem-details';

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Pages that bring scripts and styles of their own. */
const PAGES = /^\/(docs|admin)(\/|$)/;
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
const PAGE =
  "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; form-action 'self'; base-uri 'self'";

/** On the bare response, because an answer that streams is written there. */
export function secure({ raw, request }: FastifyReply, url: string): void {
  for (const [name, value] of ALWAYS) raw.setHeader(name, value);
  raw.setHeader('content-security-policy', PAGES.test(url) ? PAGE : NO_PAGE);
  if (request.protocol === 'https') raw.setHeader('strict-transport-security', 'max-age=31536000');
}

/**
 * Until there is access control, anyone who can reach the api may do anything, so no other site may make a browser reach it: neither by a
 * name of its own that it lets point here (Host), nor by a form or a script of one of its pages (Origin, Sec-Fetch-Site). What is no
 * browser sends none of these and is not concerned. `hosts`: names by which the api is reached, beside addresses and localhost.
 */
export function guardRequests(fastify: FastifyInstance, hosts: ReadonlySet<string>): void {
  fastify.addHook('onRequest', (request, reply, next) => {
    secure(reply, request.url);
    next(refusalOf(request, hosts));
  });
}

function refusalOf({ headers, method, url }: FastifyRequest, hosts: ReadonlySet<string>): RequestRefused | undefined {
  const { host, origin, 'sec-fetch-site': site } = headers;
  // An address cannot be made to point elsewhere, a name can.
  if (!HEALTH.test(url) && !isOurs(nameOf(host), hosts)) {
    return refused(
      421,
      '/host',
      'an address, localhost, a name of the own network (without a dot), or one that LEADLOG_HOSTS lists',
      shown(host),
    );
  }
  if (READING.has(method)) return undefined;
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    return refused(403, '/sec-fetch-site', 'same-origin or none: no other site may act here', shown(site));
  if (
    origin !== undefined &&
    origin !== `http://${host}` &&
    origin !== `https://${host}` &&
    !hosts.has(nameOf(origin.replace(/^https?:\/\//, '')))
  ) {
    return refused(403, '/origin', 'that of this api: no other site may act here', shown(origin));
  }
  return undefined;
}

/** A name without a dot (`localhost`, a service of compose) nobody outside can own. */
const isOurs = (name: string, hosts: ReadonlySet<string>): boolean =>
  isIP(name) !== 0 || /^[a-z0-9_-]+$/.test(name) || name.endsWith('.localhost') || hosts.has(name);

/** Without its port, and without the brackets of an IPv6 address. */
function nameOf(host: string | undefined): string {
  const name = (host ?? '').toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '');
  return name.startsWith('[') ? name.slice(1, -1) : name;
}
