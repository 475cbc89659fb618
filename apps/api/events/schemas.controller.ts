import { Controller, Get, Param } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { EventDefinition } from '@leadlog/events';
import { GetEventType, ListEventTypes } from '@leadlog/ingestion/ingestion.handlers';
import { MODEL_SCHEMA } from '@leadlog/scoring';
import { notKnown } from '../problem-details';
import { Answers } from '../answer-schemas';
import { EventSchemaList, ModelSchema, OneEventSchema } from '../operating/operating.answers';

/** What may be sent: JSON Schema and an example of every event. */
@ApiTags('events')
@Controller('v1/schemas')
export class SchemasController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ApiOperation({ summary: 'Every event of the catalogue with its JSON Schema (of `data`) and an example' })
  @Answers(EventSchemaList)
  async list() {
    const { types, through } = await this.queries.execute(new ListEventTypes());
    return { items: types.map(described), position: String(through) };
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
  async one(@Param('type') type: string) {
    const found = await this.queries.execute(new GetEventType(type));
    if ('nearest' in found) throw notKnown('/type', `an event of the catalogue (GET /v1/schemas); the nearest is ${found.nearest}`, type);
    return described(found);
  }
}

function described({ type, group, decision, initiator, schemaVersion, stream, personal, jsonSchema, example }: EventDefinition) {
  const pointers = personal.map((path) => path.map((name) => `/${name}`).join(''));
  return { type, group, decision, initiator, schemaVersion, stream, personal: pointers, schema: jsonSchema, example };
}
