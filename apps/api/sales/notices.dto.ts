import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length } from 'class-validator';

export class AcceptNoticeBody {
  @ApiProperty({ description: 'Why it may stand as it is' }) @IsString() @Length(1, 500) reason!: string;
  @ApiPropertyOptional({ description: 'the representative who says so' }) @IsOptional() @IsString() @Length(1, 128) repId?: string;
}
