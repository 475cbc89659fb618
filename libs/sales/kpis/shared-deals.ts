import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { DEALS_TOLD, noAttributeFacts, originTallies, timezoneOfLeads, type DealOutcome, type LeadState } from '@leadlog/lead';
import { partOf, SeenParts, spansOf, type ListEntry, type ReadModelView } from '@leadlog/projections';
import { SHARED, type DealLeads } from './deal-leads.projection';
import { dealsOf } from './deals-of-leads';
import { differenceOf, Differences } from './differences';
import { deals, type DealFact, type KpiFacts } from './fact-shapes';
import { salesCells } from './cells/sales-cells';
import { dealsNamedIn, NAMED_DEALS, timezoneOf, windowsOf, withoutCalls } from './sales-facts.projection';

/** Read models `sales-kpis`, `handoff-kpis`, `leads`, `deal-leads` and `mail-kpis`. */
export interface KpiViews {
  sales: ReadModelView;
  handoffs: ReadModelView;
  leads: ReadModelView;
  dealLeads: ReadModelView;
  mails: ReadModelView;
}

/** To the tallies of `sales-kpis`, and to those of `leads`. */
export interface SharedDifferences {
  sales: Differences;
  leads: Differences;
}

/** A lead of now, after all merges. */
interface Lead {
  id: string;
  facts: KpiFacts;
}
interface Group {
  leads: readonly string[];
  sales: [string, number][];
  byOrigin: [string, number][];
}

const PAGE = 1_000;
/** Documents read and processed before yielding to others. */
const BATCH = 100;

/**
 * The KPIs are sums of what each lead adds, and leads that share a deal each add it. So for every group of leads that hang together by such
 * deals, there is a difference: what the group adds less what its leads add one by one.
 *
 * The results are cached, and only those of leads that have changed since are computed again, a part of the keys at a time
 * (changed-parts.ts), so that merges and voided events are noticed like any event. Nothing of this is persisted.
 */
export class SharedDeals {
  private last: Promise<unknown> = Promise.resolve();
  private kept = new Kept('');

  /** One after another, so that the differences do not change while `work` reads the sums. */
  with<Answer>(views: KpiViews, work: (differences: SharedDifferences) => Promise<Answer>): Promise<Answer> {
    const answer = this.last.then(async () => {
      const name = `${views.sales.version} ${views.leads.version}`;
      if (this.kept.name !== name) this.kept = new Kept(name);
      try {
        await this.kept.refresh(views);
      } catch (error) {
        // Half of it may be outdated.
        this.kept = new Kept('');
        throw error;
      }
      return work(this.kept);
    });
    this.last = answer.catch(() => undefined);
    return answer;
  }
}

class Kept implements SharedDifferences {
  readonly sales = new Differences();
  readonly leads = new Differences();
  private readonly parts = { deals: new SeenParts(SHARED), sales: new SeenParts(NAMED_DEALS), leads: new SeenParts(DEALS_TOLD) };
  /** By part: the leads that each of its shared deals names. */
  private readonly deals = new Map<number, (readonly string[])[]>();
  private readonly survivors = new Map<string, string>();
  /** The deals that a lead of now names. */
  private readonly named = new Map<string, readonly string[]>();
  private groups = new Map<string, Group>();

  constructor(readonly name: string) {}

  async refresh(views: KpiViews): Promise<void> {
    const [deals, sales, leads] = await Promise.all([
      this.parts.deals.changed(views.dealLeads),
      this.parts.sales.changed(views.sales),
      this.parts.leads.changed(views.leads),
    ]);
    if (deals.size + sales.size + leads.size === 0) return;
    await this.readDeals(views.dealLeads, deals);
    await this.readSurvivors(views.sales, sales);
    const changed = await this.readNamed(views.sales, sales);
    const groups = groupsOf(this.named);
    const [gone, missing]: [Group[], Group[]] = [[], []];
    for (const [name, group] of this.groups) {
      if (!groups.has(name) || group.leads.some((lead) => changed.has(lead) || leads.has(partOf(lead)))) {
        gone.push(group);
        this.groups.delete(name);
      }
    }
    for (const [name, members] of groups) if (!this.groups.has(name)) missing.push({ leads: members, sales: [], byOrigin: [] });
    await workOut(missing, views);
    for (const group of gone) this.add(group, -1);
    for (const group of missing) {
      this.groups.set(nameOf(group.leads), group);
      this.add(group, 1);
    }
  }

  private add({ sales, byOrigin }: Group, sign: 1 | -1): void {
    this.sales.add(sales, sign);
    this.leads.add(byOrigin, sign);
  }

  private async readDeals(view: ReadModelView, changed: ReadonlySet<number>): Promise<void> {
    for (const part of changed) this.deals.delete(part);
    for (const [min, max] of spansOf(changed)) {
      for (let after: ListEntry | undefined; ;) {
        const page = await view.list(SHARED, { min, max, limit: PAGE, after });
        const states = await view.many<DealLeads>(page.map(({ key }) => key));
        for (const [place, { rank }] of page.entries()) {
          const named = states[place]?.leads ?? [];
          const others = this.deals.get(rank);
          if (others) others.push(named);
          else this.deals.set(rank, [named]);
        }
        after = page.at(-1);
        if (page.length < PAGE) break;
        await eventLoopTurn();
      }
    }
  }

  /** A merge, or its reversal, changes what the lead says that is or was the survivor. */
  private async readSurvivors(view: ReadModelView, changed: ReadonlySet<number>): Promise<void> {
    const names = new Set([...this.deals.values()].flat(2));
    for (const name of this.survivors.keys()) if (!names.has(name)) this.survivors.delete(name);
    const unsure = [...names].filter((name) => {
      const survivor = this.survivors.get(name);
      return survivor === undefined || changed.has(partOf(name)) || changed.has(partOf(survivor));
    });
    for (const batch of batchesOf(unsure)) {
      const found = await view.resolveAll(batch);
      batch.forEach((name, place) => this.survivors.set(name, found[place]!));
      await eventLoopTurn();
    }
  }

  /** Returns the leads whose facts may have changed. */
  private async readNamed(view: ReadModelView, changed: ReadonlySet<number>): Promise<Set<string>> {
    const ids = new Set(this.survivors.values());
    for (const id of this.named.keys()) if (!ids.has(id)) this.named.delete(id);
    const unsure = [...ids].filter((id) => !this.named.has(id) || changed.has(partOf(id)));
    for (const batch of batchesOf(unsure)) {
      const facts = await view.many<KpiFacts>(batch);
      batch.forEach((id, place) => this.named.set(id, facts[place] ? [...new Set(dealsNamedIn(facts[place]))] : []));
      await eventLoopTurn();
    }
    return new Set(unsure);
  }
}

/** Puts the differences into the groups: by the days and windows of the cells that are there, whatever the settings say by now. */
async function workOut(groups: readonly Group[], views: KpiViews): Promise<void> {
  const [timezone, ofLeads] = [timezoneOf(views.sales.version), timezoneOfLeads(views.leads.version)];
  const windows = windowsOf(views.sales.version);
  for (let next = 0; next < groups.length;) {
    const some: Group[] = [];
    for (let size = 0; next < groups.length && (size === 0 || size + groups[next]!.leads.length <= BATCH); next += 1) {
      some.push(groups[next]!);
      size += groups[next]!.leads.length;
    }
    const ids = some.flatMap(({ leads }) => leads);
    const [facts, states] = [await views.sales.many<KpiFacts>(ids), await views.leads.many<LeadState>(ids)];
    let place = 0;
    for (const group of some) {
      const known = group.leads.map((id) => ({
        lead: { id, facts: withoutCalls(facts[place] ?? noAttributeFacts()) },
        state: states[place++],
      }));
      const cells = (leads: readonly Lead[]) =>
        salesCells(
          leads.map((lead) => lead.facts),
          timezone,
          windows,
        );
      const leads = known.map(({ lead }) => lead);
      group.sales = differenceOf(
        cells(leads),
        leads.map((lead) => cells([lead])),
      );
      group.byOrigin = byOrigin(known, ofLeads);
    }
    await eventLoopTurn();
  }
}

const nameOf = (leads: readonly string[]): string => leads.join('\0');

/** Leads connected by shared deals, directly or through others, by name; all others share nothing that counts now. */
function groupsOf(named: ReadonlyMap<string, readonly string[]>): Map<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  const firstOf = new Map<string, string>();
  for (const [lead, its] of named) {
    for (const deal of its) {
      const other = firstOf.get(deal);
      if (other === undefined) {
        firstOf.set(deal, lead);
        continue;
      }
      const [one, another] = [groups.get(other) ?? [other], groups.get(lead) ?? [lead]];
      if (other === lead || one === another) continue;
      const [more, less] = one.length >= another.length ? [one, another] : [another, one];
      more.push(...less);
      for (const member of groups.get(more[0]!) === more ? less : more) groups.set(member, more);
    }
  }
  return new Map([...new Set(groups.values())].map((group) => [nameOf(group.sort()), group]));
}

/** Of the leads as they stand, those of a group with the wins that are theirs, in place of those that their own events tell of. */
function byOrigin(group: readonly { lead: Lead; state: LeadState | undefined }[], timezone: string): [string, number][] {
  const leads = group.map(({ lead }) => lead);
  const outcomes = dealsOf(leads.map(({ facts }) => facts)).flatMap((deal): (DealOutcome & { owner: Lead | undefined })[] =>
    deal.outcome
      ? [
          {
            dealId: deal.dealId,
            at: deal.outcome.at,
            position: deal.outcome.position,
            state: deal.outcome.won ? 'won' : 'lost',
            owner: ownerOf(deal, leads),
          },
        ]
      : [],
  );
  return group.flatMap(({ lead, state }) =>
    state
      ? differenceOf(originTallies({ ...state, deals: outcomes.filter(({ owner }) => owner === lead) }, timezone), [
          originTallies(state, timezone),
        ])
      : [],
  );
}

/** A deal belongs to the lead with which it was opened; if that is not recorded, to the one with which it was won or lost. */
function ownerOf({ dealId, opened, outcome }: DealFact, group: readonly Lead[]): Lead | undefined {
  return group.find(({ facts }) => {
    const said = deals.find(facts.deals, dealId);
    return opened ? said?.opened?.position === opened.position : said?.outcome?.position === outcome?.position;
  });
}

function* batchesOf<Item>(items: readonly Item[]): Iterable<Item[]> {
  for (let at = 0; at < items.length; at += BATCH) yield items.slice(at, at + BATCH);
}
