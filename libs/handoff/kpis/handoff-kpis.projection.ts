import {
  addLayer,
  earliest,
  leadCorrections,
  leadKey,
  leadOfStream,
  leadStreams,
  sortedBy,
  type Happened,
  type LeadlogEvent,
} from '@leadlog/events';
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
    version: `3.${handoffsProjection.version}-${timezone}-${Object.values(used).join('-')}`,
    handles: ['LeadCaptured', 'ProfileUpdated', 'PersonalDataErased', 'LeadTierChanged', ...OF_HANDOFFS],
    key: leadKey,
    streams: leadStreams,
    keyOfStream: leadOfStream,
    corrections: leadCorrections,
    initial: (leadId) => ({
      capture: undefined,
      profile: [],
      erasedAt: undefined,
      hots: undefined,
      handoffs: handoffsProjection.initial(leadId),
    }),
    evolve: (state, event) => evolve(state, event as LeadlogEvent),
    tallies: (state) => handoffCells(state, timezone, used),
  });
}

function evolve(state: LeadWay, event: LeadlogEvent): LeadWay {
  const { occurredAt: at } = event;
  const position = Number(event.position);
  if (event.type === 'LeadCaptured') {
    const { origin, campaignId, region, profile } = event.data;
    state.capture = earliest(state.capture, { at, position, origin, campaignId, region });
    setIndustry(state, { at, position, set: { industry: profile.industry } });
  } else if (event.type === 'ProfileUpdated') {
    setIndustry(state, { at, position, set: { industry: event.data.changes.industry } });
  } else if (event.type === 'PersonalDataErased') {
    const erasedAt = (state.erasedAt = Math.max(state.erasedAt ?? at, at));
    state.profile = state.profile.filter((layer) => layer.at > erasedAt);
  } else if (event.type === 'LeadTierChanged') {
    const { from, to, aside } = event.data;
    if (to === 'hot' && from !== 'hot' && !aside) state.hots = hots.put(state.hots, { at, position });
  } else {
    state.handoffs = handoffsProjection.evolve(state.handoffs, event);
  }
  return state;
}

/** An erasure takes what was known up to it, whenever that arrives. */
function setIndustry(state: LeadWay, layer: LeadWay['profile'][number]): void {
  if (layer.set.industry === undefined || (state.erasedAt !== undefined && layer.at <= state.erasedAt)) return;
  state.profile = addLayer(state.profile, layer);
}
