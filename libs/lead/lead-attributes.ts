import { addLayer, earliest, type EventType, type Happened, type Layer, type LeadlogEvent, type Profile } from '@leadlog/events';

/** What KPIs split leads by: said at the first capture, but for the industry, which is that of the profile. */
export const LEAD_ATTRIBUTES = ['origin', 'campaign', 'region', 'industry'] as const;
export type LeadAttributes = Partial<Record<(typeof LEAD_ATTRIBUTES)[number], string>>;

/** The facts of one lead from which its attributes follow. */
export interface AttributeFacts {
  capture?: Happened & { origin?: string; campaignId?: string; region?: string };
  /** Of the profile the industry, as set last. */
  profile: Layer<Pick<Profile, 'industry'>>[];
}

export const ATTRIBUTE_TYPES = ['LeadCaptured', 'ProfileUpdated'] as const satisfies readonly EventType[];
export const noAttributeFacts = (): AttributeFacts => ({ capture: undefined, profile: [] });

/** One event of ATTRIBUTE_TYPES; others change nothing. Answers whether it was one. */
export function evolveAttributes(state: AttributeFacts, event: LeadlogEvent): boolean {
  const { occurredAt: at } = event;
  const position = Number(event.position);
  if (event.type === 'LeadCaptured') {
    const { origin, campaignId, region, profile } = event.data;
    state.capture = earliest(state.capture, { at, position, origin, campaignId, region });
    setIndustry(state, { at, position, set: { industry: profile.industry } });
  } else if (event.type === 'ProfileUpdated') {
    setIndustry(state, { at, position, set: { industry: event.data.changes.industry } });
  } else {
    return false;
  }
  return true;
}

function setIndustry(state: AttributeFacts, layer: AttributeFacts['profile'][number]): void {
  if (layer.set.industry !== undefined) state.profile = addLayer(state.profile, layer);
}

export function attributesOf({
  capture,
  profile,
}: {
  capture?: { origin?: string; campaignId?: string; region?: string };
  profile: readonly Layer<Pick<Profile, 'industry'>>[];
}): LeadAttributes {
  return {
    origin: capture?.origin,
    campaign: capture?.campaignId,
    region: capture?.region,
    industry: profile.findLast(({ set }) => set.industry !== undefined)?.set.industry,
  };
}
