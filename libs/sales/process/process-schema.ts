import { DURATION_PATTERN } from '@leadlog/organisation';
import { CONDITION_OR_LIST_SCHEMA } from '@leadlog/where';
import { kpiNames } from '../kpis/kpis';
import { ENTRY_MOMENTS, EXIT_MOMENTS } from './moments';
import { MOST_FLOW_ITEMS, MOST_RULES_OF_A_STAGE, MOST_STAGES } from './parse-process';
import { FLOW_KINDS } from './process';
import { SITUATION_SCHEMA } from './situation';
import { GIVE_UP_VERBS, RULE_VERBS } from './verbs';

const id = { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$' };
const text = { type: 'string', minLength: 1, maxLength: 500 };
const words = (description: string) => ({
  anyOf: [text, { type: 'object', additionalProperties: false, minProperties: 1, properties: { ja: text, en: text } }],
  description,
});
const names = (known: readonly string[], description: string) => ({
  anyOf: [{ enum: known }, { type: 'array', items: { enum: known }, minItems: 1 }],
  description,
});
const because = words('The reason, as a rep reads it.');

const conditions = {
  type: 'object',
  additionalProperties: false,
  maxProperties: 20,
  description: 'All must hold. A list of values means: one of them.',
  properties: Object.fromEntries(
    Object.entries(SITUATION_SCHEMA.properties).map(([field, { description }]) => [field, { ...CONDITION_OR_LIST_SCHEMA, description }]),
  ),
};

const rule = {
  type: 'object',
  additionalProperties: false,
  required: ['do', 'within', 'because'],
  properties: {
    do: { enum: RULE_VERBS },
    after: {
      enum: ENTRY_MOMENTS,
      description: 'Counted from the last of it. Default: the entry into the stage, or, with `when`, the last step.',
    },
    within: { type: 'string', pattern: DURATION_PATTERN, description: '30m, 4h, 1d; in business time 4bh, 1bd.' },
    at: { const: 'best-hour', description: 'At the hour at which calls are answered most often, within that time.' },
    when: conditions,
    because,
  },
};

const threshold = { type: 'integer', minimum: 1, maximum: 1_000 };
const giveUp = {
  type: 'object',
  additionalProperties: false,
  required: ['after', 'then', 'because'],
  description: 'Takes the place of the rules once a threshold is reached.',
  properties: {
    after: {
      type: 'object',
      additionalProperties: false,
      minProperties: 1,
      properties: {
        calls: { ...threshold, description: 'Calls in the stage.' },
        days: { ...threshold, description: 'Days in the stage.' },
      },
    },
    then: { enum: GIVE_UP_VERBS },
    because,
  },
};

const flowItem = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'kind', 'text'],
  properties: {
    id: { ...id, description: 'Unique in the process; `covered` of calls and meetings names it.' },
    kind: { enum: FLOW_KINDS },
    required: { type: 'boolean', description: 'Default: false.' },
    text: words('What to ask, tell or show.'),
  },
};

const stage = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'name', 'purpose', 'entry'],
  properties: {
    id: { ...id, description: 'Unique in the process.' },
    name: words('As screens and the SFA call it.'),
    purpose: words('What the stage is for.'),
    entry: names(ENTRY_MOMENTS, 'What puts a run or a deal into the stage: any of these.'),
    exit: names(EXIT_MOMENTS, 'What it is meant to lead to: any of these.'),
    kpis: names(kpiNames, 'The numbers to reach.'),
    next: { type: 'array', maxItems: MOST_RULES_OF_A_STAGE, items: rule },
    giveUp,
    flow: {
      type: 'array',
      maxItems: MOST_FLOW_ITEMS,
      items: flowItem,
      description: 'What calls and meetings of the stage should cover, in this order.',
    },
  },
};

/**
 * JSON Schema (draft 2020-12) of a sales process, for editors to complete and check. The parser checks more (unique ids, conditions that
 * nothing can meet); every document that it accepts is valid here.
 */
export const PROCESS_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Leadlog sales process',
  type: 'object',
  additionalProperties: false,
  required: ['process', 'stages'],
  properties: {
    process: { ...id, description: 'Id of the process.' },
    stages: { type: 'array', minItems: 1, maxItems: MOST_STAGES, items: stage },
  },
} as const;
