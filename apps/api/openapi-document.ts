import { type INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { catalogue } from '@leadlog/events';
import { neededFor } from './access/routes';
import { hoistComponents } from './answer-schemas';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
type Operation = NonNullable<OpenAPIObject['paths'][string]['post']>;

/** OpenAPI 3.1: the controllers as Nest sees them, every event as a component, and the path that is no controller. */
export function documentOf(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Leadlog')
    .setDescription('Record what happens between a prospect and the company; read scores, handoffs and numbers derived from it.')
    .setVersion('1')
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An access key: ll_…' }, 'key')
    .addSecurityRequirements('key')
    .build();
  const document = SwaggerModule.createDocument(app, config);
  const schemas: Record<string, unknown> = {};
  document.paths = hoistComponents({ ...document.paths, '/v1/events': { post: postEvents } }, schemas);
  Object.assign(
    schemas,
    hoistComponents(
      { ...document.components?.schemas, ...eventSchemas(), CloudEvent, IngestResult, IngestSummary, BatchAnswer, Problem },
      schemas,
    ),
  );
  document.components = { ...document.components, schemas: schemas as Schemas };
  for (const [address, path] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = path[method];
      if (!operation) continue;
      if (neededFor(method.toUpperCase(), address) === 'public') operation.security = [];
      operation.responses['default'] ??= problem('Refused, or not possible now; `status` and `detail` say why');
      if (method === 'get') operation.parameters = withAfter(operation.parameters ?? []);
    }
  }
  return document;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

type Parameters = NonNullable<Operation['parameters']>;

/** A route that describes its query by a class may name them itself. */
function withAfter(parameters: Parameters): Parameters {
  const named = new Set(parameters.map((one) => ('name' in one ? one.name : undefined)));
  return [...parameters, ...after.filter((one) => 'name' in one && !named.has(one.name))];
}

/** References inside a schema are to its own definitions, wherever the schema stands. */
function eventSchemas(): Record<string, unknown> {
  return Object.fromEntries(
    [...catalogue.values()].map(({ type, jsonSchema, example }) => {
      const { $schema: _, ...schema } = JSON.parse(
        JSON.stringify(jsonSchema).replaceAll('"#/$defs/', `"#/components/schemas/${type}/$defs/`),
      ) as Record<string, unknown>;
      return [type, { ...schema, examples: [example] }];
    }),
  );
}

const facts = [...catalogue.values()].filter(({ decision }) => !decision).map(({ type }) => type);

const text = (description: string) => ({ type: 'string', description });

const CloudEvent = {
  type: 'object',
  required: ['specversion', 'id', 'source', 'type', 'time', 'data'],
  properties: {
    specversion: { const: '1.0' },
    id: text('With `source` it makes the event unique; sending it again is harmless'),
    source: text('Who sends it, a URI reference'),
    type: text(`One of ${facts.join(', ')}; a prefix up to the last dot is ignored`),
    time: { type: 'string', format: 'date-time', description: 'When it happened, with a time-zone offset' },
    subject: text('The lead, where `data` does not name it: a leadId, email:…, visitor:…, card:… or <system>:<id>'),
    datacontenttype: text('application/json'),
    initiator: { enum: ['customer', 'seller'] },
    actorkind: { enum: ['person', 'rep', 'system', 'integration'] },
    actorid: text('Who did it'),
    actorteam: text('The team of the actor'),
    correlationid: text('Kept as it is'),
    causationid: text('Kept as it is'),
    schemaversion: { type: 'integer', minimum: 1, description: 'Of `data`; the current one by default' },
    data: { type: 'object', description: 'By type; see the schema of that name' },
  },
};

const FieldErrors = {
  type: 'array',
  items: {
    type: 'object',
    required: ['pointer', 'expected', 'got'],
    properties: { pointer: text('RFC 6901, into the event'), expected: text('In plain words'), got: text('What came') },
  },
};

const DocumentErrors = {
  type: 'array',
  items: {
    type: 'object',
    required: ['line', 'column', 'message'],
    properties: {
      line: { type: 'integer', minimum: 1 },
      column: { type: 'integer', minimum: 1 },
      message: text('What was expected there, and what came'),
    },
  },
};

const IngestResult = {
  type: 'object',
  required: ['result'],
  properties: {
    line: { type: 'integer', description: 'In a batch or stream, from 1' },
    result: {
      enum: ['accepted', 'duplicate', 'conflict', 'rejected'],
      description: 'conflict: the id stands for other content already, which holds; `errors` tell the difference',
    },
    id: text('As sent'),
    eventId: text('As recorded'),
    leadId: text('The lead it was recorded for'),
    position: text('For ?after='),
    notices: { type: 'array', items: { type: 'string' } },
    errors: FieldErrors,
  },
};

const counts = {
  accepted: { type: 'integer' },
  duplicates: { type: 'integer' },
  conflicts: { type: 'integer', description: 'Left out where there are none' },
  rejected: { type: 'integer' },
  withoutErrors: { type: 'integer', description: 'Of the rejected: those whose errors are not told, since the answer has enough of them' },
  position: text('Of the last event that went in; for ?after='),
};

const IngestSummary = {
  type: 'object',
  description: 'The last line of the answer to NDJSON',
  required: ['accepted', 'duplicates', 'rejected'],
  properties: counts,
};

const BatchAnswer = {
  type: 'object',
  required: ['accepted', 'duplicates', 'rejected', 'results'],
  properties: { ...counts, results: { type: 'array', items: { $ref: '#/components/schemas/IngestResult' } } },
};

const Problem = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: text('Names the kind of problem'),
    title: text('The kind in words'),
    status: { type: 'integer' },
    detail: text('This one'),
    errors: { anyOf: [FieldErrors, DocumentErrors] },
  },
};

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const problem = (description: string) => ({ description, content: { 'application/problem+json': { schema: ref('Problem') } } });
const result = (description: string) => ({ description, content: { 'application/json': { schema: ref('IngestResult') } } });
const results = {
  description: 'One event: a duplicate. A batch: counts and a result for each. NDJSON: a result a line, the counts last',
  content: {
    'application/json': { schema: { anyOf: [ref('IngestResult'), ref('BatchAnswer')] } },
    'application/x-ndjson': { schema: { anyOf: [ref('IngestResult'), ref('IngestSummary')], description: 'Of each line' } },
  },
};

const postEvents = {
  tags: ['events'],
  operationId: 'postEvents',
  summary: 'Record one event, a batch, or a stream; answers once it is durable',
  requestBody: {
    required: true,
    content: {
      'application/cloudevents+json': { schema: ref('CloudEvent') },
      'application/cloudevents-batch+json': { schema: { type: 'array', items: ref('CloudEvent') } },
      'application/x-ndjson': {
        schema: {
          type: 'string',
          description: 'One CloudEvent a line; answered line by line while it is being sent: read the answers meanwhile',
        },
      },
      'application/json': { schema: { type: 'object', description: '`data` alone; the attributes in ce-… headers' } },
    },
  },
  responses: {
    200: results,
    201: result('One event: accepted'),
    400: problem('No JSON'),
    409: problem('One event: its id stands for other content already, which holds; says what differs'),
    413: problem('Too large'),
    415: problem('Another media type'),
    422: problem('One event: rejected; says which field'),
    503: problem('The log cannot write now; send the same again after Retry-After'),
  },
} as unknown as Operation;

const after = [
  {
    name: 'after',
    in: 'query',
    required: false,
    description: 'Answer only once this position (of a write) is in what is read',
    schema: { type: 'string' },
  },
  {
    name: 'timeout',
    in: 'query',
    required: false,
    description: 'Milliseconds to wait for `after` (5000); then 503',
    schema: { type: 'integer' },
  },
] as const as unknown as NonNullable<Operation['parameters']>;
