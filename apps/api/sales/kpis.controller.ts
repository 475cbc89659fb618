import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { KPI_READ_MODELS } from '@leadlog/sales';
import { GetKpis } from '@leadlog/sales/sales.handlers';
import { Reads } from '../wait-for-position';
import { Answers } from '../answer-schemas';
import { hungUp } from '../requests/hung-up';
import { GetPastKpis } from './past-kpis.handlers';
import { GetKpiFacts } from './kpi-facts.handlers';
import { KpiFactsQuery, KpisQuery } from './kpis.dto';
import { KpiFacts, KpiTable } from './kpis.answers';
import { limitOf } from '../query-parameters';

@ApiTags('kpis')
@Controller('v1/kpis')
@Reads(...KPI_READ_MODELS)
export class KpisController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ApiOperation({ summary: 'List KPIs with numerator, denominator, basis and openShare' })
  @Answers(KpiTable)
  async table(
    @Query() { kpi, by = 'none', from, to, period = 'none', asOf, compare }: KpisQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KpiTable> {
    const query = { kpis: kpi, by, from, to, period, compare };
    const { rows, position, ...counted } = await this.queries.execute(
      asOf === undefined ? new GetKpis(query) : new GetPastKpis(query, asOf, hungUp(reply)),
    );
    return {
      from: counted.from,
      to: counted.to,
      timezone: counted.timezone,
      ...(asOf !== undefined && { asOf: new Date(asOf).toISOString() }),
      by,
      period,
      items: rows,
      position: String(position),
    };
  }
}

/** Where there is an archive. */
@ApiTags('kpis')
@Controller('v1/kpis')
export class KpiFactsController {
  constructor(private readonly queries: QueryBus) {}

  @Get(':kpi/facts')
  @ApiOperation({ summary: 'List what a number of the table counts, one by one' })
  @Answers(KpiFacts)
  async facts(
    @Param('kpi') kpi: string,
    @Query() { part = 'numerator', by = 'none', period = 'none', limit, weekday, hour, ...rest }: KpiFactsQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KpiFacts> {
    const ofHour = { ...(weekday !== undefined && { weekday: Number(weekday) }), ...(hour !== undefined && { hour: Number(hour) }) };
    const asked = { kpi, part, by, period, limit: limitOf(limit), ...ofHour, ...rest };
    const { from, to, timezone, asOf, items, total, sum, cursor, position } = await this.queries.execute(
      new GetKpiFacts(asked, hungUp(reply)),
    );
    return {
      kpi,
      part,
      from,
      to,
      timezone,
      asOf: new Date(asOf).toISOString(),
      items: items.map(({ ids, ...fact }) => ({
        ...fact,
        ...(typeof ids['lead'] === 'string' && { leadId: ids['lead'] }),
        ...(typeof ids['deal'] === 'string' && { dealId: ids['deal'] }),
        of: Object.fromEntries(Object.entries(ids).filter(([, value]) => value !== null)),
      })),
      total,
      sum,
      nextCursor: cursor,
      position: String(position),
    };
  }
}
