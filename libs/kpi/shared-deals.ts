import { originTallies, type DealOutcome, type LeadState } from '@leadlog/lead';
import type { ListEntry, ReadModelView } from '@leadlog/projections';
import { SHARED, type DealLeads } from './deal-leads';
import { dealsOf } from './deals-of-leads';
import { deals, type DealFact, type KpiWindows, type SalesFacts } from './fact-shapes';
import { salesCells } from './sales-cells';

/** Read models `sales-kpis`, `leads` and `deal-leads`. */
export interface KpiViews {
  sales: ReadModelView;
  leads: ReadModelView;
  dealLeads: ReadModelView;
}

/** Cell → what is to be added to its sum. */
export type Differences = Map<string, number>;
/** A lead of now, after all merges. */
interface Lead {
  id: string;
  facts: SalesFacts;
}

const PAGE = 1_000;

/**
 * The KPIs are sums of what each lead adds, and leads that share a deal each add it. So for every group of leads that hang together by such
 * deals, this is what the group adds less what its leads add one by one: to the tallies of `sales-kpis`, and to those of `leads`.
 */
export async function sharedDeals(views: KpiViews, timezone: string, windows: KpiWindows): Promise<{ sales: Differences; leads: Differences }> {
  const differences = { sales: new Map<string, number>(), leads: new Map<string, number>() };
  const groups = groupsOf(await leadsOfSharedDeals(views));
  const ids = groups.flat().map(({ id }) => id);
  const known = await views.leads.many<LeadState>(ids);
  const states = new Map(ids.flatMap((id, place) => (known[place] ? [[id, known[place]]] : [])));
  for (const group of groups) {
    // Calls are of one lead alone, and most of what there is.
    const facts = group.map((lead): SalesFacts => ({ ...lead.facts, calls: undefined }));
    const cells = (leads: readonly SalesFacts[]) => salesCells(leads, timezone, windows);
    addDifference(differences.sales, [cells(facts)], facts.map((one) => cells([one])));
    addByOrigin(differences.leads, group, states, timezone);
  }
  return differences;
}

async function leadsOfSharedDeals({ dealLeads, sales }: KpiViews): Promise<Lead[]> {
  const named = new Set<string>();
  for (let after: ListEntry | undefined; ; ) {
    const page = await dealLeads.list(SHARED, { limit: PAGE, after });
    for (const deal of await dealLeads.many<DealLeads>(page.map(({ key }) => key))) for (const lead of deal?.leads ?? []) named.add(lead);
    after = page.at(-1);
    if (page.length < PAGE) break;
  }
  const ids = [...new Set(await Promise.all([...named].map((lead) => sales.resolve(lead))))].sort();
  const facts = await sales.many<SalesFacts>(ids);
  return ids.flatMap((id, place) => (facts[place] ? [{ id, facts: facts[place] }] : []));
}

/** Leads that name the same deal, and leads that do with one of those, and so on; the others share nothing, for all that counts now. */
function groupsOf(leads: readonly Lead[]): Lead[][] {
  const groups = new Map<Lead, Lead[]>(leads.map((lead) => [lead, [lead]]));
  const firstOf = new Map<string, Lead>();
  for (const lead of leads) {
    for (const deal of dealsNamedIn(lead.facts)) {
      const other = firstOf.get(deal);
      if (other === undefined) firstOf.set(deal, lead);
      else if (groups.get(other) !== groups.get(lead)) {
        const [more, less] = [groups.get(other)!, groups.get(lead)!].sort((a, b) => b.length - a.length) as [Lead[], Lead[]];
        more.push(...less);
        for (const one of less) groups.set(one, more);
      }
    }
  }
  return [...new Set(groups.values())].filter((group) => group.length > 1);
}

function* dealsNamedIn({ deals: own = [], meetings = [], appointments = [] }: SalesFacts): Iterable<string> {
  for (const { dealId } of own) yield dealId;
  for (const { dealId } of meetings) if (dealId !== undefined) yield dealId;
  for (const { booked } of appointments) if (booked?.dealId !== undefined) yield booked.dealId;
}

/** Of the leads as they stand, those of each group with the wins that are theirs, in place of those that their own events tell of. */
function addByOrigin(differences: Differences, group: readonly Lead[], states: ReadonlyMap<string, LeadState>, timezone: string): void {
  const outcomes = dealsOf(group.map(({ facts }) => facts)).flatMap((deal): (DealOutcome & { owner: Lead | undefined })[] =>
    deal.outcome ? [{ dealId: deal.dealId, at: deal.outcome.at, id: deal.outcome.id, state: deal.outcome.won ? 'won' : 'lost', owner: ownerOf(deal, group) }] : [],
  );
  for (const lead of group) {
    const state = states.get(lead.id);
    if (!state) continue;
    addDifference(differences, [originTallies({ ...state, deals: outcomes.filter(({ owner }) => owner === lead) }, timezone)], [originTallies(state, timezone)]);
  }
}

/** A deal belongs to the lead that it was opened with; where nobody said so, to the one with which it was won or lost. */
function ownerOf({ dealId, opened, outcome }: DealFact, group: readonly Lead[]): Lead | undefined {
  return group.find(({ facts }) => {
    const said = deals.find(facts.deals, dealId);
    return opened ? said?.opened?.id === opened.id : said?.outcome?.id === outcome?.id;
  });
}

type Cells = Readonly<Record<string, number>>;

/** Most cells are the same on both sides; those leave nothing behind. */
function addDifference(differences: Differences, plus: readonly Cells[], minus: readonly Cells[]): void {
  const sums: Differences = new Map();
  for (const [all, sign] of [[plus, 1], [minus, -1]] as const) {
    for (const cells of all) for (const cell in cells) sums.set(cell, (sums.get(cell) ?? 0) + sign * cells[cell]!);
  }
  for (const [cell, sum] of sums) if (sum !== 0) differences.set(cell, (differences.get(cell) ?? 0) + sum);
}
