import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsNumber, IsOptional, IsString, Length, Min } from 'class-validator';
import { kpiNames } from '@leadlog/sales';

export const TARGET_SCOPES = ['rep', 'team', 'joint'] as const;
/** Of a joint target for which nobody gives a name. */
export const COMPANY = 'company';

export class TargetBody {
  @ApiProperty({ enum: TARGET_SCOPES, description: 'whose target it is: of a representative, a team, or marketing and sales together' })
  @IsIn(TARGET_SCOPES)
  scope!: (typeof TARGET_SCOPES)[number];

  @ApiPropertyOptional({ description: `the representative or team; for a joint target a name of your own (${COMPANY})` })
  @IsOptional()
  @IsString()
  @Length(1, 128)
  scopeId?: string;

  @ApiProperty({ enum: kpiNames }) @IsString() kpi!: string;

  @ApiProperty({ description: 'a month, a quarter, or a fiscal year by the year in which it begins', example: '2026-11' })
  @IsString()
  period!: string;

  @ApiProperty({ description: 'what is to be reached: a count, a ratio (0.25), or an amount in units of its currency' })
  @IsNumber()
  @Min(0)
  value!: number;

  @ApiPropertyOptional({ description: 'of a KPI that is money, ISO 4217' }) @IsOptional() @IsString() currency?: string;

  @ApiPropertyOptional({ description: 'Yours; the same id again is the same command and changes nothing' })
  @IsOptional()
  @IsString()
  @Length(1, 256)
  id?: string;
}
