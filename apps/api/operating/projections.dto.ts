import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional, IsString } from 'class-validator';

export class RebuildBody {
  @ApiPropertyOptional({ description: 'Take over by itself once caught up (default true)' })
  @IsOptional()
  @IsBoolean()
  autoSwitch?: boolean;
}

export class UnparkBody {
  @ApiPropertyOptional({ description: 'One parked key; all of them when left out' })
  @IsOptional()
  @IsString()
  key?: string;
}
