import type { QueryKey, Read } from './reads';

/** What `GET /v1/live` says has changed (docs/live.md). */
export interface LiveChange {
  kind: string;
  /** Which ones; any of them without. */
  ids?: readonly string[];
}

/**
 * The first parts of the keys of queries that are read anew when something of a kind changes. `one`: of which only those that are of these ids, as
 * the second part of their key says. What is not here is not shown by any screen.
 */
const READ_ANEW: Readonly<Record<string, { all: readonly Read[]; one?: Read }>> = {
  leads: { all: ['leads', 'account'], one: 'lead' },
  handoffs: { all: ['inbox'], one: 'lead' },
  deals: { all: ['account'] },
  cards: { all: ['cards'] },
  relays: { all: ['day'] },
  day: { all: [], one: 'day' },
  notices: { all: ['day'], one: 'lead' },
  numbers: { all: ['board', 'kpis'] },
  targets: { all: ['targets', 'board'] },
  models: { all: ['models'] },
  policies: { all: ['policy'] },
  organisation: { all: ['organisation', 'reps'] },
  processes: { all: ['process', 'day'] },
  projections: { all: ['projections'] },
  jobs: { all: ['jobs'] },
  keys: { all: ['keys'] },
  people: { all: ['people'] },
  audit: { all: ['audit'] },
};

/** What is to be read anew, by the first part of its key: any of it, or those of these ids. */
export class ToReadAnew {
  private readonly of = new Map<Read, Set<string> | 'any'>();

  add(changes: readonly LiveChange[]): void {
    for (const { kind, ids } of changes) {
      // A later engine may tell of more.
      const { all, one } = READ_ANEW[kind] ?? { all: [] };
      for (const key of all) this.of.set(key, 'any');
      if (one !== undefined) this.addOf(one, ids);
    }
  }

  addEverything(): void {
    for (const { all, one } of Object.values(READ_ANEW)) for (const key of one === undefined ? all : [...all, one]) this.of.set(key, 'any');
  }

  get keys(): readonly Read[] {
    return [...this.of.keys()];
  }

  holds([key, id]: QueryKey): boolean {
    const ids = this.of.get(key);
    return ids === 'any' || ids?.has(String(id)) === true;
  }

  done(key: Read): void {
    this.of.delete(key);
  }

  private addOf(key: Read, ids?: readonly string[]): void {
    const known = this.of.get(key);
    if (known === 'any') return;
    this.of.set(key, ids === undefined ? 'any' : new Set([...(known ?? []), ...ids]));
  }
}
