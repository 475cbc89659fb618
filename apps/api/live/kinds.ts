import { KPI_READ_MODELS } from '@leadlog/sales';
import type { Permission } from '../access/roles';

export interface LiveKindFacts {
  /** Who may hear of all of them. */
  needs: Permission;
  /** A representative, or a manager of teams, hears of theirs. */
  owned?: true;
  /** The read models of which its answers are made: it is told once they have it. */
  reads: readonly string[];
  /** What its ids are. */
  ids: string;
  holds: string;
}

/**
 * The kinds of things of which `GET /v1/live` says that they have changed. Clients know them by name, so they stay as they are; one that a
 * client does not know is to be passed over.
 */
export const LIVE_KINDS = {
  leads: {
    needs: 'leads.read',
    owned: true,
    reads: ['leads', 'scores', 'handoffs', 'accounts', 'shared-identities'],
    ids: 'leads',
    holds: 'leads, their accounts, scores, timelines and dossiers',
  },
  handoffs: { needs: 'handoffs.read', owned: true, reads: ['handoffs', 'leads'], ids: 'leads', holds: 'inbox, questions, returned leads' },
  deals: {
    needs: 'work.read',
    owned: true,
    reads: ['deals', 'sales-work', 'deal-leads', 'handoffs', 'leads'],
    ids: 'deals',
    holds: 'open deals',
  },
  cards: { needs: 'cards.read', owned: true, reads: ['cards', 'leads', 'handoffs'], ids: 'leads', holds: 'business cards' },
  relays: { needs: 'relays.read', owned: true, reads: ['relays', 'sales-work', 'leads'], ids: 'leads', holds: 'relays of appointments' },
  day: {
    needs: 'work.read',
    owned: true,
    reads: ['sales-work', 'deal-leads', 'deals', 'handoffs', 'cards', 'leads'],
    ids: 'representatives',
    holds: 'the day of a representative, and what is theirs otherwise',
  },
  notices: { needs: 'notices.read', owned: true, reads: ['notices'], ids: 'leads', holds: 'facts that contradict each other' },
  numbers: { needs: 'numbers.read', reads: KPI_READ_MODELS, ids: 'none', holds: 'KPIs, the board, what was reached of targets' },
  targets: { needs: 'numbers.read', reads: ['targets'], ids: 'none', holds: 'targets' },
  models: { needs: 'models.read', reads: ['models'], ids: 'scoring models', holds: 'scoring models and their versions' },
  policies: { needs: 'policies.read', reads: ['documents'], ids: 'policies', holds: 'handoff policies and their versions' },
  organisation: { needs: 'organisation.read', reads: ['documents'], ids: 'none', holds: 'the organisation and its versions' },
  processes: { needs: 'processes.read', reads: ['documents'], ids: 'sales processes', holds: 'sales processes and their versions' },
  projections: { needs: 'projections.operate', reads: [], ids: 'read models', holds: 'generations of read models' },
  jobs: { needs: 'jobs.operate', reads: [], ids: 'queues', holds: 'how many jobs are in which state' },
  keys: { needs: 'keys.manage', reads: [], ids: 'keys', holds: 'access keys' },
  people: { needs: 'people.manage', reads: [], ids: 'people', holds: 'people and their sessions' },
  audit: { needs: 'audit.read', reads: ['audit'], ids: 'none', holds: 'audit entries' },
} as const satisfies Record<string, LiveKindFacts>;

export type LiveKind = keyof typeof LIVE_KINDS;
export const liveKinds = Object.keys(LIVE_KINDS) as LiveKind[];
export const factsOf = (kind: LiveKind): LiveKindFacts => LIVE_KINDS[kind];
