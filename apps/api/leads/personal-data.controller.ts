import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { InvalidDocument, type OfSettings } from '@leadlog/documents';
import { GetDocument, UnknownDocument } from '@leadlog/documents/documents.handlers';
import type { ConsentChanged } from '@leadlog/events';
import { policyKind, type HandoffPolicy, type ToldOutside } from '@leadlog/handoff';
import { ListToldOutside } from '@leadlog/handoff/webhooks/told-outside.handlers';
import { GetLead } from '@leadlog/lead/lead.handlers';
import { GetPerson, GetToldOfPerson } from '@leadlog/lead/personal-data/personal-data.handlers';
import { Answers } from '../answer-schemas';
import { unknownLead } from '../problem-details';
import { limitOf } from '../query-parameters';
import { Reads } from '../wait-for-position';
import { leadJson } from './leads.dto';
import { ConsentHistory, PersonalData } from './personal-data.answers';

/** The handoff policy until one is published. */
export const POLICY_OF_SETTINGS = Symbol('POLICY_OF_SETTINGS');

/** What a person may ask of us: what is recorded about them, and what they have agreed to. */
@ApiTags('leads')
@Controller('v1/leads')
@Reads('leads')
export class PersonalDataController {
  constructor(
    private readonly queries: QueryBus,
    @Inject(POLICY_OF_SETTINGS) private readonly policyOfSettings: () => OfSettings<HandoffPolicy>,
  ) {}

  @Get(':id/consent')
  @ApiOperation({ summary: 'Consent by channel, and every change of it, newest first; also of leads merged into this one' })
  @ApiQuery({ name: 'limit', required: false, type: 'integer', description: '1 to 500 (100)' })
  @ApiQuery({ name: 'cursor', required: false })
  @Answers(ConsentHistory)
  async consent(@Param('id') id: string, @Query('limit') limit?: string, @Query('cursor') cursor?: string): Promise<ConsentHistory> {
    const query = { limit: limitOf(limit, 100, 500), cursor, type: 'ConsentChanged' } as const;
    const page = await this.queries.execute(new GetToldOfPerson(id, query));
    const lead = page && (await this.queries.execute(new GetLead(id)));
    if (!lead) throw unknownLead(id);
    return {
      leadId: page.leadId,
      now: leadJson(lead).consent,
      items: page.items.map(({ type: _, data, personal: _personal, ...item }) => {
        const { channel, status } = data as ConsentChanged;
        return { ...item, channel, status };
      }),
      nextCursor: page.cursor,
      position: String(page.through),
    };
  }

  @Get(':id/personal-data')
  @ApiOperation({
    summary: 'Everything about one person: what is known now, with its sources; who was told; and every event, newest first',
  })
  @ApiQuery({ name: 'limit', required: false, type: 'integer', description: '1 to 500 (100)' })
  @ApiQuery({ name: 'cursor', required: false })
  @Answers(PersonalData)
  async personalData(@Param('id') id: string, @Query('limit') limit?: string, @Query('cursor') cursor?: string): Promise<PersonalData> {
    const page = await this.queries.execute(new GetToldOfPerson(id, { limit: limitOf(limit, 100, 500), cursor }));
    if (!page) throw unknownLead(id);
    return {
      leadId: page.leadId,
      ...(cursor === undefined && { known: await this.known(id) }),
      items: page.items,
      nextCursor: page.cursor,
      position: String(page.through),
    };
  }

  private async known(id: string): Promise<NonNullable<PersonalData['known']>> {
    const person = await this.queries.execute(new GetPerson(id));
    if (!person) throw unknownLead(id);
    const { lead, profile, mentions } = person;
    const { mergedLeadIds, identities, consent } = leadJson(lead);
    const told = await this.queries.execute(new ListToldOutside([lead.leadId, ...mergedLeadIds]));
    return { mergedLeadIds, profile, identities, consent, told: await this.withDestinations(told), inDossiersOf: mentions };
  }

  private async withDestinations(told: readonly ToldOutside[]) {
    const ofPolicies = new Map<string, string[]>();
    const items = [];
    for (const { what, handoffId, eventId, at, policy, destinations } of told) {
      const key = policy && `${policy.id} ${policy.version}`;
      if (key !== undefined && !ofPolicies.has(key)) ofPolicies.set(key, await this.destinationsOf(policy!));
      const names = destinations ?? (key === undefined ? [] : ofPolicies.get(key)!);
      items.push({ what, handoffId, eventId, at: new Date(at).toISOString(), destinations: [...names] });
    }
    return items;
  }

  /** As when they are told: a version that the log never had is replaced by what the settings have. */
  private async destinationsOf({ id, version }: NonNullable<ToldOutside['policy']>): Promise<string[]> {
    const namesIn = ({ destinations }: HandoffPolicy): string[] => destinations.map(({ name }) => name);
    try {
      const { definition } = await this.queries.execute(new GetDocument(policyKind.name, id, version));
      return namesIn(policyKind.contentOf({ definition }, id));
    } catch (error) {
      if (error instanceof UnknownDocument) return namesIn(this.policyOfSettings().content);
      // Only a program that can read it has told anybody.
      if (error instanceof InvalidDocument) return [];
      throw error;
    }
  }
}
