import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsBoolean, IsIn, IsInt, IsOptional, IsString, Length, Matches, Max, MaxLength, Min } from 'class-validator';
import { PUBLISH_MODES } from '@leadlog/events';
import { OUTCOME_NAMES, TRIAL_KINDS, type Outcome, type TrialKind } from '@leadlog/scoring';

const DAY = /^\d{4}-\d{2}-\d{2}$/;

export class TrialBody {
  @ApiProperty({
    enum: TRIAL_KINDS,
    description:
      'preview: who changes tier at the switch; backtest: how it would have ranked past months; suggest: points fitted to outcomes',
  })
  @IsIn(TRIAL_KINDS)
  kind!: TrialKind;

  @ApiPropertyOptional({ description: 'A version that was drafted or published; the latest by default' })
  @IsOptional()
  @IsString()
  @Length(1, 64)
  version?: string;

  @ApiPropertyOptional({ description: 'instead of a version: the document (YAML or JSON), which is not kept' })
  @IsOptional()
  @IsString()
  @MaxLength(262_144)
  document?: string;

  @ApiPropertyOptional({ enum: PUBLISH_MODES, description: 'Of a preview: how it would be published; retroactive by default' })
  @IsOptional()
  @IsIn(PUBLISH_MODES)
  mode?: (typeof PUBLISH_MODES)[number];

  @ApiPropertyOptional({ description: 'Of a preview: what a rollback would do now, in place of a publication of the version' })
  @IsOptional()
  @IsBoolean()
  rollback?: boolean;

  @ApiPropertyOptional({ description: 'Of a preview: leads named at most; 1,000 by default' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(100_000)
  named?: number;

  @ApiPropertyOptional({
    description: 'First and last day from which months (or weeks) are looked at; all of history by default',
    example: '2026-01-01',
  })
  @IsOptional()
  @Matches(DAY, { message: 'a day as YYYY-MM-DD' })
  from?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @Matches(DAY, { message: 'a day as YYYY-MM-DD' })
  to?: string;

  @ApiPropertyOptional({ enum: ['month', 'week'] })
  @IsOptional()
  @IsIn(['month', 'week'])
  every?: 'month' | 'week';

  @ApiPropertyOptional({ enum: OUTCOME_NAMES, description: 'What counts as a success; deal by default' })
  @IsOptional()
  @IsIn(OUTCOME_NAMES)
  outcome?: Outcome;

  @ApiPropertyOptional({ description: 'Days after a cut-off within which it counts; 30 by default' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(730)
  horizonDays?: number;

  @ApiPropertyOptional({ description: 'Leads that sales takes at each cut-off; what was handed off on average by default' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  capacity?: number;

  @ApiPropertyOptional({
    enum: ['recorded', 'occurred'],
    description:
      'What was known at a past moment: what was recorded by then (default), or what had happened, for a history that was imported later',
  })
  @IsOptional()
  @IsIn(['recorded', 'occurred'])
  by?: 'recorded' | 'occurred';

  @ApiPropertyOptional({ description: 'Leads that have bought already too; by default they are left out from their first won deal on' })
  @IsOptional()
  @IsBoolean()
  includeCustomers?: boolean;

  @ApiPropertyOptional({
    description: 'Of a backtest: others to stand beside the draft and what is live: `<model>`, or `<model>/<version>`',
    type: [String],
    example: ['saas'],
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(5)
  @IsString({ each: true })
  @MaxLength(200, { each: true })
  against?: string[];
}
