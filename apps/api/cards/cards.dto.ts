import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsBoolean, IsObject, IsOptional, IsString, Length } from 'class-validator';
import { CARD_FIELDS } from './card-events';

export const MOST_CARDS = 1_000;

export class CardsBody {
  @ApiProperty({
    description: `1 to ${MOST_CARDS} cards, each recorded or refused for itself; the same card again changes nothing`,
    type: 'array',
    maxItems: MOST_CARDS,
    items: { type: 'object', required: ['cardId', 'repId', 'exchangedAt'], properties: CARD_FIELDS, additionalProperties: false },
  })
  @IsArray({ message: `a list of 1 to ${MOST_CARDS} cards` })
  @ArrayMinSize(1)
  @ArrayMaxSize(MOST_CARDS)
  @IsObject({ each: true })
  cards!: Readonly<Record<string, unknown>>[];
  @ApiPropertyOptional({ description: 'say what is wrong with which, and record nothing (false)' })
  @IsOptional()
  @IsBoolean()
  preview?: boolean;
}

export class HandOverCardsBody {
  @ApiPropertyOptional({ description: 'Yours; the same id again is the same command and changes nothing' })
  @IsOptional()
  @IsString()
  @Length(1, 256)
  id?: string;
  @ApiProperty({
    description: `Ids of 1 to ${MOST_CARDS} cards, each handed over or refused for itself`,
    type: [String],
    maxItems: MOST_CARDS,
  })
  @IsArray({ message: `a list of 1 to ${MOST_CARDS} ids of cards` })
  @ArrayMinSize(1)
  @ArrayMaxSize(MOST_CARDS)
  @IsString({ each: true })
  cards!: string[];
  @ApiProperty({ description: 'the representative who has the cards; anybody else says takeOver' })
  @IsString()
  @Length(1, 128)
  repId!: string;
  @ApiProperty() @IsString() @Length(1, 500) reason!: string;
  @ApiPropertyOptional({ description: 'the representative keeps following the leads (false)' })
  @IsOptional()
  @IsBoolean()
  keepFollowing?: boolean;
  @ApiPropertyOptional({ description: 'by another representative than the one who has the cards' })
  @IsOptional()
  @IsBoolean()
  takeOver?: boolean;
}
