import type { FastifyInstance, FastifyRequest } from 'fastify';
import { shown } from '@leadlog/events';
import { handoffLead, type TeamOf } from '@leadlog/lead';
import type { ReadModels } from '@leadlog/projections';
import { refused, type RequestRefused } from '../problem-details';
import { cardsIn, membersOf, openHandoffsOf, otherDeals, reached, teamsIn } from './own-things';
import type { Permission } from './roles';
import { neededFor } from './routes';

/** What of a request must be of the teams of a key: all of these. */
export interface OfTeams {
  /** A lead, or the lead of a handoff, in the path. */
  lead?: 'id';
  handoff?: 'id';
  /** Members of the body that are leads, or handoffs, if they are given. */
  leads?: readonly string[];
  handoffs?: readonly string[];
  /** `teamId` of the body is a team, if it is given. */
  team?: true;
  /** A representative in the path. */
  rep?: 'id';
  /** Members of the body that are representatives, if they are given; `needed`: they must be. */
  reps?: readonly string[];
  needed?: true;
  /** The filter `rep` of a list must be given; `orTeam`: or `team`. */
  filter?: 'rep' | 'orTeam' | 'lead';
  /** Cards in the body, each with who exchanged it and perhaps its lead. */
  cards?: true;
  /** Deals that the activities of the body name: of the lead in the path, or new ones. */
  deals?: true;
  /** A target in the body, of a representative or a team. */
  target?: true;
}

const lead: OfTeams = { lead: 'id' };
const act: OfTeams = { lead: 'id', reps: ['repId'] };
const answer: OfTeams = { handoff: 'id', reps: ['repId'], team: true };

/**
 * What a manager whose key is bound to teams may do with people: only with those of the teams. A route that is not here, and that is about
 * people or changes what holds for all, is not for such a key.
 */
export const OF_TEAMS: Readonly<Record<string, OfTeams>> = {
  'GET /v1/inbox': { filter: 'orTeam' },
  'GET /v1/deals': { filter: 'rep' },
  'GET /v1/cards': { filter: 'rep' },
  'GET /v1/cards/summary': { filter: 'rep' },
  'GET /v1/relays': { filter: 'rep' },
  'GET /v1/questions': { filter: 'rep' },
  'GET /v1/notices': { filter: 'lead' },
  'GET /v1/reps/:id/day': { rep: 'id' },

  'GET /v1/leads': { filter: 'rep' },
  'GET /v1/leads/:id': lead,
  'GET /v1/leads/:id/timeline': lead,
  'GET /v1/leads/:id/why': lead,
  'GET /v1/leads/:id/curve': lead,
  'GET /v1/leads/:id/dossier': lead,
  'GET /v1/leads/:id/consent': lead,
  'GET /v1/leads/:id/personal-data': lead,
  'GET /v1/leads/:id/next': lead,

  'POST /v1/leads/:id/activities': { ...act, deals: true },
  'POST /v1/leads/:id/return': { ...act, handoffs: ['handoffId'] },
  'POST /v1/leads/:id/disqualify': act,
  'POST /v1/leads/:id/merge': { lead: 'id', leads: ['mergedId'] },
  'POST /v1/leads/:id/keep-apart': { lead: 'id', leads: ['otherId'], reps: ['repId'] },
  'POST /v1/handoffs/:id/accept': answer,
  'POST /v1/handoffs/:id/reject': answer,
  'POST /v1/handoffs/:id/insight': answer,
  'POST /v1/handoffs/:id/assign': { handoff: 'id', reps: ['repId'] },
  // Without `to` they might go to another team.
  'POST /v1/reps/:id/hand-over': { rep: 'id', reps: ['to'], needed: true },
  'POST /v1/cards': { cards: true },
  'PUT /v1/targets': { target: true },
};

/** What tells nothing of anybody in particular, as far as the role has it. */
const OF_NOBODY: ReadonlySet<Permission | 'public' | 'any'> = new Set([
  'public',
  'any',
  'schemas.read',
  'numbers.read',
  'processes.read',
  'models.read',
  'policies.read',
  'organisation.read',
] as const);

/** Names leads of whoever has them, although its permission is one of those. */
const OF_ALL_LEADS: ReadonlySet<string> = new Set(['GET /v1/trials/:trial']);

type Members = Record<string, unknown>;

/** Keeps managers of teams to what is of their teams, once a request has been read. To be added before the routes. */
export function keepToTeams(fastify: FastifyInstance, readModels: ReadModels, teamOf: TeamOf): void {
  fastify.addHook('preHandler', async (request) => {
    const teams = request.access?.teams;
    if (teams === undefined || request.routeOptions.url === undefined) return;
    const refusal = await new Teams(teams, readModels, teamOf).refusalOf(request);
    if (refusal) throw refusal;
  });
}

/** Whether a key that is bound to teams has anything to do with a route. */
export function isForTeams(route: string): boolean {
  const [method, path] = route.split(' ') as [string, string];
  return route in OF_TEAMS || (!OF_ALL_LEADS.has(route) && OF_NOBODY.has(neededFor(method, path)!));
}

class Teams {
  constructor(
    private readonly teams: readonly string[],
    private readonly readModels: ReadModels,
    private readonly teamOf: TeamOf,
  ) {}

  /** What is of others and what does not exist are refused alike. */
  async refusalOf(request: FastifyRequest): Promise<RequestRefused | undefined> {
    const { method, routeOptions } = request;
    const route = `${method === 'HEAD' ? 'GET' : method} ${routeOptions.url}`;
    if (!isForTeams(route)) return refused(403, '/authorization', 'a key that is not bound to teams', `one of ${this.names}`);
    const of = OF_TEAMS[route];
    if (!of) return undefined;
    const [path, query, body] = [request.params, request.query, request.body].map(membersOf) as [Members, Members, Members];
    await reached(request, this.readModels);
    return (
      this.ofReps(of, path, body) ??
      this.ofTarget(of, body) ??
      this.ofTeam(of, body) ??
      (await this.ofFilter(of, query)) ??
      (of.lead && (await this.ofLead('/id', path[of.lead]))) ??
      (of.handoff && (await this.ofHandoff('/id', path[of.handoff]))) ??
      (await this.ofLeads(of, body)) ??
      (of.deals && (await otherDeals(this.readModels, path['id'] as string, body['activities'])))
    );
  }

  private get names(): string {
    return this.teams.join(', ');
  }

  private has(repId: unknown): boolean {
    const team = typeof repId === 'string' ? this.teamOf(repId) : undefined;
    return team !== undefined && this.teams.includes(team);
  }

  private rep(pointer: string, repId: unknown): RequestRefused | undefined {
    return this.has(repId)
      ? undefined
      : refused(
          403,
          pointer,
          `a representative of ${this.names}, to which this key is bound`,
          repId === undefined ? 'nothing' : shown(repId),
        );
  }

  private ofReps({ rep, reps = [], needed, cards }: OfTeams, path: Members, body: Members): RequestRefused | undefined {
    const inPath = rep && this.rep('/id', path[rep]);
    if (inPath) return inPath;
    for (const name of reps) {
      const refusal = body[name] === undefined && !needed ? undefined : this.rep(`/${name}`, body[name]);
      if (refusal) return refusal;
    }
    for (const [place, card] of cards ? cardsIn(body).entries() : []) {
      const refusal = this.rep(`/cards/${place}/repId`, card['repId']);
      if (refusal) return refusal;
    }
    return undefined;
  }

  private ofTarget({ target }: OfTeams, { scope, scopeId }: Members): RequestRefused | undefined {
    if (!target) return undefined;
    if (scope === 'rep') return this.rep('/scopeId', scopeId);
    if (scope === 'team' && this.teams.includes(String(scopeId))) return undefined;
    return refused(403, '/scope', `a target of ${this.names} or a representative of it`, `${shown(scope)} ${shown(scopeId)}`);
  }

  private ofTeam({ team, cards }: OfTeams, body: Members): RequestRefused | undefined {
    if (!team && !cards) return undefined;
    const [pointer, other] = teamsIn(body).find(([, teamId]) => !this.teams.includes(teamId as string)) ?? [];
    return pointer === undefined ? undefined : refused(403, pointer, `${this.names}, to which this key is bound`, shown(other));
  }

  private async ofFilter({ filter }: OfTeams, { rep, team, lead: leadId }: Members): Promise<RequestRefused | undefined> {
    if (filter === undefined) return undefined;
    if (filter === 'lead') return this.ofLead('/lead', leadId);
    if (filter === 'orTeam' && team !== undefined && rep === undefined)
      return this.teams.includes(String(team))
        ? undefined
        : refused(403, '/team', `${this.names}, to which this key is bound`, shown(team));
    return this.rep('/rep', rep);
  }

  private async ofLeads({ leads = [], handoffs = [], cards }: OfTeams, body: Members): Promise<RequestRefused | undefined> {
    for (const name of handoffs) {
      const refusal = body[name] === undefined ? undefined : await this.ofHandoff(`/${name}`, body[name]);
      if (refusal) return refusal;
    }
    for (const name of leads) {
      const refusal = await this.ofLead(`/${name}`, body[name]);
      if (refusal) return refusal;
    }
    for (const [place, { leadId }] of cards ? cardsIn(body).entries() : []) {
      const refusal = leadId === undefined ? undefined : await this.ofLead(`/cards/${place}/leadId`, leadId);
      if (refusal) return refusal;
    }
    return undefined;
  }

  private async ofLead(pointer: string, named: unknown): Promise<RequestRefused | undefined> {
    return typeof named === 'string' && (await this.isWith(named)) ? undefined : this.notTheirs(pointer, named);
  }

  /** A merge may have brought handoffs of several teams together. */
  private async ofHandoff(pointer: string, named: unknown): Promise<RequestRefused | undefined> {
    return typeof named === 'string' && (await this.isWith(handoffLead(named), named)) ? undefined : this.notTheirs(pointer, named);
  }

  private notTheirs(pointer: string, named: unknown): RequestRefused {
    return refused(
      403,
      pointer,
      `a lead that is handed to ${this.names}, to which this key is bound`,
      named === undefined ? 'nothing' : shown(named),
    );
  }

  private async isWith(leadId: string, named?: string): Promise<boolean> {
    return (await openHandoffsOf(this.readModels, leadId)).some(
      ({ handoffId, repId, teamId }) =>
        (named === undefined || handoffId === named) && (this.has(repId) || (teamId !== undefined && this.teams.includes(teamId))),
    );
  }
}
