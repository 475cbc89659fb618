import { Inject, type OnApplicationBootstrap } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { EVENT_LOG, type EventLog, type Position } from '@leadlog/event-log';
import { READ_MODELS, type ReadModels } from '@leadlog/projections';
import { accountOf, type AccountDetail, type PeopleQuery } from './accounts.projection';
import { possibleDuplicates, type DuplicatesPage, type DuplicatesQuery } from './who-is-who/duplicates';
import { IDENTITY_NAMES, type IdentityNames } from './who-is-who/identity';
import { LeadSearch, wordsOf } from './lead-search';
import { leadOf, listLeads, summaryOf, type LeadDetail, type LeadListQuery, type LeadPage, type LeadSummary } from './lead-queries';
import type { LeadState } from './leads.projection';
import { timelineOf, type TimelinePage, type TimelineQuery } from './timeline';

/** An answer, and the position up to which it is complete. */
export type AsOf<Answer> = Answer & { through: Position };

/** Injection token of the tenant's time zone (IANA name). */
export const TIMEZONE = 'Timezone';

export class GetLead extends Query<AsOf<LeadDetail> | undefined> {
  constructor(readonly leadId: string) {
    super();
  }
}

/** Rejects with InvalidCursor. */
export class ListLeads extends Query<AsOf<LeadPage>> {
  constructor(readonly query: LeadListQuery) {
    super();
  }
}

/** Leads by their ids, in their order. */
export class GetLeadSummaries extends Query<AsOf<{ items: (LeadSummary | undefined)[] }>> {
  constructor(readonly leadIds: readonly string[]) {
    super();
  }
}

/** Leads that match all the words, unordered; undefined if there are no words. */
export class SearchLeads extends Query<string[] | undefined> {
  constructor(readonly q: string) {
    super();
  }
}

/** Rejects with InvalidCursor. */
export class GetTimeline extends Query<AsOf<TimelinePage> | undefined> {
  constructor(
    readonly leadId: string,
    readonly query: Omit<TimelineQuery, 'timezone'>,
  ) {
    super();
  }
}

/** Rejects with InvalidCursor. */
export class GetAccount extends Query<AsOf<AccountDetail> | undefined> {
  constructor(
    readonly accountId: string,
    readonly query: PeopleQuery = {},
  ) {
    super();
  }
}

/** Rejects with InvalidCursor. */
export class ListDuplicates extends Query<AsOf<DuplicatesPage>> {
  constructor(readonly query: DuplicatesQuery) {
    super();
  }
}

@QueryHandler(GetLead)
export class GetLeadHandler implements IQueryHandler<GetLead> {
  constructor(@Inject(READ_MODELS) private readonly readModels: ReadModels) {}

  async execute({ leadId }: GetLead) {
    const view = await this.readModels.view('leads');
    const lead = await leadOf(view, leadId);
    return lead && { ...lead, through: view.through };
  }
}

/** Of both, where both are given. */
export const bothOf = (some: readonly string[] | undefined, others: readonly string[] | undefined): readonly string[] | undefined => {
  if (some === undefined || others === undefined) return some ?? others;
  const wanted = new Set(others);
  return some.filter((one) => wanted.has(one));
};

@QueryHandler(ListLeads)
export class ListLeadsHandler implements IQueryHandler<ListLeads> {
  constructor(
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(LeadSearch) private readonly search: LeadSearch,
  ) {}

  async execute({ query: { q = '', among, ...query } }: ListLeads) {
    const view = await this.readModels.view('leads');
    const found = wordsOf(q).length === 0 ? undefined : await this.search.find(view, q);
    return { ...(await listLeads(view, query, bothOf(found, among))), through: view.through };
  }
}

@QueryHandler(GetLeadSummaries)
export class GetLeadSummariesHandler implements IQueryHandler<GetLeadSummaries> {
  constructor(@Inject(READ_MODELS) private readonly readModels: ReadModels) {}

  async execute({ leadIds }: GetLeadSummaries) {
    const view = await this.readModels.view('leads');
    const states = await view.many<LeadState>(leadIds);
    return { items: leadIds.map((leadId, place) => states[place] && summaryOf(leadId, states[place])), through: view.through };
  }
}

@QueryHandler(SearchLeads)
export class SearchLeadsHandler implements IQueryHandler<SearchLeads>, OnApplicationBootstrap {
  constructor(
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(LeadSearch) private readonly search: LeadSearch,
  ) {}

  async execute({ q }: SearchLeads) {
    return this.search.find(await this.readModels.view('leads'), q);
  }

  /** Reads the texts before the first search; a search reports errors that occur here. */
  onApplicationBootstrap(): void {
    void this.readModels
      .view('leads')
      .then((view) => this.search.refresh(view))
      .catch(() => undefined);
  }
}

@QueryHandler(ListDuplicates)
export class ListDuplicatesHandler implements IQueryHandler<ListDuplicates> {
  constructor(
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(IDENTITY_NAMES) private readonly names: IdentityNames,
  ) {}

  async execute({ query }: ListDuplicates) {
    const [shared, leads] = await Promise.all([this.readModels.view('shared-identities'), this.readModels.view('leads')]);
    return {
      ...(await possibleDuplicates(shared, leads, this.names, query)),
      through: shared.through < leads.through ? shared.through : leads.through,
    };
  }
}

@QueryHandler(GetTimeline)
export class GetTimelineHandler implements IQueryHandler<GetTimeline> {
  constructor(
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(TIMEZONE) private readonly timezone: string,
  ) {}

  async execute({ leadId, query }: GetTimeline) {
    const view = await this.readModels.view('leads');
    const page = await timelineOf(this.log, view, leadId, { ...query, timezone: this.timezone });
    return page && { ...page, through: view.through };
  }
}

@QueryHandler(GetAccount)
export class GetAccountHandler implements IQueryHandler<GetAccount> {
  constructor(@Inject(READ_MODELS) private readonly readModels: ReadModels) {}

  async execute({ accountId, query }: GetAccount) {
    const [accounts, leads] = await Promise.all([this.readModels.view('accounts'), this.readModels.view('leads')]);
    const account = await accountOf(accounts, leads, accountId, query);
    return account && { ...account, through: accounts.through < leads.through ? accounts.through : leads.through };
  }
}
