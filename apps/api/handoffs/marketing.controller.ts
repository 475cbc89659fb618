import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { SIDES } from '@leadlog/events';
import { ListQuestions, ListRevisits } from '@leadlog/handoff/marketing.handlers';
import { Answers } from '../answer-schemas';
import { dayOf, limitOf, oneOf } from '../query-parameters';
import { Reads } from '../wait-for-position';
import { Questions, Revisits } from './handoffs.answers';

/** What sales has given back or asked, and waits for. */
@ApiTags('handoff')
@Controller('v1')
@Reads('handoffs', 'leads')
export class MarketingController {
  constructor(private readonly queries: QueryBus) {}

  @Get('revisits')
  @ApiOperation({
    summary: 'List returned leads to look at again by a day, the earliest first; gone once they are with sales again, or disqualified',
  })
  @ApiQuery({ name: 'until', required: false, description: 'Last day (YYYY-MM-DD); today by default: those that are due' })
  @ApiQuery({ name: 'limit', required: false, type: 'integer', description: '1 to 500 (50)' })
  @ApiQuery({ name: 'cursor', required: false })
  @Answers(Revisits)
  async revisits(@Query('until') until?: string, @Query('limit') limit?: string, @Query('cursor') cursor?: string): Promise<Revisits> {
    const page = await this.queries.execute(new ListRevisits({ until: dayOf('until', until), limit: limitOf(limit), cursor }));
    const items = page.items.map(({ returnedAt, ...item }) => ({ ...item, returnedAt: new Date(returnedAt).toISOString() }));
    return { until: page.until, items, nextCursor: page.cursor, position: String(page.through) };
  }

  @Get('questions')
  @ApiOperation({ summary: 'List what one side has asked the other about a handoff and nobody has answered, the oldest first' })
  @ApiQuery({ name: 'to', required: false, enum: SIDES, description: 'who has to answer' })
  @ApiQuery({ name: 'rep', required: false, description: 'who has the handoff' })
  @ApiQuery({ name: 'limit', required: false, type: 'integer', description: '1 to 500 (50)' })
  @ApiQuery({ name: 'cursor', required: false })
  @Answers(Questions)
  async questions(
    @Query('to') to?: string,
    @Query('rep') rep?: string,
    @Query('limit') limit?: string,
    @Query('cursor') cursor?: string,
  ): Promise<Questions> {
    const page = await this.queries.execute(new ListQuestions({ to: oneOf('to', to, SIDES), rep, limit: limitOf(limit), cursor }));
    const items = page.items.map(({ at, ...item }) => ({ ...item, since: new Date(at).toISOString() }));
    return { items, nextCursor: page.cursor, position: String(page.through) };
  }
}
