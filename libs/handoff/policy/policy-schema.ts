import { ID_PATTERN } from '@leadlog/events';
import { DURATION_PATTERN } from '@leadlog/organisation';

const text = { type: 'string', minLength: 1 };
const id = { type: 'string', pattern: ID_PATTERN };
const duration = {
  type: 'string',
  pattern: DURATION_PATTERN,
  description: 'Minutes, hours or days (30m, 4h, 1d), or those of the working hours of the representative (30bm, 4bh, 1bd).',
};
const escalation = {
  type: 'object',
  additionalProperties: false,
  properties: {
    notify: { type: 'array', maxItems: 20, items: text, description: 'Names of destinations that are told.' },
    reassign: { const: 'next', description: 'The handoff goes to the next representative.' },
  },
};
const refused = { enum: ['withhold', 'warn'] };

/**
 * JSON Schema (draft 2020-12) of a handoff policy, for editors to complete and check. The parser checks more (each id once, addresses);
 * every document that it accepts is valid here.
 */
export const POLICY_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Leadlog handoff policy',
  type: 'object',
  additionalProperties: false,
  required: ['sla'],
  properties: {
    policy: { ...text, description: 'Id of the policy.' },
    reps: {
      type: 'array',
      minItems: 1,
      description: 'Who takes hot leads, if there is no organisation.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['id', 'team'],
        properties: {
          id,
          team: id,
          weight: { type: 'number', exclusiveMinimum: 0, description: 'Share of the leads, compared with the other reps. Default: 1.' },
        },
      },
    },
    sla: {
      type: 'object',
      additionalProperties: false,
      required: ['accept', 'contact'],
      description: 'Deadlines, from the handoff on.',
      properties: { accept: duration, contact: duration },
    },
    escalation: {
      type: 'object',
      additionalProperties: false,
      description: 'What follows from a missed deadline.',
      properties: { accept: escalation, contact: escalation },
    },
    consent: {
      description:
        'A lead that has withdrawn its consent: handed off with a warning, or not until it grants it again. For all channels, or by channel with `others`. Default: warn.',
      anyOf: [refused, { type: 'object', minProperties: 1, additionalProperties: refused }],
    },
    returns: {
      type: 'object',
      additionalProperties: false,
      required: ['pause'],
      description: 'A lead that was returned or rejected and is still hot, or is again.',
      properties: {
        pause: {
          ...duration,
          description:
            'How long it is not handed off, unless it asks for something (InquiryReceived): 30m, 4h, 1d, or 30bm, 4bh, 1bd in the working hours of who gave it back. Default: none, its next act is enough.',
        },
      },
    },
    imports: {
      type: 'object',
      additionalProperties: false,
      required: ['perDay'],
      properties: {
        perDay: {
          type: 'integer',
          minimum: 1,
          maximum: 1000,
          description: 'Handoffs a day of leads whose past was imported with decisions=trickle. Default: 20.',
        },
      },
    },
    destinations: {
      type: 'array',
      description: 'Where handoffs are delivered, signed as Standard Webhooks.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'url', 'secretEnv'],
        properties: {
          name: { type: 'string', pattern: '^[\\w-]{1,64}$' },
          url: { type: 'string', pattern: '^[hH][tT][tT][pP][sS]?:', description: 'Address, http or https.' },
          secretEnv: { ...text, description: 'Name of the environment variable with the secret, of the workers.' },
        },
      },
    },
  },
} as const;
