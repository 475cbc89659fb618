import { merged } from '@leadlog/events';
import { type LeadState } from '@leadlog/lead';
import { erasureOfPerson } from '@leadlog/lead/erasure/erasures';
import { cursorOf, entryOf, type ReadModelView } from '@leadlog/projections';
import { addDays, localDay, periodsLater, startOfLocalDay, startOfPeriod } from '@leadlog/time';
import type { HandoffState } from '../handoff-facts';
import { openHandoffs } from '../standing';

/** Why somebody is kept, however long ago the last act was. */
export const KEPT_BY = ['openHandoff', 'openDeal', 'customer'] as const;
export type KeptBy = (typeof KEPT_BY)[number];

/** A person of whom nothing was heard, and whom nobody has approached, since a day. */
export interface Dormant {
  leadId: string;
  name?: string;
  company?: string;
  /** The last act, whoever's it was; else the first that was heard of the lead. */
  lastActAt: number;
  /** Empty: due to be forgotten. */
  keptBy: KeptBy[];
}

export interface DormantPage {
  /** In the order of the last act of the customer, the longest ago first. A page may be short and still have a cursor. */
  items: Dormant[];
  cursor?: string;
}

/** The day so many calendar months before a moment: who has done nothing since before it began is dormant. */
export function dormantBefore(now: number, months: number, timezone: string): string {
  const today = localDay(now, timezone);
  const month = periodsLater(startOfPeriod(today, 'month'), 'month', -months);
  const day = addDays(month, Number(today.slice(8)) - 1);
  const next = periodsLater(month, 'month', 1);
  return day < next ? day : addDays(next, -1);
}

/** Views of `leads` and `handoffs`. Who is forgotten or about to be is not in it. Throws InvalidCursor. */
export async function dormantPeople(
  { leads, handoffs }: { leads: ReadModelView; handoffs: ReadModelView },
  { before, timezone, limit, cursor }: { before: string; timezone: string; limit: number; cursor?: string },
): Promise<DormantPage> {
  const cutoff = startOfLocalDay(before, timezone);
  const after = cursor === undefined ? undefined : entryOf(cursor);
  // No last act is before what the list goes by, so that everybody who is dormant is among these.
  const entries = await leads.list('recent', { direction: 'ascending', max: cutoff - 1, limit, after });
  const keys = entries.map(({ key }) => key);
  const [states, ofHandoffs] = await Promise.all([leads.many<LeadState>(keys), handoffs.many<HandoffState>(keys)]);
  const items: Dormant[] = [];
  for (const [place, leadId] of keys.entries()) {
    const state = states[place];
    const lastActAt = state && lastActOf(state);
    if (lastActAt === undefined || lastActAt >= cutoff) continue;
    if (state!.erasures && erasureOfPerson(state!.erasures, await leads.family(leadId))) continue;
    const { name, company } = merged(state!.profile);
    items.push({ leadId, name, company, lastActAt, keptBy: keptBy(state!, ofHandoffs[place]) });
  }
  return { items, cursor: entries.length === limit ? cursorOf(entries.at(-1)!) : undefined };
}

function lastActOf({ firstSeenAt, lastActivityAt, lastSellerActAt }: LeadState): number | undefined {
  const acts = [firstSeenAt, lastActivityAt, lastSellerActAt].filter((at) => at !== undefined);
  return acts.length > 0 ? Math.max(...acts) : undefined;
}

function keptBy({ deals = [] }: LeadState, handoffs: HandoffState | undefined): KeptBy[] {
  const by: Record<KeptBy, boolean> = {
    openHandoff: handoffs !== undefined && openHandoffs(handoffs).length > 0,
    openDeal: deals.some(({ state }) => state === 'open'),
    customer: deals.some(({ state }) => state === 'won'),
  };
  return KEPT_BY.filter((reason) => by[reason]);
}
