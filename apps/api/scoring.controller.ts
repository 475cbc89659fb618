import { BadRequestException, Controller, Get, NotFoundException, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { isTimestamp } from '@leadlog/lead';
import { ExplainScore, type Explanation } from '@leadlog/scoring';
import { Reads } from './after';

@ApiTags('leads')
@Controller('v1/leads')
@Reads('scores')
export class ScoringController {
  constructor(private readonly queries: QueryBus) {}

  @Get(':id/why')
  @ApiOperation({ summary: 'Contributions that sum to the score; at a past time, with what was recorded by then' })
  @ApiQuery({ name: 'at', required: false, description: 'RFC 3339 with an offset; now by default' })
  async why(@Param('id') id: string, @Query('at') at?: string) {
    if (at !== undefined && !isTimestamp(at)) throw new BadRequestException(`at: expected a time in RFC 3339 with an offset, got ${JSON.stringify(at)}`);
    const explanation = await this.queries.execute(new ExplainScore(id, at === undefined ? undefined : Date.parse(at)));
    if (!explanation) throw new NotFoundException(`there is no lead ${id}`);
    return asJson(explanation);
  }
}

function asJson({ at, tierSince, coolsAt, contributions, ...rest }: Explanation) {
  return {
    ...rest,
    at: new Date(at).toISOString(),
    tierSince: iso(tierSince),
    coolsAt: iso(coolsAt),
    contributions: contributions.map(({ occurredAt, ...contribution }) => ({ ...contribution, occurredAt: iso(occurredAt) })),
  };
}

const iso = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : new Date(ms).toISOString());
