import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Contribution, Explanation } from '@leadlog/scoring';
import { ExplainScore, GetScoreCurve } from '@leadlog/scoring/scoring.handlers';
import { isCalendarDate, isTimestamp } from '@leadlog/time';
import { Reads } from '../wait-for-position';
import { limitOf, oneOf, wholeNumber, wrong } from '../query-parameters';
import { unknownLead } from '../problem-details';
import { Answers } from '../answer-schemas';
import { ScoreCurve, Why } from '../leads/leads.answers';

@ApiTags('leads')
@Controller('v1/leads')
@Reads('scores', 'leads')
export class ScoringController {
  constructor(private readonly queries: QueryBus) {}

  @Get(':id/why')
  @ApiOperation({ summary: 'Contributions that sum to the score, by pages; at a past time, with what was recorded by then' })
  @ApiQuery({
    name: 'at',
    required: false,
    description: 'RFC 3339 with an offset, or a day (YYYY-MM-DD): as it was at its end, of today now; now by default',
  })
  @ApiQuery({ name: 'model', required: false, description: 'the main model by default' })
  @ApiQuery({ name: 'version', required: false, description: 'any that was ever drafted or published; the live one by default' })
  @ApiQuery({
    name: 'by',
    required: false,
    enum: ['recorded', 'occurred'],
    description: 'at a past time, with what was recorded by then (default), or with what had happened by then, whenever it was recorded',
  })
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
    const explanation = await this.queries.execute(
      new ExplainScore({ leadId, modelId, version, by: known, at: at === undefined ? undefined : momentOf(at), ...page }),
    );
    if (!explanation) throw unknownLead(leadId);
    return asJson(explanation);
  }

  @Get(':id/curve')
  @ApiOperation({
    summary: 'The score over time: what it was, by all that is known now, and what it will be if nothing else happens',
    description: 'Evenly over the span, and beside that just before and at each of its latest events.',
  })
  @ApiQuery({ name: 'days', required: false, type: 'integer', description: 'so many until now, 1 to 730 (90)' })
  @ApiQuery({
    name: 'ahead',
    required: false,
    type: 'integer',
    description: 'and so many from now, 0 to 365; by default 30, or until a week after the tier falls',
  })
  @ApiQuery({ name: 'model', required: false, description: 'the main model by default' })
  @Answers(ScoreCurve)
  async curve(
    @Param('id') leadId: string,
    @Query('days') days?: string,
    @Query('ahead') ahead?: string,
    @Query('model') modelId?: string,
  ): Promise<ScoreCurve> {
    const span = {
      days: wholeNumber('days', days, 90, 1, 730),
      ahead: ahead === undefined ? undefined : wholeNumber('ahead', ahead, 30, 0, 365),
      modelId,
    };
    const curve = await this.queries.execute(new GetScoreCurve(leadId, span));
    if (!curve) throw unknownLead(leadId);
    return {
      ...curve,
      from: new Date(curve.from).toISOString(),
      now: new Date(curve.now).toISOString(),
      until: new Date(curve.until).toISOString(),
      tierSince: iso(curve.tierSince),
      coolsAt: iso(curve.coolsAt),
      points: curve.points.map(({ at, scores }) => ({ at: new Date(at).toISOString(), scores })),
    };
  }
}

/** A day stays one: which moments it has depends on the time zone. */
function momentOf(at: string): number | string {
  if (isTimestamp(at)) return Date.parse(at);
  if (isCalendarDate(at)) return at;
  throw wrong('at', 'a time in RFC 3339 with an offset, or a day as YYYY-MM-DD', at);
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
const contributionAsJson = ({ eventId, type, ruleId, axis, occurredAt, raw, decay, points, capped }: Contribution) => ({
  eventId,
  type,
  ruleId,
  axis,
  raw,
  decay,
  points,
  capped,
  occurredAt: iso(occurredAt),
});

const iso = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : new Date(ms).toISOString());
