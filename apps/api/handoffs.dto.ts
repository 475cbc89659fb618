import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length } from 'class-validator';
import { REJECTION_REASONS } from '@leadlog/lead';

class CommandBody {
  @ApiPropertyOptional({ description: 'Yours; the same id again is the same command and changes nothing' })
  @IsOptional()
  @IsString()
  @Length(1, 256)
  id?: string;
}

export class AcceptBody extends CommandBody {
  @ApiProperty() @IsString() @Length(1, 128) repId!: string;
}

export class RejectBody extends AcceptBody {
  @ApiProperty({ enum: REJECTION_REASONS }) @IsIn(REJECTION_REASONS) reason!: string;
  @ApiPropertyOptional() @IsOptional() @IsString() note?: string;
}

export class InsightBody extends CommandBody {
  @ApiProperty({ enum: ['question', 'answer'] }) @IsIn(['question', 'answer']) kind!: string;
  @ApiProperty() @IsString() @Length(1, 10_000) text!: string;
  @ApiPropertyOptional() @IsOptional() @IsString() repId?: string;
}

export class ReturnBody extends CommandBody {
  @ApiProperty() @IsString() @Length(1, 500) reason!: string;
  @ApiPropertyOptional({ description: 'the day on which it is worth another look, YYYY-MM-DD' }) @IsOptional() @IsString() revisitOn?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() note?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() repId?: string;
}

export class DisqualifyBody extends CommandBody {
  @ApiProperty() @IsString() @Length(1, 500) reason!: string;
  @ApiPropertyOptional() @IsOptional() @IsString() repId?: string;
}

export class MergeBody extends CommandBody {
  @ApiProperty({ description: 'the lead whose history becomes part of this one' }) @IsString() @Length(1, 128) mergedId!: string;
}
