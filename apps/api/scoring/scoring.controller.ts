import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { KPI_TIMEZONE } from '@leadlog/sales/sales.handlers';
import type { Contribution, Explanation } from '@leadlog/scoring';
import { ExplainScore } from '@leadlog/scoring/scoring.handlers';
import { addDays, CLOCK, isCalendarDate, isTimestamp, startOfLocalDay, type Clock } from '@leadlog/time';
import { Reads } from '../wait-for-position';
import { limitOf, oneOf, refusingCursors, wrong } from '../paging';
import { unknownLead } from '../problem-details';
import { Answers } from '../answer-schemas';
import { Why } from '../leads/leads.answers';

@ApiTags('leads')
@Controller('v1/leads')
@Reads('scores', 'leads')
export class ScoringController {
  constructor(
    private readonly queries: QueryBus,
    @Inject(KPI_TIMEZONE) private readonly timezone: string,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get(':id/why')
  @ApiOperation({ summary: 'Contributions that sum to the score, by pages; at a past time, with what was recorded by then' })
  @ApiQuery({ name: 'at', required: false, description: 'RFC 3339 with an offset, or a day (YYYY-MM-DD): as it was at its end, of today now; now by default' })
  @ApiQuery({ name: 'model', required: false, description: 'the main model by default' })
  @ApiQuery({ name: 'version', required: false, description: 'any that was ever drafted or published; the live one by default' })
  @ApiQuery({ name: 'by', required: false, enum: ['recorded', 'occurred'], description: 'at a past time, with what was recorded by then (default), or with what had happened by then, whenever it was recorded' })
  @ApiQuery({ name: 'limit', required: false, type: 'integer', description: 'contributions, 1 to 1000 (200)' })
  @ApiQuery({ name: 'cursor', required: false })
  @Answers(Why)
  async why(
    @Param('id') leadId: string,
    @Query('at') at?: string,
    @Query('model') modelId?: string,
    @Query('version') version?: string,
    @Query('by') by?: string,
    @Query('limit') limit?: string,
    @Query('cursor') cursor?: string,
  ): Promise<Why> {
    const known = oneOf('by', by, ['recorded', 'occurred'] as const);
    const page = { limit: limitOf(limit, 200, 1_000), cursor };
    const explanation = await refusingCursors(this.queries.execute(new ExplainScore({ leadId, modelId, version, by: known, at: at === undefined ? undefined : this.momentOf(at), ...page })));
    if (!explanation) throw unknownLead(leadId);
    return asJson(explanation);
  }

  /** A day is asked for what it has brought, so it is its end. */
  private momentOf(at: string): number {
    if (isTimestamp(at)) return Date.parse(at);
    if (!isCalendarDate(at)) throw wrong('at', 'a time in RFC 3339 with an offset, or a day as YYYY-MM-DD', at);
    const now = this.clock();
    const [start, end] = [at, addDays(at, 1)].map((day) => startOfLocalDay(day, this.timezone)) as [number, number];
    return start <= now && now < end ? now : end - 1;
  }
}

function asJson({ at, tierSince, coolsAt, contributions, cursor, ...rest }: Explanation & { cursor?: string }) {
  return {
    ...rest,
    at: new Date(at).toISOString(),
    tierSince: iso(tierSince),
    coolsAt: iso(coolsAt),
    contributions: contributions.map(contributionAsJson),
    nextCursor: cursor,
  };
}

/** Member by member: a lead may have a thousand, and copying what is left of an object is slow. */
const contributionAsJson = ({ eventId, type, ruleId, axis, occurredAt, raw, decay, points, capped }: Contribution) => ({ eventId, type, ruleId, axis, raw, decay, points, capped, occurredAt: iso(occurredAt) });

const iso = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : new Date(ms).toISOString());
