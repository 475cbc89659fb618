import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length, MaxLength } from 'class-validator';
import { PERSON_ROLES, type PersonRole } from '@leadlog/events';

export class PersonBody {
  @ApiProperty({ example: '高橋 美咲' }) @IsString() @Length(1, 200) name!: string;

  @ApiPropertyOptional({ description: 'that no other person has' })
  @IsOptional()
  @IsString()
  @Length(3, 320)
  email?: string;

  @ApiProperty({ enum: PERSON_ROLES, description: 'what they may do' }) @IsIn(PERSON_ROLES) role!: PersonRole;

  @ApiPropertyOptional({ description: 'of a rep: which representative they are' }) @IsOptional() @IsString() @Length(1, 128) repId?: string;
}

export class PersonChangeBody {
  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 200) name?: string;

  @ApiPropertyOptional({ description: 'an empty one takes it away' }) @IsOptional() @IsString() @MaxLength(320) email?: string;

  @ApiPropertyOptional({ enum: PERSON_ROLES, description: 'another one ends their sessions' })
  @IsOptional()
  @IsIn(PERSON_ROLES)
  role?: PersonRole;

  @ApiPropertyOptional({ description: 'of a rep: which representative they are; another one ends their sessions' })
  @IsOptional()
  @IsString()
  @Length(1, 128)
  repId?: string;
}

export class SignInBody {
  @ApiProperty({ description: 'what follows the # in a sign-in link', example: 'lk_…' }) @IsString() @Length(1, 200) token!: string;
}
