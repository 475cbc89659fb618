import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { summaryOf, type LeadState } from '@leadlog/lead';
import { pageOfItems, type ListEntry, type PageQuery, type ReadModelView } from '@leadlog/projections';
import { startOfLocalDay } from '@leadlog/time';
import type { RelaysState } from './relay-facts';
import { relaysOf, type Relay } from './relay-standing';
import { RELAYS, relaysOfRep } from './relays.projection';

export interface RelayQuery extends PageQuery {
  /** From or to this representative. */
  rep?: string;
  state?: Relay['state'];
}

export type RelayItem = Relay & { leadId: string; profile: { name?: string; company?: string } };

const PAGE = 200;
/** Leads looked at for one page; where few relays match, a page may be short and still have a cursor. */
const MOST_LOOKED_AT = 2_000;

/** The latest relayed first, by lead. Views of `relays` and `leads`. Throws InvalidCursor. */
export function listRelays(
  { relays, leads }: { relays: ReadModelView; leads: ReadModelView },
  { rep, state, ...page }: RelayQuery,
): Promise<{ items: RelayItem[]; cursor?: string }> {
  const isWanted = (one: Relay): boolean =>
    (rep === undefined || [one.fromRepId, one.toRepId, one.repId].includes(rep)) && (state === undefined || state === one.state);
  const itemsOf = async (entries: readonly ListEntry[]): Promise<RelayItem[][]> => {
    const ids = entries.map(({ key }) => key);
    const [states, people] = await Promise.all([relays.many<RelaysState>(ids), leads.many<LeadState>(ids)]);
    return ids.map((leadId, place) => {
      const { name, company } = people[place] ? summaryOf(leadId, people[place]).profile : {};
      const wanted = (states[place] ? relaysOf(states[place]) : []).filter(isWanted);
      return wanted.map((one) => ({ leadId, ...one, profile: { name, company } }));
    });
  };
  const list = rep === undefined ? RELAYS : relaysOfRep(rep);
  const placeOf = ({ at, eventId }: RelayItem) => [at, eventId] as const;
  return pageOfItems({ view: relays, list, direction: 'descending', itemsOf, placeOf, mostLookedAt: MOST_LOOKED_AT }, page);
}

export const RELAY_GROUPS = ['none', 'inside', 'field', 'pair'] as const;
export type RelayGroup = (typeof RELAY_GROUPS)[number];

/** Appointments relayed in a span, and what came of them. */
export interface RelaySummary {
  /** Who relayed, by inside or pair; who has it, by field or pair. */
  insideRepId?: string;
  fieldRepId?: string;
  relayed: number;
  waiting: number;
  accepted: number;
  rejected: number;
  held: number;
  won: number;
}

/** `from` and `to` (not included): local days of the relay. Most relays first. View of `relays`. */
export async function summariseRelays(
  relays: ReadModelView,
  { by, from, to, timezone }: { by: RelayGroup; from: string; to: string; timezone: string },
): Promise<RelaySummary[]> {
  const [begin, end] = [startOfLocalDay(from, timezone), startOfLocalDay(to, timezone)];
  const groups = new Map<string, RelaySummary>();
  const groupOf = ({ fromRepId, repId }: Pick<Relay, 'fromRepId' | 'repId'>): RelaySummary => {
    const of = {
      ...((by === 'inside' || by === 'pair') && { insideRepId: fromRepId }),
      ...((by === 'field' || by === 'pair') && { fieldRepId: repId }),
    };
    const name = nameOf(of);
    let group = groups.get(name);
    if (!group) groups.set(name, (group = { ...of, relayed: 0, waiting: 0, accepted: 0, rejected: 0, held: 0, won: 0 }));
    return group;
  };
  if (by === 'none') groupOf({ fromRepId: '', repId: '' });
  // By its latest relay, a lead stands behind the beginning of the span if any of its relays does.
  for (let after: ListEntry | undefined; ;) {
    const entries = await relays.list(RELAYS, { direction: 'ascending', min: begin, limit: PAGE, after });
    for (const state of await relays.many<RelaysState>(entries.map(({ key }) => key))) {
      for (const relay of state ? relaysOf(state) : []) {
        if (relay.at < begin || relay.at >= end) continue;
        const group = groupOf(relay);
        group.relayed += 1;
        group[relay.state] += 1;
        if (relay.held) group.held += 1;
        if (relay.deal?.state === 'won') group.won += 1;
      }
    }
    after = entries.at(-1);
    if (entries.length < PAGE) break;
    await eventLoopTurn();
  }
  return [...groups.values()].sort((a, b) => b.relayed - a.relayed || (nameOf(a) < nameOf(b) ? -1 : 1));
}

const nameOf = ({ insideRepId = '', fieldRepId = '' }: Pick<RelaySummary, 'insideRepId' | 'fieldRepId'>): string =>
  `${insideRepId} ${fieldRepId}`;
