import type { AccountDetail, LeadDetail, LeadSummary, PossibleDuplicate } from '@leadlog/lead';
import type { LeadScore } from '@leadlog/scoring';

/** On the wire, times are RFC 3339. */
const time = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : new Date(ms).toISOString());

export function leadSummaryJson(lead: LeadSummary) {
  const { leadId, profile, accountId, role, channel, origin, campaignId, region, erased } = lead;
  return {
    leadId,
    profile,
    accountId,
    role,
    channel,
    origin,
    campaignId,
    region,
    capturedAt: time(lead.capturedAt),
    firstSeenAt: time(lead.firstSeenAt),
    lastActivityAt: time(lead.lastActivityAt),
    lastSellerActAt: time(lead.lastSellerActAt),
    erased,
  };
}

const dealJson = ({ dealId, state, at }: LeadDetail['deals'][number]) => ({ dealId, state, at: time(at) });

export function leadJson(lead: LeadDetail) {
  const { mergedLeadIds, identities, counts } = lead;
  return {
    ...leadSummaryJson(lead),
    mergedLeadIds,
    identities,
    consent: Object.fromEntries(
      Object.entries(lead.consent).map(([channel, { status, since }]) => [channel, { status, since: time(since) }]),
    ),
    counts,
    deals: lead.deals.map(dealJson),
  };
}

export function duplicateJson({ identity, since, leads, leadsInAll, keptApart }: PossibleDuplicate) {
  return { identity, since: new Date(since).toISOString(), leads: leads.map(leadSummaryJson), leadsInAll, keptApart };
}

export function accountJson(
  { accountId, name, people, cursor, peopleInAll, missingRoles }: AccountDetail,
  scores: readonly (LeadScore | undefined)[],
) {
  return {
    accountId,
    name,
    people: people.map((person, place) => ({
      ...leadSummaryJson(person),
      ...scoreJson(scores[place]),
      deals: person.deals.map(dealJson),
      since: time(person.since),
    })),
    nextCursor: cursor,
    peopleInAll,
    missingRoles,
  };
}

/** Of a lead nothing is scored for, the tier is cold. */
export function scoreJson(score: LeadScore | undefined) {
  return {
    tier: score?.tier ?? 'cold',
    tierSince: time(score?.tierSince),
    scores: score?.scores ?? {},
    uncapped: score?.uncapped ?? {},
    coolsAt: time(score?.coolsAt),
  };
}
