import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsArray, IsIn, IsOptional } from 'class-validator';
import { KPI_BYS, KPI_PERIODS, kpiNames, type KpiBy, type KpiPeriod } from '@leadlog/sales';
import { IsDay, IsMoment } from '../requests/times';

export class KpisQuery {
  @ApiPropertyOptional({
    description: 'One or several, separated by commas; by default all but those with a row for each hour of the week',
    enum: kpiNames,
    isArray: true,
  })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => [value].flat().flatMap((text) => String(text).split(',')))
  @IsArray()
  @IsIn(kpiNames, { each: true })
  kpi?: string[];

  @ApiPropertyOptional({ enum: KPI_BYS, default: 'none' })
  @IsOptional()
  @IsIn(KPI_BYS)
  by?: KpiBy;

  @ApiPropertyOptional({ description: 'First day, in the tenant’s time zone (YYYY-MM-DD); 30 days before `to` by default' })
  @IsOptional()
  @IsDay()
  from?: string;

  @ApiPropertyOptional({ description: 'The day after the last (YYYY-MM-DD); tomorrow by default' })
  @IsOptional()
  @IsDay()
  to?: string;

  @ApiPropertyOptional({
    description: 'Only what was recorded by then: a moment, RFC 3339; now by default',
    example: '2026-04-01T00:00:00+09:00',
  })
  @IsOptional()
  @IsMoment()
  asOf?: string;

  @ApiPropertyOptional({ enum: KPI_PERIODS, default: 'none' })
  @IsOptional()
  @IsIn(KPI_PERIODS)
  period?: KpiPeriod;

  @ApiPropertyOptional({
    enum: ['previous'],
    description:
      'Adds to each row the value of the whole period before and the change; without `period`, of as many whole months, or else days, before `from`',
  })
  @IsOptional()
  @IsIn(['previous'])
  compare?: 'previous';
}
