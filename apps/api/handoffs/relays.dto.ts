import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional, IsString, Length } from 'class-validator';

class CommandBody {
  @ApiPropertyOptional({ description: 'Yours; the same id again is the same command and changes nothing' })
  @IsOptional()
  @IsString()
  @Length(1, 256)
  id?: string;
}

export class RelayBody extends CommandBody {
  @ApiProperty({ description: 'the representative who has the appointment' }) @IsString() @Length(1, 128) fromRepId!: string;
  @ApiProperty({ description: 'the representative who is to keep it' }) @IsString() @Length(1, 128) toRepId!: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 4_000) note?: string;
}

class RelayAnswerBody extends CommandBody {
  @ApiProperty({ description: 'the representative to whom it was relayed; anybody else says takeOver' })
  @IsString()
  @Length(1, 128)
  repId!: string;
  @ApiPropertyOptional({ description: 'by another representative than the one to whom it was relayed' })
  @IsOptional()
  @IsBoolean()
  takeOver?: boolean;
}

export class AcceptRelayBody extends RelayAnswerBody {}

export class RejectRelayBody extends RelayAnswerBody {
  @ApiProperty() @IsString() @Length(1, 500) reason!: string;
}
