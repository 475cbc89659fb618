import type { CommandBus } from '@nestjs/cqrs';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AuditRequest } from '@leadlog/audit/audit.handlers';
import type { Actor } from '@leadlog/event-log';
import { isId, leadOfStream, type AuditedKind } from '@leadlog/events';
import { handoffLead } from '@leadlog/lead';
import { logger } from '../../setup/logger';
import { actorBy, actorOf } from '../requests/actor-of';
import { networkOf, Quota } from '../requests/limits';
import { membersOf } from './own-things';

declare module 'fastify' {
  interface FastifyRequest {
    /** Nothing more is to be recorded of it. */
    isAudited?: true;
  }
}

/** Routes by which somebody reads many people, or all of one. */
const READS: ReadonlySet<string> = new Set([
  'POST /v1/sql',
  'POST /v1/reports/:name/run',
  'GET /v1/reports/:name/results/:id',
  'GET /v1/leads/:id/personal-data',
  'GET /v1/retention/preview',
  'GET /v1/log/streams/:stream',
]);

/** What changes nothing that lasts, although it is no GET; and events, which say in their metadata where they are from. */
const NOT_AUDITED: ReadonlySet<string> = new Set([
  'POST /v1/events',
  'DELETE /v1/sql/questions/:id',
  'POST /v1/models/:id/validate',
  'POST /v1/policies/:id/validate',
  'POST /v1/processes/:id/validate',
  'POST /v1/organisation/validate',
  'POST /v1/models/:id/trials',
  'DELETE /v1/trials/:trial',
]);

/** Opens a session, although a browser comes to it by following a link. */
const SIGN_IN = 'GET /sign-in/oidc/callback';

/** As what a request to a route is audited; undefined if it is not. */
export function auditedAs(route: string): AuditedKind | undefined {
  if (READS.has(route)) return 'read';
  if (route === SIGN_IN) return 'change';
  return /^(GET|HEAD|OPTIONS) /.test(route) || NOT_AUDITED.has(route) ? undefined : 'change';
}

/** Whoever tries again and again is recorded once in this time. */
const REFUSED_ONCE_MS = 60_000;
/** Of all without a key together: whoever may not even ask must not fill a log that never forgets. */
const MOST_STRANGERS = 60;
const NOBODY_KNOWN: Actor = { kind: 'person', id: 'unknown' };

/**
 * Records who read people in bulk, changed something or was refused that, before they are answered: a request that cannot be recorded is
 * answered as one that failed. To be added before the routes.
 */
export function auditRequests(fastify: FastifyInstance, commands: CommandBus, now = (): number => performance.now()): void {
  const refusals = new Quota(1, REFUSED_ONCE_MS);
  const strangers = new Quota(MOST_STRANGERS, REFUSED_ONCE_MS);
  const isTooOften = ({ access, formerAccess = access, ip }: FastifyRequest, route: string): boolean =>
    formerAccess
      ? refusals.use(`${formerAccess.id} ${route}`, 1, now()) !== undefined
      : refusals.use(networkOf(ip), 1, now()) !== undefined || strangers.use('all', 1, now()) !== undefined;
  fastify.decorateRequest('isAudited');
  fastify.addHook('onSend', async (request, reply) => {
    const route = `${request.method} ${request.routeOptions.url}`;
    const kind = auditedAs(route);
    const outcome = outcomeOf(reply.statusCode);
    if (request.isAudited || request.routeOptions.url === undefined || kind === undefined || outcome === undefined) return;
    // The problem that takes the place of an answer that could not be recorded passes here too.
    request.isAudited = true;
    const { formerAccess: former } = request;
    const actor = request.access ? actorOf(request) : former ? actorBy(former, former.repId) : NOBODY_KNOWN;
    if (outcome === 'refused' && isTooOften(request, route)) return;
    const told = { kind, outcome, route, ...whatOf(request, route), address: request.ip };
    try {
      await commands.execute(new AuditRequest(told, actor));
    } catch (error) {
      if (outcome === 'done') {
        // Nor a session.
        reply.removeHeader('set-cookie');
        throw error;
      }
      logger.warn({ err: error, route }, 'a refused request could not be recorded in the audit');
    }
  });
}

/** What was wrong or in conflict told nothing and changed nothing. */
function outcomeOf(status: number): 'done' | 'refused' | undefined {
  // Whoever has signed in is sent on to the start page.
  if (status < 400) return 'done';
  return status === 401 || status === 403 ? 'refused' : undefined;
}

function leadIn(route: string, id: string): string | undefined {
  if (route.includes('/leads/:id')) return id;
  if (route.includes('/handoffs/:id')) return handoffLead(id);
  return route.endsWith('/streams/:stream') ? leadOfStream(id) : undefined;
}

function whatOf({ params, body }: FastifyRequest, route: string): { targets?: string[]; aboutLeadId?: string; sql?: string; names?: true } {
  const given = Object.values(membersOf(params)).filter((one): one is string => typeof one === 'string');
  // Nothing else than ids: who forges a path may write anything into it.
  const targets = given.filter((one) => /^[\x21-\x7e]+$/.test(one) && isId(one));
  const [id = ''] = given;
  const lead = leadIn(route, id);
  const { sql, names } = membersOf(body);
  return {
    ...(targets.length > 0 && { targets }),
    ...(lead !== undefined && isId(lead) && { aboutLeadId: lead }),
    ...(typeof sql === 'string' && route === 'POST /v1/sql' && { sql }),
    ...(names === true && route === 'POST /v1/sql' && { names }),
  };
}
