import { Controller, Get, Inject, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { InvalidKpiQuery } from '@leadlog/sales';
import { GetKpis, KPI_TIMEZONE } from '@leadlog/sales/sales.handlers';
import { addDays, CLOCK, localDay, type Clock } from '@leadlog/time';
import { Reads } from '../wait-for-position';
import { wrong } from '../paging';
import { Answers } from '../answer-schemas';
import { KpisQuery } from './kpis.dto';
import { KpiTable } from './kpis.answers';

@ApiTags('kpis')
@Controller('v1/kpis')
@Reads('sales-kpis', 'leads', 'deal-leads')
export class KpisController {
  constructor(
    private readonly queries: QueryBus,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(KPI_TIMEZONE) private readonly timezone: string,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List KPIs with numerator, denominator, basis and openShare' })
  @Answers(KpiTable)
  async table(@Query() { kpi, by = 'none', from, to, period = 'none' }: KpisQuery): Promise<KpiTable> {
    const until = to ?? addDays(localDay(this.clock(), this.timezone), 1);
    const since = from ?? addDays(until, -30);
    try {
      const { rows, position } = await this.queries.execute(new GetKpis({ kpis: kpi, by, from: since, to: until, period }));
      return { from: since, to: until, timezone: this.timezone, by, period, items: rows, position: String(position) };
    } catch (error) {
      if (error instanceof InvalidKpiQuery) throw wrong(error.field, error.expected, error.got);
      throw error;
    }
  }
}
