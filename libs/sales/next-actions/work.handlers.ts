import { Inject, Injectable } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { summaryOf, type LeadState, type LeadSummary } from '@leadlog/lead';
import { dueForRep, type Organisation } from '@leadlog/organisation';
import { READ_MODELS, type ReadModels, type ReadModelView } from '@leadlog/projections';
import { CLOCK, type Clock } from '@leadlog/time';
import type { CompiledProcess } from '../process/compiled-process';
import { answerRatesOf } from './best-hour';
import { cardsSince } from './card-following';
import type { Handoffs } from './handed';
import { leadIdsOf, leadsAtWork, type WorkViews } from './leads-at-work';
import { workNow, type Setting, type WorkNow } from './next-action';
import { openDeals, type OpenDealsPage, type OpenDealsQuery } from './open-deals';
import { dayOf, pageOf, SECTIONS, type DayItem, type Section } from './rep-day';
import { SALES_WORK } from './sales-work.projection';
import { HOUR_CELLS } from './work-facts';
import { worksOf } from './works';

/** What the program knows beside read models: the process, who works when, and the handoffs. */
export interface SalesKnowledge {
  /** Of the tenant. */
  timezone: string;
  process: () => CompiledProcess;
  organisation: () => Organisation;
  handoffs: Handoffs;
}
export const SALES_KNOWLEDGE = Symbol('SALES_KNOWLEDGE');

/** Whom it is about, as a screen shows it. */
export type Person = Pick<LeadSummary, 'profile'> & { consentWithdrawn: string[] };

export interface RepDay {
  at: number;
  timezone: string;
  process: CompiledProcess;
  /** Of the whole day. */
  counts: Record<Section, number>;
  items: (DayItem & Person)[];
  cursor?: string;
  through: bigint;
}

/** The day of a moment (ms), now by default, from what is recorded so far. Rejects with InvalidCursor, NotBuiltYet. */
export class GetRepDay extends Query<RepDay> {
  constructor(
    readonly repId: string,
    readonly query: { at?: number; limit: number; cursor?: string },
  ) {
    super();
  }
}

export interface LeadNext {
  leadId: string;
  process: CompiledProcess;
  /** What is worked on with the lead, the most urgent first. */
  works: WorkNow[];
  through: bigint;
}

/** What there is to do with a lead; undefined if it is not known. Rejects with NotBuiltYet. */
export class GetNextOfLead extends Query<LeadNext | undefined> {
  constructor(readonly leadId: string) {
    super();
  }
}

/** Open deals with stage and next action, opened last first. Rejects with InvalidCursor, NotBuiltYet. */
export class ListOpenDeals extends Query<OpenDealsPage & { process: CompiledProcess; through: bigint }> {
  constructor(readonly query: OpenDealsQuery) {
    super();
  }
}

const least = (one: bigint, other: bigint): bigint => (other < one ? other : one);

/** What the queries have in common. */
@Injectable()
export class WorkReader {
  constructor(
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(SALES_KNOWLEDGE) readonly knowledge: SalesKnowledge,
  ) {}

  /** `through`: the least position of what every query reads; of `deals`, only one reads. */
  async views(): Promise<WorkViews & { leads: ReadModelView; deals: ReadModelView; through: bigint }> {
    const [work, dealLeads, leads, deals] = await Promise.all(
      [SALES_WORK, 'deal-leads', 'leads', 'deals'].map((name) => this.readModels.view(name)),
    );
    const through = [work, dealLeads, leads].map((view) => view!.through).reduce(least, await this.knowledge.handoffs.through());
    return { work: work!, dealLeads: dealLeads!, leads: leads!, deals: deals!, through };
  }

  async setting({ work }: WorkViews, now = this.clock()): Promise<Setting> {
    const { timezone, process, organisation } = this.knowledge;
    return {
      now,
      timezone,
      process: process(),
      rates: answerRatesOf(await work.tallies(HOUR_CELLS, `${HOUR_CELLS}~`)),
      dueFor: (repId, at, duration) => dueForRep(organisation(), repId, at, duration),
    };
  }
}

@QueryHandler(GetRepDay)
export class GetRepDayHandler implements IQueryHandler<GetRepDay> {
  constructor(private readonly reader: WorkReader) {}

  async execute({ repId, query: { at, limit, cursor } }: GetRepDay): Promise<RepDay> {
    const { handoffs } = this.reader.knowledge;
    const views = await this.reader.views();
    const setting = await this.reader.setting(views, at);
    const [leads, dormant] = await Promise.all([
      leadIdsOf(repId, views, handoffs, setting).then((leadIds) => leadsAtWork(views, handoffs, leadIds)),
      handoffs.dormantCards(repId, cardsSince(setting), setting),
    ]);
    const day = dayOf(repId, leads, dormant.items, setting);
    const page = pageOf(day, limit, cursor);
    const people = await peopleOf(
      views.leads,
      page.items.map(({ leadId }) => leadId),
    );
    const counts = Object.fromEntries(SECTIONS.map((section) => [section, 0])) as Record<Section, number>;
    for (const { section } of day) counts[section] += 1;
    return {
      at: setting.now,
      timezone: setting.timezone,
      process: setting.process,
      counts,
      items: page.items.map((item, place) => ({ ...item, ...people[place]! })),
      cursor: page.cursor,
      through: least(views.through, dormant.through),
    };
  }
}

@QueryHandler(GetNextOfLead)
export class GetNextOfLeadHandler implements IQueryHandler<GetNextOfLead> {
  constructor(private readonly reader: WorkReader) {}

  async execute({ leadId: named }: GetNextOfLead): Promise<LeadNext | undefined> {
    const { handoffs } = this.reader.knowledge;
    const views = await this.reader.views();
    const leadId = await views.leads.resolve(named);
    if ((await views.leads.get(leadId)) === undefined) return undefined;
    const setting = await this.reader.setting(views);
    const works = worksOf(await leadsAtWork(views, handoffs, [leadId]), setting).filter((work) => work.leadId === leadId);
    return {
      leadId,
      process: setting.process,
      works: works.map((work) => workNow(work, setting)).sort((a, b) => a.next.dueAt - b.next.dueAt),
      through: views.through,
    };
  }
}

@QueryHandler(ListOpenDeals)
export class ListOpenDealsHandler implements IQueryHandler<ListOpenDeals> {
  constructor(private readonly reader: WorkReader) {}

  async execute({ query }: ListOpenDeals) {
    const { handoffs } = this.reader.knowledge;
    const views = await this.reader.views();
    const setting = await this.reader.setting(views);
    const page = await openDeals(views, handoffs, query, setting);
    return { ...page, process: setting.process, through: least(views.through, views.deals.through) };
  }
}

async function peopleOf(leads: ReadModelView, leadIds: readonly string[]): Promise<Person[]> {
  const states = await leads.many<LeadState>(leadIds);
  return leadIds.map((leadId, place) => {
    const state = states[place];
    if (!state) return { profile: {}, consentWithdrawn: [] };
    const withdrawn = Object.entries(state.consent ?? {}).flatMap(([channel, { status }]) => (status === 'withdrawn' ? [channel] : []));
    return { profile: summaryOf(leadId, state).profile, consentWithdrawn: withdrawn.sort() };
  });
}
