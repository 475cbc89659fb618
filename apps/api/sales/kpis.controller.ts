import { Controller, Get, Query, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { KPI_READ_MODELS } from '@leadlog/sales';
import { GetKpis } from '@leadlog/sales/sales.handlers';
import { Reads } from '../wait-for-position';
import { Answers } from '../answer-schemas';
import { hungUp } from '../requests/hung-up';
import { GetPastKpis } from './past-kpis.handlers';
import { KpisQuery } from './kpis.dto';
import { KpiTable } from './kpis.answers';

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
