import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';

export class RedriveBody {
  @ApiPropertyOptional({ description: 'One dead job; all of the queue when left out' })
  @IsOptional()
  @IsString()
  id?: string;
}
