import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { EVENT_LOG, type EventLog } from '@leadlog/event-log';
import { catalogue, nearestEventType, type EventDefinition } from '@leadlog/events';
import { MODEL_SCHEMA } from '@leadlog/scoring';
import { notKnown } from '../problem-details';
import { Answers } from '../answer-schemas';
import { EventSchemaList, ModelSchema, OneEventSchema } from '../operating/operating.answers';

/** What may be sent: JSON Schema and an example of every event. */
@ApiTags('events')
@Controller('v1/schemas')
export class SchemasController {
  constructor(@Inject(EVENT_LOG) private readonly log: EventLog) {}

  @Get()
  @ApiOperation({ summary: 'Every event of the catalogue with its JSON Schema (of `data`) and an example' })
  @Answers(EventSchemaList)
  async list() {
    return { items: [...catalogue.values()].map(described), position: String(await this.log.head()) };
  }

  @Get('scoring-model')
  @ApiOperation({ summary: 'JSON Schema of the document of a scoring model, for editors' })
  @Answers(ModelSchema)
  scoringModel() {
    return { schema: MODEL_SCHEMA };
  }

  @Get(':type')
  @ApiOperation({ summary: 'One event of the catalogue' })
  @Answers(OneEventSchema)
  one(@Param('type') type: string) {
    const definition = catalogue.get(type);
    if (!definition) throw notKnown('/type', `an event of the catalogue (GET /v1/schemas); the nearest is ${nearestEventType(type)}`, type);
    return described(definition);
  }
}

function described({ type, group, decision, initiator, schemaVersion, stream, jsonSchema, example }: EventDefinition) {
  return { type, group, decision, initiator, schemaVersion, stream, schema: jsonSchema, example };
}
