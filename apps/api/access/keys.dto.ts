import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsBoolean, IsIn, IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import { ROLES, type Role } from '@leadlog/events';

export class KeyBody {
  @ApiProperty({ description: 'what it is for', example: 'card app' }) @IsString() @Length(1, 200) name!: string;

  @ApiProperty({ enum: ROLES, description: 'what it may do' }) @IsIn(ROLES) role!: Role;

  @ApiPropertyOptional({ description: 'of a sender: the only source that its events may have' })
  @IsOptional()
  @IsString()
  @Length(1, 256)
  source?: string;

  @ApiPropertyOptional({ description: 'of a sender: the only types that its events may have', type: [String] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  types?: string[];

  @ApiPropertyOptional({ description: 'of a rep: who it is' }) @IsOptional() @IsString() @Length(1, 128) repId?: string;

  @ApiPropertyOptional({ description: 'of a manager: the only teams whose people and handoffs it reaches', type: [String] })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @IsString({ each: true })
  teams?: string[];

  @ApiPropertyOptional({ description: 'of an analyst: whether SQL tells it names and addresses, too' })
  @IsOptional()
  @IsBoolean()
  names?: boolean;

  @ApiPropertyOptional({ description: 'RFC 3339; by default it does not expire' }) @IsOptional() @IsString() expiresAt?: string;
}

export class RotationBody {
  @ApiPropertyOptional({ description: 'for how many hours the key before it is accepted too (24)', minimum: 0, maximum: 720 })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(720)
  overlapHours?: number;
}
