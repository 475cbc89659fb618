export { CONDITION_OR_LIST_SCHEMA, CONDITION_SCHEMA } from './condition-schema';
export { fieldIn } from './field-shapes';
export type { FieldShape, JsonSchema, UnknownField } from './field-shapes';
export { ConditionParser } from './parse-conditions';
export { OPERATORS, readRegex, testOf, whereOf } from './where';
export type { Condition, Operator, Scalar, Test } from './where';
