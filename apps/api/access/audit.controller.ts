import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { isTimestamp } from '@leadlog/time';
import { ListKeys } from '@leadlog/access/keys.handlers';
import { ListPeople } from '@leadlog/access/people/people.handlers';
import { ListAudit } from '@leadlog/audit/audit.handlers';
import { Answers } from '../answer-schemas';
import { limitOf, wrong } from '../query-parameters';
import { Reads } from '../wait-for-position';
import { AuditPage } from './audit.answers';

/** Who read people in bulk, changed something, or was refused that. */
@ApiTags('keys')
@Controller('v1/audit')
@Reads('audit')
export class AuditController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ApiOperation({ summary: 'List who read people in bulk, changed something, or was refused that, and from where; the latest first' })
  @ApiQuery({ name: 'key', required: false, description: 'the id of a key' })
  @ApiQuery({ name: 'person', required: false, description: 'the id of a person or representative' })
  @ApiQuery({ name: 'lead', required: false, description: 'a lead, by the id that it was asked by' })
  @ApiQuery({ name: 'from', required: false, description: 'RFC 3339: nothing before' })
  @ApiQuery({ name: 'to', required: false, description: 'RFC 3339: only before' })
  @ApiQuery({ name: 'limit', required: false, type: 'integer', description: '1 to 500 (50)' })
  @ApiQuery({ name: 'cursor', required: false })
  @Answers(AuditPage)
  async list(
    @Query('key') key?: string,
    @Query('person') person?: string,
    @Query('lead') lead?: string,
    @Query('from') from?: string,
    @Query('to') to?: string,
    @Query('limit') limit?: string,
    @Query('cursor') cursor?: string,
  ): Promise<AuditPage> {
    const query = { key, person, lead, from: momentOf('from', from), to: momentOf('to', to), limit: limitOf(limit), cursor };
    const [page, keys, people] = await Promise.all([
      this.queries.execute(new ListAudit(query)),
      this.queries.execute(new ListKeys()),
      this.queries.execute(new ListPeople()),
    ]);
    const names = new Map([
      ...keys.map(({ keyId, name }) => [keyId, name] as const),
      ...people.map(({ personId, name }) => [personId, name] as const),
    ]);
    const items = page.items.map(({ at, aboutLeadId, targets, actor, ...entry }) => ({
      ...entry,
      actor: { ...actor, name: names.get(actor.by ?? actor.id) },
      at: new Date(at).toISOString(),
      ...(aboutLeadId !== undefined && { leadId: aboutLeadId }),
      ...(targets?.some((one) => one !== aboutLeadId) && { targets: targets.filter((one) => one !== aboutLeadId) }),
    }));
    return { items, nextCursor: page.cursor, position: String(page.through) };
  }
}

function momentOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!isTimestamp(text)) throw wrong(name, 'a moment in RFC 3339 with an offset', text);
  return Date.parse(text);
}
