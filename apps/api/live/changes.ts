import type { RecordedEvent } from '@leadlog/event-log';
import { catalogue, leadKey, type EventType } from '@leadlog/events';
import { cardsProjection, handoffsProjection, relaysProjection } from '@leadlog/handoff';
import { dealsProjection, noticesProjection } from '@leadlog/sales';
import type { LiveKind } from './kinds';

/** One event, as far as somebody who looks at something has to know of it. */
export interface Change {
  position: bigint;
  kinds: readonly LiveKind[];
  /** Of an event about a lead: it, and others that it names. */
  leadIds: readonly string[];
  dealId?: string;
  /** Of what else changed: a document, a key, a person. */
  id?: string;
  /** What it names itself, by which it is found whose it is. */
  named: { reps: readonly string[]; handoffId?: string; appointmentId?: string; actionId?: string };
  at: number;
  /** Where it stands, for what only earlier events of the stream can tell. */
  stream: string;
  revision: bigint;
  type: string;
  whose?: Whose;
}

/** Whose things an event concerns. Representatives by kind; teams as handoffs name them. */
export interface Whose {
  /** The leads as who they are now, each with the ids that the event names, and with whom it is at present: who may read it. */
  people: readonly { leadIds: readonly string[]; with: Party }[];
  handoffs: Party;
  deals: Party;
  cards: Party;
  relays: Party;
  day: Party;
}
export interface Party {
  reps: ReadonlySet<string>;
  teams: ReadonlySet<string>;
}

const handled = (...projections: { handles: readonly string[]; corrections?: { types: readonly string[] } }[]): ReadonlySet<string> =>
  new Set(projections.flatMap(({ handles, corrections }) => [...handles, ...(corrections?.types ?? [])]));

/** What a customer does changes the lead, and is told as that. */
const BETWEEN_DEPARTMENTS = new Set(
  [...handled(handoffsProjection)].filter((type) => catalogue.get(type as EventType)?.initiator === 'seller'),
);
const OF_DEALS = handled(dealsProjection());
const OF_CARDS = handled(cardsProjection);
const OF_RELAYS = handled(relaysProjection);
const OF_NOTICES = handled(noticesProjection);

/** Kinds by type; undefined for what nobody looks at. */
const KINDS: ReadonlyMap<string, readonly LiveKind[]> = new Map(
  [...catalogue.values()].flatMap(({ type, group, stream }) => {
    const kinds = ((): LiveKind[] => {
      switch (stream) {
        case 'model':
          return ['models', 'leads'];
        case 'policy':
          return ['policies'];
        case 'organisation':
          return ['organisation'];
        case 'audit':
          return ['audit'];
        case 'access':
          return type.startsWith('AccessKey') ? ['keys'] : ['people'];
        case 'process':
          return type === 'KpiTargetSet' ? ['targets', 'numbers'] : group === 'process' ? ['processes'] : [];
        case 'rep':
        case 'account':
        case 'identity':
          return [];
        default:
          return [
            'leads',
            'day',
            'numbers',
            ...(BETWEEN_DEPARTMENTS.has(type) ? (['handoffs'] as const) : []),
            ...(OF_DEALS.has(type) ? (['deals'] as const) : []),
            ...(OF_CARDS.has(type) ? (['cards'] as const) : []),
            ...(OF_RELAYS.has(type) ? (['relays'] as const) : []),
            ...(OF_NOTICES.has(type) ? (['notices'] as const) : []),
          ];
      }
    })();
    return kinds.length > 0 ? [[type, kinds] as const] : [];
  }),
);

export const LIVE_TYPES: readonly string[] = [...KINDS.keys()];

interface Named {
  leadId?: string;
  mergedId?: string;
  survivorId?: string;
  otherId?: string;
  dealId?: string;
  handoffId?: string;
  appointmentId?: string;
  actionId?: string;
  repId?: string;
  fromRepId?: string;
  toRepId?: string;
  repIds?: string[];
  modelId?: string;
  policyId?: string;
  processId?: string;
  keyId?: string;
  personId?: string;
}

export function changeOf(event: RecordedEvent): Change | undefined {
  const { type, position, stream, revision, occurredAt: at } = event;
  const kinds = KINDS.get(type);
  if (!kinds) return undefined;
  const data = event.data as Named;
  const { dealId, handoffId, appointmentId, actionId } = data;
  const reps = [data.repId, data.fromRepId, data.toRepId, ...(data.repIds ?? [])].filter((one) => one !== undefined);
  const id = data.modelId ?? data.policyId ?? data.processId ?? data.keyId ?? data.personId;
  const isOfLead = kinds.includes('day');
  const leadIds = isOfLead ? [leadKey(event), data.mergedId, data.survivorId, data.otherId].filter((one) => one !== undefined) : [];
  return {
    position,
    kinds,
    leadIds: [...new Set(leadIds)],
    ...(dealId !== undefined && { dealId }),
    ...(id !== undefined && !isOfLead && { id }),
    named: { reps: isOfLead ? reps : [], handoffId, appointmentId, actionId },
    at,
    stream,
    revision,
    type,
  };
}
