import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { KPI_PARTS, type KpiPart } from '@leadlog/archive';
import { IsArray, IsIn, IsOptional, IsString, Length, Matches } from 'class-validator';
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

/** A number of the table: the same `by`, `period`, `from`, `to` and `asOf`, and what the row says of itself. */
export class KpiFactsQuery {
  @ApiPropertyOptional({ enum: KPI_PARTS, default: 'numerator', description: 'Which number of the row' })
  @IsOptional()
  @IsIn(KPI_PARTS)
  part?: KpiPart;

  @ApiPropertyOptional({ enum: KPI_BYS, default: 'none' })
  @IsOptional()
  @IsIn(KPI_BYS)
  by?: KpiBy;

  @ApiPropertyOptional({ enum: KPI_PERIODS, default: 'none' })
  @IsOptional()
  @IsIn(KPI_PERIODS)
  period?: KpiPeriod;

  @ApiPropertyOptional({ description: 'First day (YYYY-MM-DD); 30 days before `to` by default' }) @IsOptional() @IsDay() from?: string;

  @ApiPropertyOptional({ description: 'The day after the last (YYYY-MM-DD); tomorrow by default' }) @IsOptional() @IsDay() to?: string;

  @ApiPropertyOptional({ description: 'The `period` of the row; by default those of all rows', example: '2026-06' })
  @IsOptional()
  @Matches(/^(FY)?\d{4}[\w-]{0,14}$/, { message: 'the period of a row, such as 2026-06' })
  at?: string;

  @ApiPropertyOptional({ description: 'The `group` of the row, which may be empty; by default those of all rows' })
  @IsOptional()
  @IsString()
  @Length(0, 500)
  group?: string;

  @ApiPropertyOptional({ description: 'The `currency` of the row' })
  @IsOptional()
  @Matches(/^[A-Z]{3}$/, { message: 'a currency as ISO 4217 has it, such as JPY' })
  currency?: string;

  @ApiPropertyOptional({ description: 'The `weekday` of the row, 1 (Monday) to 7; with `hour`' })
  @IsOptional()
  @Matches(/^[1-7]$/, { message: '1 to 7' })
  weekday?: string;

  @ApiPropertyOptional({ description: 'The `hour` of the row, 0 to 23; with `weekday`' })
  @IsOptional()
  @Matches(/^(\d|1\d|2[0-3])$/, { message: '0 to 23' })
  hour?: string;

  @ApiPropertyOptional({ description: 'Only what was recorded by then: a moment, RFC 3339; now by default' })
  @IsOptional()
  @IsMoment()
  asOf?: string;

  @ApiPropertyOptional({ type: 'integer', description: '1 to 500 (50)' }) @IsOptional() @IsString() limit?: string;

  @ApiPropertyOptional() @IsOptional() @IsString() cursor?: string;
}
