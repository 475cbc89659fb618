import { ASSETS, CONSOLE_PATHS } from '../console/console-paths';
import type { Permission } from './roles';

/** `public`: without a key or a session. `any`: with any. */
export type Needed = Permission | 'public' | 'any';

/**
 * Every route of the API and what it needs. One that is not here keeps the API from starting, so none can be forgotten. HEAD needs what
 * GET needs.
 */
export const ROUTES: Readonly<Record<string, Needed>> = {
  'POST /v1/events': 'events.send',

  'GET /v1/schemas': 'schemas.read',
  'GET /v1/schemas/:type': 'schemas.read',
  'GET /v1/schemas/scoring-model': 'schemas.read',
  'GET /v1/schemas/handoff-policy': 'schemas.read',
  'GET /v1/schemas/organisation': 'schemas.read',
  'GET /v1/schemas/sales-process': 'schemas.read',

  'GET /v1/leads': 'leads.read',
  'GET /v1/leads/:id': 'leads.read',
  'GET /v1/leads/:id/timeline': 'leads.read',
  'GET /v1/leads/:id/why': 'leads.read',
  'GET /v1/leads/:id/curve': 'leads.read',
  'GET /v1/leads/:id/dossier': 'leads.read',
  'GET /v1/leads/:id/consent': 'leads.read',
  'GET /v1/leads/:id/personal-data': 'personal-data.read',
  'POST /v1/leads/:id/erase': 'personal-data.erase',
  'GET /v1/leads/:id/erasure': 'personal-data.read',
  'GET /v1/retention/preview': 'personal-data.erase',
  'POST /v1/retention/run': 'personal-data.erase',
  'GET /v1/accounts/:id': 'leads.read',
  'GET /v1/leads/duplicates': 'leads.read',
  'POST /v1/leads/:id/merge': 'leads.decide',
  'POST /v1/leads/:id/unmerge': 'leads.decide',
  'POST /v1/leads/:id/keep-apart': 'leads.decide',
  'POST /v1/leads/duplicates/keep-apart': 'leads.decide',
  'POST /v1/leads/:id/disqualify': 'leads.decide',
  'POST /v1/leads/:id/requalify': 'leads.decide',

  'GET /v1/inbox': 'handoffs.read',
  'GET /v1/inbox/waiting': 'handoffs.read',
  'POST /v1/handoffs/:id/accept': 'handoffs.answer',
  'POST /v1/handoffs/:id/reject': 'handoffs.answer',
  'POST /v1/leads/:id/return': 'handoffs.answer',
  'POST /v1/handoffs/:id/assign': 'handoffs.assign',
  'POST /v1/reps/:id/hand-over': 'handoffs.assign',
  'GET /v1/revisits': 'questions.read',
  'GET /v1/questions': 'questions.read',
  'POST /v1/handoffs/:id/insight': 'questions.answer',

  'GET /v1/relays': 'relays.read',
  'GET /v1/relays/summary': 'relays.read',
  'POST /v1/appointments/:id/relay': 'relays.answer',
  'POST /v1/appointments/:id/relay/accept': 'relays.answer',
  'POST /v1/appointments/:id/relay/reject': 'relays.answer',

  'GET /v1/cards': 'cards.read',
  'GET /v1/cards/summary': 'cards.read',
  'POST /v1/cards': 'cards.write',
  'POST /v1/cards/hand-over': 'cards.write',

  'GET /v1/reps/:id/day': 'work.read',
  'GET /v1/leads/:id/next': 'work.read',
  'POST /v1/leads/:id/activities': 'work.record',
  // Names of our own people.
  'GET /v1/reps': 'numbers.read',
  'GET /v1/deals': 'work.read',
  'GET /v1/notices': 'notices.read',
  'POST /v1/notices/:id/accept': 'notices.accept',

  'GET /v1/models': 'models.read',
  'GET /v1/models/:id': 'models.read',
  'POST /v1/models/:id/validate': 'models.read',
  'POST /v1/models/:id/drafts': 'models.write',
  'POST /v1/models/:id/publish': 'models.write',
  'POST /v1/models/:id/rollback': 'models.write',
  'POST /v1/models/:id/retire': 'models.write',
  'GET /v1/models/:id/trials': 'models.read',
  'POST /v1/models/:id/trials': 'models.write',
  'GET /v1/trials/:trial': 'models.read',
  'DELETE /v1/trials/:trial': 'models.write',

  ...document('/v1/policies', 'policies'),
  ...document('/v1/processes', 'processes'),
  ...document('/v1/organisation', 'organisation'),

  'GET /v1/kpis': 'numbers.read',
  'GET /v1/kpis/:kpi/facts': 'facts.read',
  'GET /v1/targets': 'numbers.read',
  'PUT /v1/targets': 'targets.write',
  'GET /v1/board': 'numbers.read',

  'POST /v1/sql': 'history.query',
  'GET /v1/sql/views': 'history.query',
  'GET /v1/sql/questions': 'history.query',
  'GET /v1/sql/questions/:id': 'history.query',
  'DELETE /v1/sql/questions/:id': 'history.query',
  'GET /v1/reports': 'history.query',
  'GET /v1/reports/:name': 'history.query',
  'POST /v1/reports/:name/run': 'history.query',
  'GET /v1/reports/:name/results': 'history.query',
  'GET /v1/reports/:name/results/:id': 'history.query',

  'GET /v1/projections': 'projections.operate',
  'POST /v1/projections/:name/rebuild': 'projections.operate',
  'POST /v1/projections/:name/switch': 'projections.operate',
  'POST /v1/projections/:name/rollback': 'projections.operate',
  'POST /v1/projections/:name/pause': 'projections.operate',
  'POST /v1/projections/:name/resume': 'projections.operate',
  'DELETE /v1/projections/:name/generations/:id': 'projections.operate',
  'GET /v1/projections/:name/parked': 'projections.operate',
  'POST /v1/projections/:name/unpark': 'projections.operate',
  'GET /v1/jobs': 'jobs.operate',
  'GET /v1/jobs/:queue': 'jobs.operate',
  'POST /v1/jobs/:queue/redrive': 'jobs.operate',
  'GET /metrics': 'metrics.read',
  // A number alone; whoever writes waits for it.
  'GET /v1/log/head': 'any',
  'GET /v1/log/streams/:stream': 'log.read',

  // Each hears of what they may read.
  'GET /v1/live': 'any',

  'GET /v1/keys': 'keys.manage',
  'POST /v1/keys': 'keys.manage',
  'POST /v1/keys/:id/rotate': 'keys.manage',
  'POST /v1/keys/:id/revoke': 'keys.manage',
  'GET /v1/keys/current': 'any',
  'GET /v1/audit': 'audit.read',
  'GET /v1/people': 'people.manage',
  'POST /v1/people': 'people.manage',
  'POST /v1/people/:id/change': 'people.manage',
  'POST /v1/people/:id/disable': 'people.manage',
  'POST /v1/people/:id/enable': 'people.manage',
  'POST /v1/people/:id/sign-out': 'people.manage',
  'POST /v1/people/:id/link': 'people.manage',
  'GET /v1/session': 'any',
  'DELETE /v1/session': 'any',
  // Whoever has a link has no key.
  'POST /v1/session': 'public',
  'GET /sign-in': 'public',
  'GET /sign-in/page.js': 'public',
  'GET /sign-in/oidc': 'public',
  'GET /sign-in/oidc/callback': 'public',

  // Machines ask these, and they tell nothing of anybody.
  'GET /health/live': 'public',
  'GET /health/ready': 'public',
  // What the API is like, not what it holds.
  'GET /': 'public',
  'GET /openapi.json': 'public',
  'GET /openapi.yaml': 'public',
};

/** Pages with whatever belongs to them, by where their addresses begin. */
export const PAGES: readonly [start: string, needed: Needed][] = [
  ['/docs', 'public'],
  // Files: what they show, they ask the routes above for.
  ...[ASSETS, ...CONSOLE_PATHS].map((start): [string, Needed] => [start, 'public']),
  ['/admin/queues', 'jobs.operate'],
];

/** Undefined if the table does not know it. */
export function neededFor(method: string, url: string): Needed | undefined {
  return (
    ROUTES[`${method === 'HEAD' ? 'GET' : method} ${url}`] ??
    PAGES.find(([start]) => url === start || url.startsWith(`${start}/`) || url.startsWith(`${start}*`))?.[1]
  );
}

/** Routes of a kind of documents. The organisation is a single one, so it has no id. */
function document(path: string, name: 'policies' | 'processes' | 'organisation'): Record<string, Needed> {
  const one = name === 'organisation' ? path : `${path}/:id`;
  return {
    [`GET ${path}`]: `${name}.read`,
    [`GET ${one}`]: `${name}.read`,
    [`GET ${one}/history`]: `${name}.read`,
    [`GET ${one}/compare`]: `${name}.read`,
    [`POST ${one}/validate`]: `${name}.read`,
    [`POST ${one}/drafts`]: `${name}.write`,
    [`POST ${one}/publish`]: `${name}.write`,
    [`POST ${one}/rollback`]: `${name}.write`,
  };
}
