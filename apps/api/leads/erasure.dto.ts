import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Matches } from 'class-validator';
import { ID_PATTERN } from '@leadlog/events';

export class ErasureBody {
  @ApiPropertyOptional({ description: 'your own number for the request', example: 'dsr-2026-004' })
  @IsOptional()
  @IsString()
  @Matches(new RegExp(ID_PATTERN, 'u'))
  requestId?: string;
}
