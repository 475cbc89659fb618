import type { Holder } from '@leadlog/access';
import type { Role } from '@leadlog/events';

/** What a request may be allowed to do. Which request needs which: routes.ts. */
export const PERMISSIONS = {
  'schemas.read': 'read the schemas of events and documents',
  'events.send': 'send events',
  'leads.read': 'read leads, accounts, scores, timelines and dossiers',
  'personal-data.read': 'read everything recorded about one person, for whoever asks what is known of them',
  'personal-data.erase': 'forget a person for good',
  'leads.decide': 'merge leads and keep them apart, give leads up and take them up again',
  'handoffs.read': 'read what is with sales, and what waits to be',
  'handoffs.answer': 'accept, reject and return handoffs',
  'handoffs.assign': 'give handoffs to other representatives',
  'questions.read': 'read returned leads and open questions',
  'questions.answer': 'ask and answer questions between sales and marketing',
  'relays.read': 'read relays of appointments',
  'relays.answer': 'send, accept and reject relays',
  'cards.read': 'read business cards',
  'cards.write': 'record business cards and hand them over',
  'work.read': 'read the day of a representative, next actions and open deals',
  'work.record': 'record calls, appointments, meetings, deals and plans for a representative',
  'notices.read': 'read facts that contradict each other',
  'notices.accept': 'accept a contradiction as it is',
  'models.read': 'read scoring models and trials',
  'models.write': 'draft, try, publish and roll back scoring models',
  'policies.read': 'read handoff policies',
  'policies.write': 'draft, publish and roll back handoff policies',
  'organisation.read': 'read the organisation',
  'organisation.write': 'draft, publish and roll back the organisation',
  'processes.read': 'read sales processes',
  'processes.write': 'draft, publish and roll back sales processes',
  'numbers.read': 'read KPIs, targets and the board',
  'facts.read': 'open a number to what it counts: leads, deals, calls',
  'targets.write': 'set targets',
  'history.query': 'ask SQL, run reports and export',
  personal: 'have SQL tell names and addresses of leads',
  'log.read': 'read streams of the log as they are',
  'projections.operate': 'look at, rebuild and pause read models',
  'jobs.operate': 'look at and redrive jobs',
  'metrics.read': 'read metrics',
  'keys.manage': 'list, make, rotate and revoke access keys',
  'audit.read': 'read who read people in bulk, changed something, or was refused that',
  'people.manage': 'list, add, change and disable people, and make links by which they sign in',
} as const;
export type Permission = keyof typeof PERMISSIONS;

const NUMBERS = ['numbers.read', 'processes.read', 'schemas.read'] as const;
const MARKETING = [
  ...NUMBERS,
  'facts.read',
  'leads.read',
  'leads.decide',
  'handoffs.read',
  'questions.read',
  'questions.answer',
  'models.read',
  'models.write',
  'policies.read',
] as const;
const SALES = ['work.read', 'work.record', 'handoffs.answer', 'relays.read', 'relays.answer', 'cards.read', 'cards.write'] as const;

/** Role → what its keys may do. */
export const ROLE_PERMISSIONS: Readonly<Record<Role, readonly Permission[]>> = {
  sender: ['events.send', 'schemas.read'],
  rep: NUMBERS,
  marketing: MARKETING,
  manager: [
    ...MARKETING,
    ...SALES,
    'personal-data.read',
    'handoffs.assign',
    'notices.read',
    'notices.accept',
    'targets.write',
    'policies.write',
    'organisation.read',
    'organisation.write',
    'processes.write',
  ],
  analyst: ['history.query', 'facts.read', ...NUMBERS],
  operator: ['projections.operate', 'jobs.operate', 'metrics.read', 'schemas.read'],
  owner: Object.keys(PERMISSIONS) as Permission[],
};

const allowed = new Map(Object.entries(ROLE_PERMISSIONS).map(([role, permissions]) => [role as Role, new Set<Permission>(permissions)]));

/** Of a key or a person; a key may have been made with one permission more than its role. */
export type Allowed = Pick<Holder, 'role' | 'names'>;

export const permissionsOf = ({ role, names = false }: Allowed): Permission[] => [
  ...ROLE_PERMISSIONS[role],
  ...(names ? (['personal'] as const) : []),
];

export const may = ({ role, names = false }: Allowed, permission: Permission): boolean =>
  allowed.get(role)!.has(permission) || (names && permission === 'personal');
