import { CUSTOMER_ACTS, leadCorrections, leadKey, leadOfStream, leadStreams, type LeadlogEvent, type Tier } from '@leadlog/lead';
import { defineProjection, type Projection } from '@leadlog/projections';

/** Read model `handoffs`, by lead: where it stands between marketing and sales. Times in ms. */
export interface HandoffState {
  tier: Tier;
  /** Since when it is in its tier. */
  since: number;
  /** Latest act of the customer that counts as one. */
  act?: number;
  run: number;
  handoffs: number;
  /** When it was last given back or its deal ended: only a later act arms it again. */
  ended?: number;
  accountId?: string;
  open?: Handoff;
  past?: Handoff[];
  disqualified?: true;
  /** Hot by a change of the scoring model alone: since when, by which publication (its position), with how many points on the first axis. */
  withheld?: { since: number; published: string; score: number };
}

export interface Handoff {
  handoffId: string;
  runId: string;
  state: 'handed-off' | 'accepted' | 'in-deal' | 'rejected' | 'returned' | 'won' | 'lost' | 'disqualified';
  at: number;
  repId?: string;
  teamId?: string;
  acceptBy: string;
  contactBy: string;
  reason?: string;
  dealId?: string;
  eventId: string;
  /** First seller act that reached out after the handoff. */
  contactedAt?: number;
}

const TIER_RANK: Record<Tier, number> = { hot: 2, warm: 1, cold: 0 };

export const TO_HAND_OFF = 'to-hand-off';
export const UNDELIVERED = 'undelivered';
export const withheldBy = (published: string): string => `withheld:${published}`;

/**
 * Lists: `to-hand-off` (hot and armed, ranked by since when), `inbox`, `inbox:rep:<id>`, `inbox:team:<id>` (with sales, ranked
 * by tier, then by the time of the handoff), `undelivered` (handed off and not answered yet, by time), `withheld:<position of a
 * publication>` (would be handed off had it not made them hot itself, ranked by score).
 */
export const handoffsProjection: Projection<HandoffState> = defineProjection<HandoffState>({
  name: 'handoffs',
  version: '4',
  handles: [
    ...CUSTOMER_ACTS,
    'LeadTierChanged',
    'HandoffReleased',
    'LeadHandedOff',
    'LeadAssigned',
    'HandoffAccepted',
    'HandoffRejected',
    'LeadReturned',
    'LeadDisqualified',
    'LeadCaptured',
    'LeadLinkedToAccount',
    'CallCompleted',
    'MeetingHeld',
    'DealOpened',
    'DealWon',
    'DealLost',
  ],
  key: leadKey,
  streams: leadStreams,
  keyOfStream: leadOfStream,
  corrections: leadCorrections,
  // Every member from the start, also those that are not known yet: states of one shape are faster to fold.
  initial: () => ({
    tier: 'cold',
    since: 0,
    act: undefined,
    run: 1,
    handoffs: 0,
    ended: undefined,
    accountId: undefined,
    open: undefined,
    past: undefined,
    disqualified: undefined,
    withheld: undefined,
  }),
  evolve: (state, event) => evolve(state, event as LeadlogEvent),
  lists: (state): Record<string, number> => {
    const lists: Record<string, number> = {};
    const due = dueSince(state);
    if (due !== undefined) lists[TO_HAND_OFF] = due;
    else if (state.withheld && dueSince({ ...state, withheld: undefined }) !== undefined) lists[withheldBy(state.withheld.published)] = state.withheld.score;
    const { open } = state;
    if (open) {
      // Two digits of tier before thirteen of time: by tier, then the latest first when read downwards.
      const rank = TIER_RANK[state.tier] * 1e14 + open.at;
      lists.inbox = rank;
      if (open.repId !== undefined) lists[`inbox:rep:${open.repId}`] = rank;
      if (open.teamId !== undefined) lists[`inbox:team:${open.teamId}`] = rank;
      if (open.state === 'handed-off') lists[UNDELIVERED] = open.at;
    }
    return lists;
  },
});

/**
 * Since when the lead should be handed off: hot, with nobody, and armed by an act later than its last return, and later than the
 * change of the model that alone made it hot.
 */
export function dueSince({ tier, since, open, disqualified, ended, act, withheld }: HandoffState): number | undefined {
  if (tier !== 'hot' || open || disqualified) return undefined;
  if (ended === undefined && !withheld) return since;
  return act !== undefined && act > Math.max(ended ?? -Infinity, withheld?.since ?? -Infinity) ? Math.max(since, act) : undefined;
}

function evolve(state: HandoffState, event: LeadlogEvent): HandoffState {
  const at = event.occurredAt;
  switch (event.type) {
    case 'LeadTierChanged': {
      const { to, aside, withheld, score } = event.data;
      if (aside) return state;
      state.tier = to;
      state.since = at;
      state.withheld = withheld && { since: Date.parse(withheld.since), published: withheld.published, score: Object.values(score)[0] ?? 0 };
      return state;
    }
    case 'HandoffReleased':
      if (state.withheld?.published === event.data.published) state.withheld = undefined;
      return state;
    case 'LeadCaptured':
    case 'LeadLinkedToAccount':
      state.accountId = event.data.accountId ?? state.accountId;
      return state;
    case 'LeadHandedOff': {
      if (state.open) end(state, state.open.state === 'in-deal' ? 'lost' : state.open.state, at);
      const { handoffId, runId, acceptBy, contactBy } = event.data;
      state.handoffs += 1;
      state.open = { handoffId, runId, state: 'handed-off', at, acceptBy, contactBy, eventId: event.id };
      return state;
    }
    case 'LeadAssigned':
      if (state.open) Object.assign(state.open, { repId: event.data.repId, teamId: event.data.teamId });
      return state;
    case 'HandoffAccepted':
      // The deal stands in another stream, so the log may have its opening first; it is the later step all the same.
      if (state.open) Object.assign(state.open, { repId: event.data.repId, ...(state.open.state === 'handed-off' && { state: 'accepted' }) });
      return state;
    case 'HandoffRejected':
      return end(state, 'rejected', at, event.data.reason);
    case 'LeadReturned':
      state.run += 1;
      return end(state, 'returned', at, event.data.reason);
    case 'LeadDisqualified':
      state.disqualified = true;
      return end(state, 'disqualified', at, event.data.reason);
    case 'CallCompleted':
    case 'MeetingHeld':
      if (state.open && at >= state.open.at) state.open.contactedAt = Math.min(state.open.contactedAt ?? Infinity, at);
      return state;
    case 'DealOpened':
      if (state.open) Object.assign(state.open, { state: 'in-deal', dealId: event.data.dealId });
      return state;
    case 'DealWon':
    case 'DealLost':
      if (state.open?.dealId !== event.data.dealId) return state;
      state.run += 1;
      return end(state, event.type === 'DealWon' ? 'won' : 'lost', at, event.type === 'DealLost' ? event.data.reason : undefined);
    default:
      state.act = Math.max(state.act ?? 0, at);
      return state;
  }
}

function end(state: HandoffState, how: Handoff['state'], at: number, reason?: string): HandoffState {
  state.ended = Math.max(state.ended ?? 0, at);
  if (!state.open) return state;
  (state.past ??= []).push({ ...state.open, state: how, ...(reason !== undefined && { reason }) });
  state.open = undefined;
  return state;
}
