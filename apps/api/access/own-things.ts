import type { FastifyInstance, FastifyRequest } from 'fastify';
import { shown } from '@leadlog/events';
import { openHandoffs, type HandoffState } from '@leadlog/handoff';
import { handoffLead, type TeamOf } from '@leadlog/lead';
import type { ReadModels } from '@leadlog/projections';
import { refused, type RequestRefused } from '../problem-details';
import { askedPosition } from '../wait-for-position';

/** Where a request says whose thing it is about. */
export type Owner =
  /** A parameter of the path that is a representative. */
  | { in: 'path'; name: string }
  /** A filter of a list, which a representative need not give. */
  | { in: 'filter'; name: string }
  /** What a number is split by and which part of it: theirs alone, by representative. */
  | { in: 'group' }
  /** A member of the body that says who acts; a representative need not give it. */
  | { in: 'body'; name: string }
  /** Cards in the body, each with who exchanged it. */
  | { in: 'cards' }
  /** A lead in the path, which somebody has; `acts`: the body says who acts; `deals`: and what they did, perhaps with its deals. */
  | { in: 'lead'; name: string; acts?: true; deals?: true }
  /** A handoff in the path, of a lead that somebody has; the body says who acts. `side`: and for whom. */
  | { in: 'handoff'; name: string; side?: true };

const filter: Owner = { in: 'filter', name: 'rep' };
const actor: Owner = { in: 'body', name: 'repId' };
const lead: Owner = { in: 'lead', name: 'id' };
const handoff: Owner = { in: 'handoff', name: 'id' };

/**
 * What a representative may do beside what its role may: with what is their own, and as nobody but themselves. A route that is
 * not here needs a permission of the role.
 */
export const OWN: Readonly<Record<string, Owner>> = {
  'GET /v1/reps/:id/day': { in: 'path', name: 'id' },
  'GET /v1/inbox': filter,
  'GET /v1/deals': filter,
  'GET /v1/cards': filter,
  'GET /v1/relays': filter,
  'GET /v1/questions': filter,
  'GET /v1/kpis/:kpi/facts': { in: 'group' },

  'GET /v1/leads': filter,
  'GET /v1/leads/:id': lead,
  'GET /v1/leads/:id/timeline': lead,
  'GET /v1/leads/:id/why': lead,
  'GET /v1/leads/:id/curve': lead,
  'GET /v1/leads/:id/dossier': lead,
  'GET /v1/leads/:id/consent': lead,
  'GET /v1/leads/:id/next': lead,

  'POST /v1/handoffs/:id/accept': handoff,
  'POST /v1/handoffs/:id/reject': handoff,
  'POST /v1/handoffs/:id/insight': { in: 'handoff', name: 'id', side: true },
  'POST /v1/leads/:id/activities': { in: 'lead', name: 'id', acts: true, deals: true },
  'POST /v1/leads/:id/return': { in: 'lead', name: 'id', acts: true },
  'POST /v1/appointments/:id/relay': { in: 'body', name: 'fromRepId' },
  'POST /v1/appointments/:id/relay/accept': actor,
  'POST /v1/appointments/:id/relay/reject': actor,
  'POST /v1/cards': { in: 'cards' },
  'POST /v1/cards/hand-over': actor,
};

type Members = Record<string, unknown>;

/** Keeps representatives to what is theirs, once a request has been read. To be added before the routes. */
export function keepToOwn(fastify: FastifyInstance, readModels: ReadModels, teamOf: TeamOf): void {
  fastify.addHook('preHandler', async (request) => {
    const { repId } = request.access ?? {};
    const owner = ownerIn(request);
    if (repId === undefined || owner === undefined) return;
    const refusal = asOwnTeam(membersOf(request.body), repId, teamOf) ?? (await refusalOf(request, owner, repId, readModels));
    if (refusal) throw refusal;
  });
}

export const ownerIn = ({ method, routeOptions: { url } }: FastifyRequest): Owner | undefined =>
  OWN[`${method === 'HEAD' ? 'GET' : method} ${url}`];

/** A lead that is somebody else's and one that does not exist are refused alike. */
async function refusalOf(
  request: FastifyRequest,
  owner: Owner,
  repId: string,
  readModels: ReadModels,
): Promise<RequestRefused | undefined> {
  const { params, query, body } = request;
  const named = 'name' in owner ? ((params as Members)[owner.name] as string) : '';
  const act = isMembers(body) ? body : {};
  switch (owner.in) {
    case 'path':
      return another(`/${owner.name}`, named, repId);
    case 'filter':
      return asThemselves(query as Members, owner.name, repId);
    case 'group':
      return ofGroup(query as Members, repId);
    case 'body':
      return asActor(act, owner.name, repId);
    case 'cards':
      return ofCards(Array.isArray(act['cards']) ? act['cards'] : [], repId, readModels);
    case 'lead':
      await reached(request, readModels);
      return (
        (owner.acts && asActor(act, 'repId', repId)) ??
        (await notWith(readModels, repId, `/${owner.name}`, named)) ??
        (owner.acts && (await notTheirHandoff(readModels, repId, '/handoffId', act['handoffId']))) ??
        (owner.deals && (await otherDeals(readModels, named, act['activities'])))
      );
    case 'handoff':
      return (
        (owner.side && asSales(act)) ?? asActor(act, 'repId', repId) ?? (await notTheirHandoff(readModels, repId, `/${owner.name}`, named))
      );
  }
}

/** Whoever asks for what they have just been given (`after`) is not refused for how things stood before. */
export async function reached(request: FastifyRequest, readModels: ReadModels): Promise<void> {
  const asked = askedPosition(request);
  if (asked) await readModels.reached(['leads', 'handoffs'], asked.position, asked.timeoutMs);
}

/** A card may name its lead, whose profile it then changes. */
async function ofCards(cards: readonly unknown[], repId: string, readModels: ReadModels): Promise<RequestRefused | undefined> {
  for (const [place, card] of cards.entries()) {
    if (!isMembers(card)) continue;
    const { repId: by, leadId } = card;
    const refusal =
      another(`/cards/${place}/repId`, by, repId) ??
      (typeof leadId === 'string' ? await notWith(readModels, repId, `/cards/${place}/leadId`, leadId) : undefined);
    if (refusal) return refusal;
  }
  return undefined;
}

async function notWith(readModels: ReadModels, repId: string, pointer: string, leadId: string): Promise<RequestRefused | undefined> {
  const isTheirs = (await openHandoffsOf(readModels, leadId)).some((one) => one.repId === repId);
  return isTheirs ? undefined : refused(403, pointer, `a lead that is handed to ${repId}, who asks`, shown(leadId));
}

/** Of a deal that is known, some event names whose it is; one that is not known begins. */
export async function otherDeals(readModels: ReadModels, leadId: string, activities: unknown): Promise<RequestRefused | undefined> {
  const isNamed = (Array.isArray(activities) ? activities : []).some((one) => 'dealId' in membersOf(membersOf(one)['data']));
  if (!isNamed) return undefined;
  const [dealLeads, leads] = await Promise.all([readModels.view('deal-leads'), readModels.view('leads')]);
  const survivor = await leads.resolve(leadId);
  for (const [place, activity] of (Array.isArray(activities) ? activities : []).entries()) {
    const { dealId } = membersOf(membersOf(activity)['data']);
    const known = typeof dealId === 'string' ? await dealLeads.get<{ leads: string[] }>(dealId) : undefined;
    if (known === undefined || known.leads.length === 0) continue;
    const theirs = await Promise.all(known.leads.map((one) => leads.resolve(one)));
    if (!theirs.includes(survivor))
      return refused(403, `/activities/${place}/data/dealId`, 'a deal of this lead, or a new one', shown(dealId));
  }
  return undefined;
}

/** A merge may have brought handoffs of several representatives together. */
async function notTheirHandoff(
  readModels: ReadModels,
  repId: string,
  pointer: string,
  named: unknown,
): Promise<RequestRefused | undefined> {
  if (typeof named !== 'string') return undefined;
  const leadId = handoffLead(named);
  const isTheirs = (await openHandoffsOf(readModels, leadId)).some((one) => one.handoffId === named && one.repId === repId);
  return isTheirs ? undefined : refused(403, pointer, `a lead that is handed to ${repId}, who asks`, shown(leadId));
}

/** Of whoever this lead is now. */
export async function openHandoffsOf(readModels: ReadModels, leadId: string): Promise<ReturnType<typeof openHandoffs>> {
  const [leads, handoffs] = await Promise.all([readModels.view('leads'), readModels.view('handoffs')]);
  const state = await handoffs.get<HandoffState>(await leads.resolve(leadId));
  return state === undefined ? [] : openHandoffs(state);
}

function ofGroup(query: Members, repId: string): RequestRefused | undefined {
  const { by = 'rep' } = query;
  query['by'] = by;
  return by === 'rep' ? asThemselves(query, 'group', repId) : refused(403, '/by', 'rep, since a representative asks', shown(by));
}

const asActor = (act: Members, name: string, repId: string): RequestRefused | undefined =>
  withoutTakeOver(act) ?? asThemselves(act, name, repId);

function asThemselves(members: Members, name: string, repId: string): RequestRefused | undefined {
  members[name] ??= repId;
  return another(`/${name}`, members[name], repId);
}

const another = (pointer: string, got: unknown, repId: string): RequestRefused | undefined =>
  got === repId ? undefined : refused(403, pointer, `${repId}, who asks`, shown(got));

/** Whose team is told decides who else reaches the lead. */
function asOwnTeam(act: Members, repId: string, teamOf: TeamOf): RequestRefused | undefined {
  const [pointer, other] = teamsIn(act).find(([, teamId]) => teamId !== teamOf(repId)) ?? [];
  return pointer === undefined ? undefined : refused(403, pointer, `the team of ${repId}, who asks, or nothing`, shown(other));
}

/** Those that a body names, itself or in its cards, each with its place. */
export function teamsIn(act: Members): (readonly [pointer: string, teamId: unknown])[] {
  const cards = cardsIn(act).map(({ teamId }, place) => [`/cards/${place}/teamId`, teamId] as const);
  return [['/teamId', act['teamId']] as const, ...cards].filter(([, teamId]) => teamId !== undefined);
}

export const cardsIn = ({ cards }: Members): Members[] => (Array.isArray(cards) ? cards.map(membersOf) : []);

const withoutTakeOver = ({ takeOver }: Members): RequestRefused | undefined =>
  takeOver === undefined || takeOver === false
    ? undefined
    : refused(403, '/takeOver', 'nothing: a representative answers for nobody else', shown(takeOver));

/** Marketing answers by keys and people of its own. */
function asSales(act: Members): RequestRefused | undefined {
  const { side = 'sales' } = act;
  act['side'] = side;
  return side === 'sales' ? undefined : refused(403, '/side', 'sales, since a representative asks', shown(side));
}

export const membersOf = (value: unknown): Members => (isMembers(value) ? value : {});

const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);
