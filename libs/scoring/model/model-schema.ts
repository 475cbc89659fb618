import { ACCOUNT_ROLES, catalogue, leadCorrections } from '@leadlog/events';
import { PROFILE_FIELDS } from './parse-conditions';
import { SIGNS } from './point-bounds';
import { OPERATORS } from './where';

const scalar = { type: ['string', 'number', 'boolean'] };
const duration = { type: 'string', pattern: '^[1-9][0-9]{0,5}[mhd]$', description: 'Minutes, hours or days: 30m, 1h, 7d.' };
const points = { type: 'number', minimum: -1_000_000, maximum: 1_000_000, description: '0, or from 0.01 to 1,000,000 in size; below nothing takes away.' };

const operators = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: {
    ...Object.fromEntries(OPERATORS.map((operator) => [operator, scalar])),
    $in: { type: 'array', items: scalar, minItems: 1 },
    $exists: { type: 'boolean' },
    $regex: { type: 'string', maxLength: 200, description: 'As RE2 has them: no look-around, no back-references.' },
    $default: { ...scalar, description: 'What is compared where the field is absent.' },
  },
};
const condition = { anyOf: [scalar, operators] };

/** Events that a rule can be about, with the fields of each. */
const facts = [...catalogue.values()].filter(({ type, jsonSchema }) => type !== 'LeadTierChanged' && !leadCorrections.types.includes(type) && 'leadId' in (jsonSchema['properties'] as object));

const cap = {
  type: 'object',
  additionalProperties: false,
  required: ['times'],
  description: 'Inside a window only the first events count, by when they happened.',
  properties: {
    times: { type: 'integer', minimum: 1, maximum: 1_000 },
    per: { ...duration, description: 'The window: whole days are local days, 7d are ISO weeks; all of history where it is left out.' },
    diminish: { type: 'number', minimum: 0.1, exclusiveMaximum: 1, description: 'What each further event of the window gives of the one before.' },
  },
};

const suggest = {
  type: 'object',
  additionalProperties: false,
  description: 'What a suggestion may make of the points. It changes no score.',
  properties: {
    sign: { enum: SIGNS, description: 'That of the points where it is left out.' },
    min: { ...points, description: 'Never below.' },
    max: { ...points, description: 'Never above.' },
  },
};

const id = { type: 'string', minLength: 1, description: 'Of its own in the model; stands in every explanation.' };

const eventRule = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'on', 'points'],
  properties: {
    id,
    on: { enum: facts.map(({ type }) => type), description: 'The event, by its name in the catalogue.' },
    where: { type: 'object', additionalProperties: condition, propertyNames: { pattern: '^(data|metadata)\\..+' }, maxProperties: 20 },
    points,
    halfLife: { ...duration, description: 'After so long half of the points are left. Left out: they stay for ever.' },
    cap,
    suggest,
  },
  // Of each event an editor offers its own fields.
  allOf: facts.map(({ type, jsonSchema }) => ({
    if: { properties: { on: { const: type } }, required: ['on'] },
    then: { properties: { where: { properties: Object.fromEntries(Object.keys(jsonSchema['properties'] as object).map((field) => [`data.${field}`, condition])) } } },
  })),
};

const profileRule = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'profile', 'points'],
  properties: { id, profile: { type: 'object', additionalProperties: false, properties: Object.fromEntries(PROFILE_FIELDS.map((field) => [field, condition])) }, points, suggest },
};

const thresholds = { type: 'object', additionalProperties: { type: 'number' }, minProperties: 1, description: 'Points by axis; every one must be reached.' };
const alternatives = { anyOf: [thresholds, { type: 'array', items: thresholds, minItems: 1, maxItems: 10, description: 'Alternatives: one is enough.' }] };
const tier = {
  type: 'object',
  additionalProperties: false,
  required: ['enter'],
  properties: {
    enter: alternatives,
    leave: { ...alternatives, description: 'Below these it is left; the thresholds of enter where it is left out. Never above them.' },
    dwell: { ...duration, description: 'For so long it is not left downwards.' },
  },
};

const limits = { cap: { type: 'number', description: 'The score is never above.' }, floor: { type: 'number', description: 'The score is never below; 0 by default.' } };

/**
 * Draft 2020-12, of a scoring model's document, for editors: what they offer and underline. The parser says more (names of axes, thresholds against
 * each other, patterns); whatever it accepts, this accepts.
 */
export const MODEL_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Leadlog scoring model',
  type: 'object',
  additionalProperties: false,
  required: ['model', 'axes', 'tiers'],
  properties: {
    model: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$', description: 'Its id.' },
    timezone: { type: 'string', description: 'IANA; where the days of caps begin. The time zone of the tenant (LEADLOG_TIMEZONE) by default.' },
    axes: {
      type: 'object',
      maxProperties: 12,
      propertyNames: { pattern: '^[A-Za-z][A-Za-z0-9_-]{0,63}$' },
      additionalProperties: {
        oneOf: [
          { type: 'object', additionalProperties: false, required: ['rules'], properties: { ...limits, rules: { type: 'array', maxItems: 500, items: { oneOf: [eventRule, profileRule] } } } },
          {
            type: 'object',
            additionalProperties: false,
            required: ['sum'],
            properties: { ...limits, sum: { type: 'object', minProperties: 1, additionalProperties: { type: 'number' }, description: 'Weights by axis: their points, before floor and cap, are added.' } },
          },
        ],
      },
    },
    account: {
      type: 'object',
      additionalProperties: false,
      required: ['axis', 'top', 'breadth'],
      description: 'The score of a company: the best `top` people, plus `breadth` points for each further active one.',
      properties: { axis: { type: 'string' }, top: { type: 'integer', minimum: 1 }, breadth: { type: 'number' }, roles: { type: 'array', items: { enum: ACCOUNT_ROLES.filter((role) => role !== 'unknown') }, description: 'Roles that a purchase needs.' } },
    },
    tiers: { type: 'object', additionalProperties: false, properties: { hot: tier, warm: tier } },
  },
} as const;
