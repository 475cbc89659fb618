import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { EVENT_LOG, type EventLog } from '@leadlog/event-log';
import { READ_MODELS, type ReadModels } from '@leadlog/projections';
import type { AsOf } from '../lead.handlers';
import { leadOf, type LeadDetail } from '../lead-queries';
import { mentionsOf, type Mention } from './mentions';
import { profileSources, toldOfPerson, type KnownField, type PersonalDataPage, type PersonalDataQuery } from './told-of-person';

/** What is known of a person now. */
export interface Person {
  lead: LeadDetail;
  profile: KnownField[];
  mentions: Mention[];
}

/** Undefined for an unknown lead. */
export class GetPerson extends Query<AsOf<Person> | undefined> {
  constructor(readonly leadId: string) {
    super();
  }
}

/** Everything recorded about a person; undefined for an unknown lead. Rejects with InvalidCursor. */
export class GetToldOfPerson extends Query<AsOf<PersonalDataPage> | undefined> {
  constructor(
    readonly leadId: string,
    readonly query: PersonalDataQuery,
  ) {
    super();
  }
}

@QueryHandler(GetPerson)
export class GetPersonHandler implements IQueryHandler<GetPerson> {
  constructor(
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(EVENT_LOG) private readonly log: EventLog,
  ) {}

  async execute({ leadId }: GetPerson) {
    const view = await this.readModels.view('leads');
    const lead = await leadOf(view, leadId);
    if (!lead) return undefined;
    const profile = (await profileSources(this.log, view, lead.leadId)) ?? [];
    const mentions = await mentionsOf(this.log, new Set([lead.leadId, ...lead.mergedLeadIds]));
    return { lead, profile, mentions, through: view.through };
  }
}

@QueryHandler(GetToldOfPerson)
export class GetToldOfPersonHandler implements IQueryHandler<GetToldOfPerson> {
  constructor(
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(EVENT_LOG) private readonly log: EventLog,
  ) {}

  async execute({ leadId, query }: GetToldOfPerson) {
    const view = await this.readModels.view('leads');
    const page = await toldOfPerson(this.log, view, leadId, query);
    return page && { ...page, through: view.through };
  }
}
