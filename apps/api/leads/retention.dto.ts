import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, Max, Min } from 'class-validator';

export const MOST_MONTHS = 1_200;

export class RetentionRunBody {
  @ApiProperty({ description: 'for how many months there was no act', minimum: 1, maximum: MOST_MONTHS, example: 36 })
  @IsInt()
  @Min(1)
  @Max(MOST_MONTHS)
  months!: number;

  @ApiPropertyOptional({ description: 'how many people at most', minimum: 1, maximum: 500, default: 100 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(500)
  limit?: number;
}
