import { CUSTOMER_ACTS, leadFacts } from '@leadlog/events';
import type { History } from '../past-scores/histories';
import { literal } from '../past-scores/where-sql';

const FACTS = leadFacts.map(({ type }) => literal(type)).join(', ');
const ACTS = CUSTOMER_ACTS.map(literal).join(', ');

/** Leads that could be handed to sales at a cut-off. */
export interface ToChooseFrom {
  /** In the order of their ids. */
  leadIds: string[];
  /** Left out because they have already bought, so becoming a deal again is a different question. */
  customers: number;
}

/** They had an event by `at` (ms), are not with sales, were not disqualified, and (unless `includeCustomers`) have not bought. */
export async function leadsToChooseFrom(history: History, at: number, { includeCustomers = false } = {}): Promise<ToChooseFrom> {
  const rows = await history.rows(
    `SELECT DISTINCT lead FROM archive.counted WHERE type IN (${FACTS}) AND occurred_at <= make_timestamptz(${at * 1_000}) ORDER BY lead`,
  );
  const busy = await withSales(history);
  const free = rows.map(({ lead }) => lead as string).filter((lead) => !busy.has(lead));
  if (includeCustomers) return { leadIds: free, customers: 0 };
  const customers = await customersOf(history);
  const leadIds = free.filter((lead) => !customers.has(lead));
  return { leadIds, customers: free.length - leadIds.length };
}

/** Leads with a won deal, as the history stands. */
async function customersOf(history: History): Promise<Set<string>> {
  const rows = await history.rows(`SELECT lead FROM archive.deals_of_leads WHERE deal IN (SELECT deal FROM deals WHERE status = 'won')`);
  return new Set(rows.map(({ lead }) => lead as string));
}

/** Leads that are with sales or disqualified, by the history: becoming hot does not hand them off. */
export async function withSales(history: History): Promise<Set<string>> {
  const rows = await history.rows(`
    SELECT lead FROM archive.deals_of_leads WHERE deal IN (SELECT deal FROM deals WHERE closed_at IS NULL)
    UNION SELECT lead FROM handoffs WHERE rejected_at IS NULL AND returned_at IS NULL AND (deal IS NULL OR deal IN (SELECT deal FROM deals WHERE closed_at IS NULL))
    UNION SELECT lead FROM archive.counted WHERE type = 'LeadDisqualified'`);
  return new Set(rows.map(({ lead }) => lead as string));
}

/** Leads whose last handoff has ended and that have not acted since: they are handed off again only by a new act. */
export async function givenBack(history: History): Promise<Set<string>> {
  const rows = await history.rows(`
    SELECT lead FROM archive.counted GROUP BY lead
    HAVING count(*) FILTER (type = 'LeadHandedOff') > 0 AND max(occurred_at) FILTER (type IN ('HandoffRejected', 'LeadReturned', 'DealWon', 'DealLost')) >= coalesce(max(occurred_at) FILTER (type IN (${ACTS})), '-infinity'::TIMESTAMPTZ)`);
  return new Set(rows.map(({ lead }) => lead as string));
}
