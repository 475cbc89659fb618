import { minorDigits, type Amount } from '@leadlog/events';
import { newerFirst } from '@leadlog/lead';
import { cursorOf, entryOf, type ListEntry, type ReadModelView } from '@leadlog/projections';
import type { DealLeads } from '../kpis/deal-leads.projection';
import type { Money } from '../kpis/fact-shapes';
import type { Handoffs } from './handed';
import { leadIdsOf, leadsAtWork, type WorkViews } from './leads-at-work';
import { workNow, type Setting, type WorkNow } from './next-action';
import type { OpenDeal } from './work-facts';
import { worksOf, type LeadAtWork, type Work } from './works';

export interface OpenDealsQuery {
  rep?: string;
  /** Only those for which nothing is planned, agreed or awaited. */
  without?: 'next-step';
  limit: number;
  cursor?: string;
}

export type OpenDealNow = WorkNow & { work: Work & { deal: OpenDeal } };

export interface OpenDealsPage {
  items: OpenDealNow[];
  /** A page may have fewer deals than asked for, and still one. */
  cursor?: string;
}

/** Deals that are looked at for a page at most. */
const MOST_LOOKED_AT = 500;
const BATCH = 100;

export async function openDeals(
  views: WorkViews & { deals: ReadModelView },
  handoffs: Handoffs,
  query: OpenDealsQuery,
  setting: Setting,
): Promise<OpenDealsPage> {
  const after = query.cursor === undefined ? undefined : entryOf(query.cursor);
  const isWanted = ({ toPlan }: WorkNow): boolean => query.without === undefined || toPlan !== undefined;
  if (query.rep === undefined) return allOpenDeals(views, handoffs, { ...query, after }, setting, isWanted);
  const leads = await leadsAtWork(views, handoffs, await leadIdsOf(query.rep, views, handoffs, setting));
  const items = dealsNow(leads, setting)
    .filter((one) => one.work.repId === query.rep && isWanted(one))
    .filter((one) => after === undefined || newerFirst(entryOfDeal(one), after) > 0)
    .sort((a, b) => newerFirst(entryOfDeal(a), entryOfDeal(b)));
  const page = items.slice(0, query.limit);
  return { items: page, ...(items.length > page.length && { cursor: cursorOf(entryOfDeal(page.at(-1)!)) }) };
}

async function allOpenDeals(
  views: WorkViews & { deals: ReadModelView },
  handoffs: Handoffs,
  { limit, after: start }: { limit: number; after: ListEntry | undefined },
  setting: Setting,
  isWanted: (one: WorkNow) => boolean,
): Promise<OpenDealsPage> {
  const items: OpenDealNow[] = [];
  let after = start;
  for (let lookedAt = 0; lookedAt < MOST_LOOKED_AT; lookedAt += BATCH) {
    const entries = await views.deals.list('open', { direction: 'descending', limit: BATCH, after });
    const parties = await views.dealLeads.many<DealLeads>(entries.map(({ key }) => key));
    const leadIds = await views.work.resolveAll([...new Set(parties.flatMap((party) => party?.leads ?? []))].sort());
    const known = new Map(
      dealsNow(await leadsAtWork(views, handoffs, [...new Set(leadIds)]), setting).map((one) => [one.work.deal.dealId, one]),
    );
    for (const entry of entries) {
      after = entry;
      const found = known.get(entry.key);
      if (found && isWanted(found)) items.push(found);
      if (items.length === limit) return { items, cursor: cursorOf(entry) };
    }
    if (entries.length < BATCH) return { items };
  }
  return { items, ...(after && { cursor: cursorOf(after) }) };
}

function dealsNow(leads: readonly LeadAtWork[], setting: Setting): OpenDealNow[] {
  return worksOf(leads, setting).flatMap((work) => (work.deal ? [workNow(work, setting) as OpenDealNow] : []));
}

const entryOfDeal = ({ work: { deal } }: OpenDealNow): ListEntry => ({ key: deal.dealId, rank: deal.opened.at });
/** The amount quoted last, else that of the opening. */
export function amountOf({ quoted, opened }: OpenDeal): Amount | undefined {
  const money: Money | undefined = quoted?.money ?? opened.money;
  return money && { value: money.minor / 10 ** minorDigits(money.currency), currency: money.currency };
}
