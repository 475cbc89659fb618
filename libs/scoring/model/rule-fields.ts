import { catalogue, PERSONAL_OF_PROFILE } from '@leadlog/events';
import { fieldIn, type FieldShape, type JsonSchema, type UnknownField } from '@leadlog/where';

/** What rules about the profile can test: its fields that are not personal, and the traits of the others. */
export const PROFILE_FIELDS: readonly string[] = [
  'company',
  'department',
  'title',
  'industry',
  'employees',
  'emailDomain',
  ...PERSONAL_OF_PROFILE.map(hasField),
];

/** `true` once an event has given the field, until then `false`. */
function hasField(field: string): string {
  return `has.${field}`;
}

/** The personal field that is asked for: `email` of `has.email`; undefined for any other field. */
export const fieldHad = (path: string): string | undefined => (path.startsWith('has.') ? path.slice('has.'.length) : undefined);

/** The trait that says most of a personal field of the profile; undefined if it is not personal. */
export function traitOf(field: string): string | undefined {
  if (field === 'email') return 'emailDomain';
  return (PERSONAL_OF_PROFILE as readonly string[]).includes(field) ? hasField(field) : undefined;
}

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
  const found = schema && fieldIn(schema, fields, root);
  return found && 'kind' in found && EMAIL_OF_PROFILE.includes(fields.join('.')) ? { ...found, trait: DOMAIN_IN_EVENT } : found;
}

/** In an event that has a profile. */
export const EMAIL_OF_PROFILE: readonly string[] = ['profile.email', 'changes.email'];
export const DOMAIN_IN_EVENT = 'data.traits.emailDomain';

const { Profile: PROFILE, ProfileTraits: TRAITS } = (catalogue.get('LeadCaptured')!.jsonSchema as JsonSchema).$defs!;

/** Fields of the profile of a lead, each of which may be absent, and its traits. */
export function fieldOfProfile(field: string): FieldShape | UnknownField | undefined {
  if (fieldHad(field) !== undefined && PROFILE_FIELDS.includes(field))
    return { kind: 'flag', always: 'a profile has it or has it not', schema: { type: 'boolean' } };
  return fieldIn(field === 'emailDomain' ? TRAITS! : PROFILE!, [field], 'profile');
}
