import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsObject, IsOptional, IsString, Length } from 'class-validator';
import { ACTIVITY_TYPES } from './activity-events';

export const MOST_ACTIVITIES = 20;

export class ActivitiesBody {
  @ApiPropertyOptional({ description: 'Yours; the same id again is the same activities and changes nothing' })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  id?: string;
  @ApiProperty({ description: 'the representative who did it' })
  @IsString()
  @Length(1, 128)
  repId!: string;
  @ApiProperty({
    description: `1 to ${MOST_ACTIVITIES}, in their order: all of them, or none`,
    type: 'array',
    maxItems: MOST_ACTIVITIES,
    items: {
      type: 'object',
      required: ['type', 'time', 'data'],
      additionalProperties: false,
      properties: {
        type: { type: 'string', enum: [...ACTIVITY_TYPES] },
        time: { type: 'string', format: 'date-time', description: 'When it happened, with an offset' },
        data: {
          type: 'object',
          additionalProperties: true,
          description: 'As the schema of the type (/v1/schemas) says; lead and representative are those of the request',
        },
      },
    },
  })
  @IsArray({ message: `a list of 1 to ${MOST_ACTIVITIES} activities` })
  @ArrayMinSize(1)
  @ArrayMaxSize(MOST_ACTIVITIES)
  @IsObject({ each: true })
  activities!: Readonly<Record<string, unknown>>[];
}
