import type { Layer, Profile } from '@leadlog/events';

/** What KPIs split leads by: said at the first capture, but for the industry, which is that of the profile. */
export const LEAD_ATTRIBUTES = ['origin', 'campaign', 'region', 'industry'] as const;
export type LeadAttributes = Partial<Record<(typeof LEAD_ATTRIBUTES)[number], string>>;

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
