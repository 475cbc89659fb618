import { CUSTOMER_ACTS, leadFacts } from '@leadlog/lead';
import type { History } from './history';
import { literal } from './where-sql';

const FACTS = leadFacts.map(({ type }) => literal(type)).join(', ');
const ACTS = CUSTOMER_ACTS.map(literal).join(', ');

/** Leads that sales could be given: something had happened with them by `at` (ms), nobody in sales has them, and they were not given up. In the order of their ids. */
export async function leadsToChooseFrom(history: History, at: number): Promise<string[]> {
  const rows = await history.rows(`SELECT DISTINCT lead FROM archive.counted WHERE type IN (${FACTS}) AND occurred_at <= make_timestamptz(${at * 1_000}) ORDER BY lead`);
  const busy = await withSales(history);
  return rows.map(({ lead }) => lead as string).filter((lead) => !busy.has(lead));
}

/** Leads that sales has, or that were given up, as the history stands: becoming hot hands none of them off. */
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
