import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { GetNextOfLead, GetRepDay, ListOpenDeals } from '@leadlog/sales/next-actions/work.handlers';
import { isTimestamp } from '@leadlog/time';
import { Answers } from '../answer-schemas';
import { unknownLead } from '../problem-details';
import { limitOf, oneOf, wrong } from '../query-parameters';
import { Reads } from '../wait-for-position';
import { LeadNext, OpenDeals, RepDay } from './work.answers';
import { actionJson, dayItemJson, dayJson, openDealJson, workJson } from './work.dto';

/** What sales does next. */
@ApiTags('sales')
@Controller('v1')
@Reads('sales-work', 'deal-leads', 'handoffs', 'leads')
export class WorkController {
  constructor(private readonly queries: QueryBus) {}

  @Get('reps/:id/day')
  @Reads('sales-work', 'deal-leads', 'handoffs', 'cards', 'leads')
  @ApiOperation({ summary: 'The day of a representative: what to do, in this order, and why' })
  @ApiQuery({ name: 'at', required: false, description: 'the day of this moment, such as tomorrow; now by default' })
  @ApiQuery({ name: 'limit', required: false, type: 'integer', description: '1 to 500 (50)' })
  @ApiQuery({ name: 'cursor', required: false })
  @Answers(RepDay)
  async day(
    @Param('id') repId: string,
    @Query('at') at?: string,
    @Query('limit') limit?: string,
    @Query('cursor') cursor?: string,
  ): Promise<RepDay> {
    if (at !== undefined && !(isTimestamp(at) && /^(19|[2-8]\d)/.test(at)))
      throw wrong('at', 'a moment in RFC 3339 with an offset, from 1900 to 8999', at);
    const query = { at: at === undefined ? undefined : Date.parse(at), limit: limitOf(limit), cursor };
    const day = await this.queries.execute(new GetRepDay(repId, query));
    return { repId, ...dayJson(day), items: day.items.map(dayItemJson), nextCursor: day.cursor, position: String(day.through) };
  }

  @Get('leads/:id/next')
  @ApiOperation({ summary: 'Stage and next action of the run and of each open deal of a lead, with the rules that say so' })
  @Answers(LeadNext)
  async next(@Param('id') id: string): Promise<LeadNext> {
    const found = await this.queries.execute(new GetNextOfLead(id));
    if (!found) throw unknownLead(id);
    const { leadId, works, through } = found;
    return {
      leadId,
      ...(works[0] && { next: actionJson(works[0].next) }),
      items: works.map(workJson),
      position: String(through),
    };
  }

  @Get('deals')
  @Reads('sales-work', 'deal-leads', 'deals', 'handoffs', 'leads')
  @ApiOperation({ summary: 'List open deals with stage and next action, opened last first' })
  @ApiQuery({ name: 'rep', required: false })
  @ApiQuery({
    name: 'without',
    required: false,
    enum: ['next-step'],
    description: 'only deals for which nothing is planned, agreed or awaited',
  })
  @ApiQuery({ name: 'limit', required: false, type: 'integer', description: '1 to 200 (50); a page may have fewer and still a nextCursor' })
  @ApiQuery({ name: 'cursor', required: false })
  @Answers(OpenDeals)
  async deals(
    @Query('rep') rep?: string,
    @Query('without') without?: string,
    @Query('limit') limit?: string,
    @Query('cursor') cursor?: string,
  ): Promise<OpenDeals> {
    const query = { rep, without: oneOf('without', without, ['next-step'] as const), limit: limitOf(limit, 50, 200), cursor };
    const page = await this.queries.execute(new ListOpenDeals(query));
    return { items: page.items.map(openDealJson), nextCursor: page.cursor, position: String(page.through) };
  }
}
