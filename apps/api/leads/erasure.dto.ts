import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Matches } from 'class-validator';
import { ID_PATTERN } from '@leadlog/events';

export class ErasureBody {
  @ApiPropertyOptional({ description: 'your number for the request of the person', example: 'dsr-2026-004' })
  @IsOptional()
  @IsString()
  @Matches(new RegExp(ID_PATTERN, 'u'))
  requestId?: string;
}
