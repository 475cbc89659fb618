import { ACCOUNT_ROLES, catalogue, leadCorrections } from '@leadlog/events';
import { CONDITION_SCHEMA as condition } from '@leadlog/where';
import { SIGNS } from './point-bounds';
import { PROFILE_FIELDS } from './rule-fields';

const duration = { type: 'string', pattern: '^[1-9][0-9]{0,5}[mhd]$', description: 'Minutes, hours or days: 30m, 1h, 7d.' };
const points = {
  type: 'number',
  minimum: -1_000_000,
  maximum: 1_000_000,
  description: '0, or 0.01 to 1,000,000 in absolute value. A negative number subtracts.',
};

/** Events that a rule can match, with the fields of each. */
const facts = [...catalogue.values()].filter(
  ({ type, jsonSchema }) =>
    type !== 'LeadTierChanged' && !leadCorrections.types.includes(type) && 'leadId' in (jsonSchema['properties'] as object),
);

const cap = {
  type: 'object',
  additionalProperties: false,
  required: ['times'],
  description: 'Only the first events in a window count, by the time when they happened.',
  properties: {
    times: { type: 'integer', minimum: 1, maximum: 1_000 },
    per: { ...duration, description: 'The window. Whole days are local days; 7d is an ISO week. Default: all of history.' },
    diminish: {
      type: 'number',
      minimum: 0.1,
      exclusiveMaximum: 1,
      description: 'Share of the points of the previous event that each further event in the window gives.',
    },
  },
};

const suggest = {
  type: 'object',
  additionalProperties: false,
  description: 'Limits for suggested points. They change no score.',
  properties: {
    sign: { enum: SIGNS, description: 'Default: the sign of the points.' },
    min: { ...points, description: 'Lower limit.' },
    max: { ...points, description: 'Upper limit.' },
  },
};

const id = { type: 'string', minLength: 1, description: 'Unique in the model; shown in every explanation.' };

const eventRule = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'on', 'points'],
  properties: {
    id,
    on: { enum: facts.map(({ type }) => type), description: 'Event type, as named in the catalogue.' },
    where: { type: 'object', additionalProperties: condition, propertyNames: { pattern: '^(data|metadata)\\..+' }, maxProperties: 20 },
    points,
    halfLife: { ...duration, description: 'Time after which half of the points are left. Default: points never decay.' },
    cap,
    suggest,
  },
  // So that an editor offers the fields of the event in question.
  allOf: facts.map(({ type, jsonSchema }) => ({
    if: { properties: { on: { const: type } }, required: ['on'] },
    then: {
      properties: {
        where: {
          properties: Object.fromEntries(Object.keys(jsonSchema['properties'] as object).map((field) => [`data.${field}`, condition])),
        },
      },
    },
  })),
};

const profileRule = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'profile', 'points'],
  properties: {
    id,
    profile: {
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries(PROFILE_FIELDS.map((field) => [field, condition])),
    },
    points,
    suggest,
  },
};

const thresholds = {
  type: 'object',
  additionalProperties: { type: 'number' },
  minProperties: 1,
  description: 'Points by axis; all must be reached.',
};
const alternatives = {
  anyOf: [thresholds, { type: 'array', items: thresholds, minItems: 1, maxItems: 10, description: 'Alternatives: one is enough.' }],
};
const tier = {
  type: 'object',
  additionalProperties: false,
  required: ['enter'],
  properties: {
    enter: alternatives,
    leave: { ...alternatives, description: 'Below these the tier is left. Default: the thresholds of enter, which they may not exceed.' },
    dwell: { ...duration, description: 'How long a lead stays before it can drop to a lower tier.' },
  },
};

const limits = {
  cap: { type: 'number', description: 'Upper limit of the score.' },
  floor: { type: 'number', description: 'Lower limit of the score. Default: 0.' },
};

/**
 * JSON Schema (draft 2020-12) of a scoring model, for editors to complete and check. The parser checks more (names of axes, thresholds
 * against each other, patterns); every document that it accepts is valid here.
 */
export const MODEL_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Leadlog scoring model',
  type: 'object',
  additionalProperties: false,
  required: ['model', 'axes', 'tiers'],
  properties: {
    model: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$', description: 'Id of the model.' },
    timezone: {
      type: 'string',
      description: 'IANA time zone in which the days of caps begin. Default: the time zone of the tenant (LEADLOG_TIMEZONE).',
    },
    axes: {
      type: 'object',
      maxProperties: 12,
      propertyNames: { pattern: '^[A-Za-z][A-Za-z0-9_-]{0,63}$' },
      additionalProperties: {
        oneOf: [
          {
            type: 'object',
            additionalProperties: false,
            required: ['rules'],
            properties: { ...limits, rules: { type: 'array', maxItems: 500, items: { oneOf: [eventRule, profileRule] } } },
          },
          {
            type: 'object',
            additionalProperties: false,
            required: ['sum'],
            properties: {
              ...limits,
              sum: {
                type: 'object',
                minProperties: 1,
                additionalProperties: { type: 'number' },
                description: 'Weights by axis. Their points before floor and cap are added up.',
              },
            },
          },
        ],
      },
    },
    account: {
      type: 'object',
      additionalProperties: false,
      required: ['axis', 'top', 'breadth'],
      description: 'The score of a company: the best `top` people, plus `breadth` points for each further active one.',
      properties: {
        axis: { type: 'string' },
        top: { type: 'integer', minimum: 1 },
        breadth: { type: 'number' },
        roles: {
          type: 'array',
          items: { enum: ACCOUNT_ROLES.filter((role) => role !== 'unknown') },
          description: 'Roles needed for a purchase.',
        },
      },
    },
    tiers: { type: 'object', additionalProperties: false, properties: { hot: tier, warm: tier } },
  },
} as const;
