import type { FastifyInstance, FastifyRequest } from 'fastify';
import { shown } from '@leadlog/events';
import { handoffsOf, type HandoffState } from '@leadlog/handoff';
import { handoffLead } from '@leadlog/lead';
import type { ReadModels } from '@leadlog/projections';
import { refused, type RequestRefused } from '../problem-details';

/** Where a request says whose thing it is about. */
export type Owner =
  /** A parameter of the path that is a representative. */
  | { in: 'path'; name: string }
  /** A filter of a list, which a representative need not give. */
  | { in: 'filter'; name: string }
  /** A member of the body that says who acts; a representative need not give it. */
  | { in: 'body'; name: string }
  /** A member of each item of a list in the body. */
  | { in: 'items'; list: string; name: string }
  /** A lead in the path, which somebody has. */
  | { in: 'lead'; name: string }
  /** A handoff in the path, of a lead that somebody has; the body says who acts, for sales. */
  | { in: 'handoff'; name: string }
  /** Judged event by event (key-limits.ts). */
  | { in: 'events' };

const filter: Owner = { in: 'filter', name: 'rep' };
const actor: Owner = { in: 'body', name: 'repId' };
const lead: Owner = { in: 'lead', name: 'id' };

/**
 * What the key of a representative may do beside what its role may: with what is their own, and as nobody but themselves. A route that is
 * not here needs a permission of the role.
 */
export const OWN: Readonly<Record<string, Owner>> = {
  'GET /v1/reps/:id/day': { in: 'path', name: 'id' },
  'GET /v1/inbox': filter,
  'GET /v1/deals': filter,
  'GET /v1/cards': filter,
  'GET /v1/relays': filter,
  'GET /v1/questions': filter,

  'GET /v1/leads/:id': lead,
  'GET /v1/leads/:id/timeline': lead,
  'GET /v1/leads/:id/why': lead,
  'GET /v1/leads/:id/dossier': lead,
  'GET /v1/leads/:id/consent': lead,
  'GET /v1/leads/:id/next': lead,

  'POST /v1/events': { in: 'events' },
  'POST /v1/handoffs/:id/accept': actor,
  'POST /v1/handoffs/:id/reject': actor,
  'POST /v1/handoffs/:id/insight': { in: 'handoff', name: 'id' },
  'POST /v1/leads/:id/return': actor,
  'POST /v1/appointments/:id/relay': { in: 'body', name: 'fromRepId' },
  'POST /v1/appointments/:id/relay/accept': actor,
  'POST /v1/appointments/:id/relay/reject': actor,
  'POST /v1/cards': { in: 'items', list: 'cards', name: 'repId' },
  'POST /v1/cards/hand-over': actor,
};

type Members = Record<string, unknown>;

/** Keeps representatives to what is theirs, once a request has been read. To be added before the routes. */
export function keepToOwn(fastify: FastifyInstance, readModels: ReadModels): void {
  fastify.addHook('preHandler', async (request) => {
    const repId = request.access?.role === 'rep' ? request.access.repId : undefined;
    const owner = repId === undefined ? undefined : ownerIn(request);
    if (owner === undefined) return;
    const refusal = await refusalOf(request, owner, repId!, readModels);
    if (refusal) throw refusal;
  });
}

export const ownerIn = ({ method, routeOptions: { url } }: FastifyRequest): Owner | undefined =>
  OWN[`${method === 'HEAD' ? 'GET' : method} ${url}`];

/** Nothing here looks at whether what is asked for exists, so an answer cannot tell it. */
async function refusalOf(
  { params, query, body }: FastifyRequest,
  owner: Owner,
  repId: string,
  readModels: ReadModels,
): Promise<RequestRefused | undefined> {
  switch (owner.in) {
    case 'path':
      return another(`/${owner.name}`, (params as Members)[owner.name], repId);
    case 'filter':
      return asThemselves(query as Members, owner.name, repId);
    case 'body':
      return isMembers(body) ? (withoutTakeOver(body) ?? asThemselves(body, owner.name, repId)) : undefined;
    case 'items': {
      const items = isMembers(body) ? body[owner.list] : undefined;
      const place = Array.isArray(items) ? items.findIndex((item) => isMembers(item) && item[owner.name] !== repId) : -1;
      return place < 0 ? undefined : another(`/${owner.list}/${place}/${owner.name}`, (items as Members[])[place]![owner.name], repId);
    }
    case 'lead':
      return notWith(readModels, repId, owner.name, (params as Members)[owner.name] as string);
    case 'handoff':
      return (
        (isMembers(body) ? (forSales(body) ?? asThemselves(body, 'repId', repId)) : undefined) ??
        notWith(readModels, repId, owner.name, handoffLead((params as Members)[owner.name] as string))
      );
    case 'events':
      return undefined;
  }
}

async function notWith(readModels: ReadModels, repId: string, name: string, leadId: string): Promise<RequestRefused | undefined> {
  const [leads, handoffs] = await Promise.all([readModels.view('leads'), readModels.view('handoffs')]);
  const state = await handoffs.get<HandoffState>(await leads.resolve(leadId));
  const isTheirs = state !== undefined && handoffsOf(state).some((one) => one.endedAt === undefined && one.repId === repId);
  return isTheirs ? undefined : refused(403, `/${name}`, `a lead that is handed to ${repId}, whose key this is`, shown(leadId));
}

function asThemselves(members: Members, name: string, repId: string): RequestRefused | undefined {
  members[name] ??= repId;
  return another(`/${name}`, members[name], repId);
}

const another = (pointer: string, got: unknown, repId: string): RequestRefused | undefined =>
  got === repId ? undefined : refused(403, pointer, `${repId}, whose key this is`, shown(got));

const withoutTakeOver = ({ takeOver }: Members): RequestRefused | undefined =>
  takeOver === undefined || takeOver === false
    ? undefined
    : refused(403, '/takeOver', 'nothing: a representative answers for nobody else', shown(takeOver));

const forSales = ({ side }: Members): RequestRefused | undefined =>
  side === undefined || side === 'sales'
    ? undefined
    : refused(403, '/side', 'sales, since this is the key of a representative', shown(side));

const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);
