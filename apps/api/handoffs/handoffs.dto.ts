import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsObject, IsOptional, IsString, Length } from 'class-validator';
import { REJECTION_REASONS, SIDES, type LeadIdentity } from '@leadlog/events';

class CommandBody {
  @ApiPropertyOptional({ description: 'Yours; the same id again is the same command and changes nothing' })
  @IsOptional()
  @IsString()
  @Length(1, 256)
  id?: string;
}

class AnswerBody extends CommandBody {
  @ApiProperty({ description: 'the representative who has the handoff; anybody else says takeOver' })
  @IsString()
  @Length(1, 128)
  repId!: string;
  @ApiPropertyOptional({ description: 'by another representative than the one who has it' }) @IsOptional() @IsBoolean() takeOver?: boolean;
}

export class AcceptBody extends AnswerBody {
  @ApiPropertyOptional({ description: 'team of the representative; as the policy has it by default' })
  @IsOptional()
  @IsString()
  @Length(1, 128)
  teamId?: string;
}

export class RejectBody extends AnswerBody {
  @ApiProperty({ enum: REJECTION_REASONS }) @IsIn(REJECTION_REASONS) reason!: string;
  @ApiPropertyOptional() @IsOptional() @IsString() note?: string;
}

export class AssignBody extends CommandBody {
  @ApiProperty({ description: 'the representative who has it from now on' }) @IsString() @Length(1, 128) repId!: string;
  @ApiProperty({ description: 'why' }) @IsString() @Length(1, 500) reason!: string;
}

export class HandOverBody extends CommandBody {
  @ApiPropertyOptional({ description: 'the representative who has them from now on; by default, each goes to whoever is next' })
  @IsOptional()
  @IsString()
  @Length(1, 128)
  to?: string;
  @ApiProperty({ description: 'why' }) @IsString() @Length(1, 500) reason!: string;
}

export class InsightBody extends CommandBody {
  @ApiProperty({ enum: ['question', 'answer'] }) @IsIn(['question', 'answer']) kind!: string;
  @ApiProperty() @IsString() @Length(1, 10_000) text!: string;
  @ApiPropertyOptional({ description: 'the representative who says it, for sales' }) @IsOptional() @IsString() repId?: string;
  @ApiPropertyOptional({ enum: SIDES, description: 'who asks or answers; by default, sales asks and the other side answers' })
  @IsOptional()
  @IsIn(SIDES)
  side?: string;
  @ApiPropertyOptional({ description: 'of an answer: which question (GET /v1/questions); by default, all of the other side that are open' })
  @IsOptional()
  @IsString()
  questionId?: string;
}

export class ReturnBody extends CommandBody {
  @ApiProperty() @IsString() @Length(1, 500) reason!: string;
  @ApiPropertyOptional({ description: 'the day on which it is worth another look, YYYY-MM-DD' })
  @IsOptional()
  @IsString()
  revisitOn?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() note?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() repId?: string;
  @ApiPropertyOptional({
    description: 'which one, where several handoffs of the lead are open since a merge; the one of the representative by default',
  })
  @IsOptional()
  @IsString()
  handoffId?: string;
  @ApiPropertyOptional({ description: 'by another representative than the one who has it' }) @IsOptional() @IsBoolean() takeOver?: boolean;
}

export class DisqualifyBody extends CommandBody {
  @ApiProperty() @IsString() @Length(1, 500) reason!: string;
  @ApiPropertyOptional() @IsOptional() @IsString() repId?: string;
}

export class KeepApartBody extends CommandBody {
  @ApiProperty({ description: 'the lead that is another person' }) @IsString() @Length(1, 128) otherId!: string;
  @ApiPropertyOptional({ description: 'how that is known' }) @IsOptional() @IsString() @Length(1, 500) reason?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() repId?: string;
}

export class IdentityApartBody extends CommandBody {
  @ApiProperty({
    description: 'what they share: one of these',
    type: 'object',
    properties: { email: { type: 'string' }, visitorId: { type: 'string' }, cardId: { type: 'string' } },
    example: { email: 'info@minato-seiki.example' },
  })
  @IsObject()
  identity!: LeadIdentity;
  @ApiPropertyOptional({ description: 'how that is known' }) @IsOptional() @IsString() @Length(1, 500) reason?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() repId?: string;
}

export class MergeBody extends CommandBody {
  @ApiProperty({ description: 'the lead whose history becomes part of this one' }) @IsString() @Length(1, 128) mergedId!: string;
}
