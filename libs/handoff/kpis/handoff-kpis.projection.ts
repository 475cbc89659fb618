import { leadCorrections, leadKey, leadOfStream, leadStreams, sortedBy, type Happened, type LeadlogEvent } from '@leadlog/events';
import { ATTRIBUTE_TYPES, evolveAttributes, noAttributeFacts } from '@leadlog/lead';
import { defineProjection, type Projection } from '@leadlog/projections';
import { handoffsProjection } from '../handoffs.projection';
import { DEFAULT_HANDOFF_WINDOWS, handoffCells, type HandoffWindows, type LeadWay } from './handoff-cells';

export interface HandoffKpiOptions {
  timezone: string;
  windows?: Partial<HandoffWindows>;
}

const hots = sortedBy((hot: Happened) => String(hot.position).padStart(20, '0'));

/** Of a handoff only what its KPIs count: neither consent nor what became of deals. */
const OF_HANDOFFS = [
  'LeadHandedOff',
  'LeadAssigned',
  'HandoffAccepted',
  'HandoffRejected',
  'HandoffSlaBreached',
  'LeadReturned',
  'LeadDisqualified',
  'CallCompleted',
  'MeetingHeld',
  'DealOpened',
];

/**
 * Read model `handoff-kpis`, by lead: as tallies, the cells that the KPIs between marketing and sales sum (handoff-cells.ts). Nothing in
 * them depends on what events of other leads say. Other windows or another time zone are another version.
 */
export function handoffKpis({ timezone, windows }: HandoffKpiOptions): Projection<LeadWay> {
  const used: HandoffWindows = { ...DEFAULT_HANDOFF_WINDOWS, ...windows };
  return defineProjection<LeadWay>({
    name: 'handoff-kpis',
    // It folds handoffs as that read model does.
    version: `5.${handoffsProjection.version}-${timezone}-${used.atOnceMinutes}-${used.soonMinutes}`,
    handles: [...ATTRIBUTE_TYPES, 'LeadTierChanged', ...OF_HANDOFFS],
    key: leadKey,
    streams: leadStreams,
    keyOfStream: leadOfStream,
    corrections: leadCorrections,
    initial: (leadId) => ({ ...noAttributeFacts(), hots: undefined, handoffs: handoffsProjection.initial(leadId) }),
    evolve: (state, event) => evolve(state, event as LeadlogEvent),
    tallies: (state) => handoffCells(state, timezone, used),
  });
}

function evolve(state: LeadWay, event: LeadlogEvent): LeadWay {
  if (evolveAttributes(state, event)) return state;
  if (event.type === 'LeadTierChanged') {
    const { from, to, aside } = event.data;
    if (to === 'hot' && from !== 'hot' && !aside)
      state.hots = hots.put(state.hots, { at: event.occurredAt, position: Number(event.position) });
  } else {
    state.handoffs = handoffsProjection.evolve(state.handoffs, event);
  }
  return state;
}
