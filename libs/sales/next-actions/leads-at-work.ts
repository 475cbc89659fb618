import type { ListEntry, ReadModelView } from '@leadlog/projections';
import { addDays, localDay, startOfLocalDay } from '@leadlog/time';
import type { DealLeads } from '../kpis/deal-leads.projection';
import { dealsNamedIn } from '../kpis/sales-facts.projection';
import { ASKED_FOR_DAYS } from './appointments';
import type { Handoffs } from './handed';
import { cardsSince } from './card-following';
import { appointmentsOf, followedBy, openDealsOf, plannedBy, relayedTo } from './sales-work.projection';
import type { WorkFacts } from './work-facts';
import type { AsOf, LeadAtWork } from './works';

/** Read models `sales-work` and `deal-leads`. */
export interface WorkViews {
  work: ReadModelView;
  dealLeads: ReadModelView;
}

const PAGE = 1_000;

/** Whom a rep has to do with: handed off or relayed to them, with a deal, an appointment, a plan or a followed card of theirs. */
export async function leadIdsOf(repId: string, { work }: WorkViews, handoffs: Handoffs, { now, timezone }: AsOf): Promise<string[]> {
  const since = startOfLocalDay(addDays(localDay(now, timezone), -ASKED_FOR_DAYS - 1), timezone);
  const found = await Promise.all([
    handoffs.leadsOf(repId),
    namedIn(work, openDealsOf(repId)),
    namedIn(work, appointmentsOf(repId), since),
    namedIn(work, plannedBy(repId)),
    namedIn(work, relayedTo(repId)),
    namedIn(work, followedBy(repId), cardsSince({ now, timezone })),
  ]);
  return [...new Set(found.flat())].sort();
}

/** These leads, and with them every lead of each deal that one of them names. None of them is merged into another. */
export async function leadsAtWork({ work, dealLeads }: WorkViews, handoffs: Handoffs, leadIds: readonly string[]): Promise<LeadAtWork[]> {
  const found = new Map<string, WorkFacts>();
  const seen = new Set<string>();
  for (let wanted = [...leadIds]; wanted.length > 0;) {
    const facts = await work.many<WorkFacts>(wanted);
    wanted.forEach((leadId, place) => found.set(leadId, facts[place] ?? {}));
    const deals = [...new Set(facts.flatMap((one) => (one ? dealsOfFacts(one) : [])))].filter((dealId) => !seen.has(dealId));
    for (const dealId of deals) seen.add(dealId);
    const parties = await dealLeads.many<DealLeads>(deals);
    const named = new Set(parties.flatMap((party) => (party && party.leads.length > 1 ? party.leads : [])));
    wanted = [...new Set(await work.resolveAll([...named]))].filter((leadId) => !found.has(leadId));
  }
  const ids = [...found.keys()].sort();
  const handed = await handoffs.of(ids);
  return ids.map((leadId, place) => ({ leadId, facts: found.get(leadId)!, handoffs: handed[place]! }));
}

const dealsOfFacts = (facts: WorkFacts): string[] => [...dealsNamedIn(facts), ...(facts.steps ?? []).map(({ dealId }) => dealId)];

async function namedIn(view: ReadModelView, list: string, min?: number): Promise<string[]> {
  const keys: string[] = [];
  for (let after: ListEntry | undefined; ;) {
    const page = await view.list(list, { limit: PAGE, min, after });
    keys.push(...page.map(({ key }) => key));
    after = page.at(-1);
    if (page.length < PAGE) return keys;
  }
}
