import { catalogue, type Profile } from '@leadlog/events';
import { fieldIn, type FieldShape, type JsonSchema, type UnknownField } from '@leadlog/where';

export const PROFILE_FIELDS: readonly (keyof Profile)[] = [
  'name',
  'email',
  'phone',
  'company',
  'department',
  'title',
  'industry',
  'employees',
];

const ACTOR: JsonSchema = {
  type: 'object',
  properties: { kind: { enum: ['person', 'rep', 'system', 'integration'] }, id: { type: 'string' }, teamId: { type: 'string' } },
  required: ['kind', 'id'],
};
const METADATA: JsonSchema = {
  type: 'object',
  properties: {
    source: { type: 'string' },
    sourceId: { type: 'string' },
    initiator: { enum: ['customer', 'seller'] },
    actor: ACTOR,
    correlationId: { type: 'string' },
    causationId: { type: 'string' },
    occurredAt: { type: 'string', format: 'date-time' },
    schemaVersion: { type: 'integer', minimum: 1 },
  },
  required: ['source', 'sourceId', 'initiator', 'actor', 'occurredAt', 'schemaVersion'],
};

/** Undefined if the catalogue does not define it. */
export function fieldOfEvent(type: string, root: 'data' | 'metadata', fields: readonly string[]): FieldShape | UnknownField | undefined {
  const schema = root === 'data' ? (catalogue.get(type)?.jsonSchema as JsonSchema | undefined) : METADATA;
  return schema && fieldIn(schema, fields, root);
}

const PROFILE = (catalogue.get('LeadCaptured')!.jsonSchema as JsonSchema).$defs!['Profile']!;

/** Fields of the profile of a lead, each of which may be absent. */
export const fieldOfProfile = (field: string): FieldShape | UnknownField | undefined => fieldIn(PROFILE, [field], 'profile');
