import { OPERATORS } from './where';

const scalar = { type: ['string', 'number', 'boolean'] };

const operators = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: {
    ...Object.fromEntries(OPERATORS.map((operator) => [operator, scalar])),
    $in: { type: 'array', items: scalar, minItems: 1 },
    $exists: { type: 'boolean' },
    $regex: { type: 'string', maxLength: 200, description: 'RE2 syntax: no look-around, no back-references.' },
    $default: { ...scalar, description: 'Value to compare if the field is absent.' },
  },
};

/** JSON Schema of what is asked of one field. */
export const CONDITION_SCHEMA = { anyOf: [scalar, operators] };
/** The same where a list of values means `$in`. */
export const CONDITION_OR_LIST_SCHEMA = { anyOf: [scalar, { type: 'array', items: scalar, minItems: 1 }, operators] };
