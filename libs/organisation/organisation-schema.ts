import { COUNTRIES } from './holidays';
import { EMPLOYERS, TEAM_KINDS, WEEKDAYS } from './organisation';

const id = { type: 'string', pattern: '^(?!\\.{1,2}$)[^\\s\\p{Cc}|]{1,128}$' };
const name = { type: 'string', minLength: 1, maxLength: 200 };
const day = { type: 'string', format: 'date' };
const shifts = {
  type: 'string',
  pattern: '^[0-9:,\\s~–-]+$',
  description: '09:00-18:00, or several after each other: 09:00-12:00, 13:00-18:00. Hours that end before they begin go on past midnight.',
};
const hours = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  description: 'Working hours by weekday; days that are left out are not worked.',
  properties: Object.fromEntries(WEEKDAYS.map((weekday) => [weekday, { anyOf: [shifts, { type: 'array', items: shifts, minItems: 1 }] }])),
};

/**
 * JSON Schema (draft 2020-12) of an organisation, for editors to complete and check. The parser checks more (hours, ids, teams that are
 * named); every document that it accepts is valid here.
 */
export const ORGANISATION_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Leadlog organisation',
  type: 'object',
  additionalProperties: false,
  required: ['calendar', 'teams', 'reps'],
  properties: {
    organisation: name,
    calendar: {
      type: 'object',
      additionalProperties: false,
      required: ['timezone', 'country', 'hours'],
      description: 'When the company works.',
      properties: {
        timezone: { type: 'string', description: 'IANA time zone, such as Asia/Tokyo.' },
        country: { enum: COUNTRIES, description: 'Whose public holidays are not worked.' },
        holidays: {
          type: 'array',
          description: 'Days that are not worked either.',
          items: { type: 'object', additionalProperties: false, required: ['date'], properties: { date: day, name } },
        },
        hours,
      },
    },
    teams: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['id', 'kind'],
        properties: {
          id,
          name,
          kind: { enum: TEAM_KINDS },
          employer: { enum: EMPLOYERS, description: 'Default: own.' },
          manager: { ...name, description: 'Id of the manager.' },
        },
      },
    },
    reps: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['id', 'team'],
        properties: {
          id,
          name,
          team: { type: 'string', description: 'Id of a team above.' },
          weight: {
            type: 'number',
            exclusiveMinimum: 0,
            description: 'Share of the leads, compared with the other reps. Default: 1.',
          },
          capacity: { type: 'integer', minimum: 0, maximum: 100000, description: 'Most open handoffs. Default: any number.' },
          hours,
          absent: {
            type: 'array',
            description: 'Days on which they are not there, both included.',
            items: { type: 'object', additionalProperties: false, required: ['from', 'to'], properties: { from: day, to: day } },
          },
          leftOn: { ...day, description: 'The first day on which they do not work here any more.' },
        },
      },
    },
  },
} as const;
