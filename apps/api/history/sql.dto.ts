import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsInt, IsObject, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { SQL_FORMATS, type SqlFormat, type SqlParameter } from '@leadlog/sql';
import { IsMoment } from '../requests/times';

export class SqlLimits {
  @ApiPropertyOptional({
    description: 'Values of $name in the SQL: texts (also for days and moments), numbers, true, false, null',
    example: { from: '2026-06-01' },
  })
  @IsOptional()
  @IsObject()
  parameters?: Record<string, SqlParameter>;

  @ApiPropertyOptional({ description: 'json answers with columns and rows; the others with a file', enum: SQL_FORMATS, default: 'json' })
  @IsOptional()
  @IsIn(SQL_FORMATS)
  format?: SqlFormat;

  @ApiPropertyOptional({ description: 'Rows at most; 10,000 by default, in a file 1,000,000' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(10_000_000)
  limit?: number;

  @ApiPropertyOptional({ description: 'Seconds it may take; 30 by default' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(600)
  seconds?: number;

  @ApiPropertyOptional({ description: 'What was recorded by then: a moment, RFC 3339; now by default' })
  @IsOptional()
  @IsMoment()
  asOf?: string;

  @ApiPropertyOptional({
    description: 'Your own name of this question, by which it can be looked at and cancelled meanwhile (/v1/sql/questions/{id})',
    example: '7d1f0c5e-5d5b-4b0e-9a53-6d1f3f0f1c11',
  })
  @IsOptional()
  @Matches(/^[\w-]{1,64}$/, { message: '1 to 64 letters, digits, underscores and hyphens' })
  questionId?: string;
}

export class SqlBody extends SqlLimits {
  @ApiProperty({
    description: 'One SELECT over the views (GET /v1/sql/views)',
    example: 'SELECT rep, count(*) AS calls FROM calls WHERE started_day >= $from GROUP BY rep ORDER BY calls DESC',
  })
  @IsString()
  @MaxLength(100_000)
  sql!: string;

  @ApiPropertyOptional({
    description:
      'Adds the columns lead_name and lead_email: who the leads in the column `lead` (or else `lead_id`) are now. In JSON alone, for at most 1,000 rows; needs the permission `personal`',
    default: false,
  })
  @IsOptional()
  @IsBoolean()
  names?: boolean;
}

export class ReportBody extends SqlLimits {
  @ApiPropertyOptional({ description: 'Keep the answer with the position it was made at (GET /v1/reports/{name}/results)', default: false })
  @IsOptional()
  @IsBoolean()
  keep?: boolean;
}
