import { catalogue, type Profile } from '@leadlog/lead';
import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { shown, unknownName, type ModelDocument } from './model-document';
import { OPERATORS, regexProblem, type Condition, type Operator, type Scalar } from './where';

export const PROFILE_FIELDS: readonly (keyof Profile)[] = ['name', 'email', 'phone', 'company', 'department', 'title', 'industry', 'employees'];
const METADATA_FIELDS = ['source', 'sourceId', 'initiator', 'actor', 'correlationId', 'causationId', 'occurredAt', 'schemaVersion'];
const MOST_CONDITIONS = 20;
/** Which of them hold is kept as bits of one number. */
const MOST_CONDITIONS_OF_A_FIELD = 50;

/** The conditions of all rules of one document. */
export class ConditionParser {
  private readonly conditionsOfField = new Map<string, number>();

  constructor(private readonly document: ModelDocument) {}

  ofProfile(node: Node | undefined, what: string): Condition[] {
    const conditions = this.conditions(node, what, (path) => this.profileField(path));
    for (const { path } of conditions) {
      const known = (this.conditionsOfField.get(path) ?? 0) + 1;
      this.conditionsOfField.set(path, known);
      if (known === MOST_CONDITIONS_OF_A_FIELD + 1) this.document.wrong(node, `${what}: expected at most ${MOST_CONDITIONS_OF_A_FIELD} conditions on ${path} in a model, got one more; use $in or one $regex`);
    }
    return conditions;
  }

  ofEvent(node: Node | undefined, what: string, on: string): Condition[] {
    return this.conditions(node, what, (path) => this.eventField(path, on));
  }

  private conditions(node: Node | undefined, what: string, problemOf: (path: string) => string | undefined): Condition[] {
    const conditions: Condition[] = [];
    for (const [path, [key, value]] of this.document.entries(node, `${what}: conditions`)) {
      const problem = problemOf(path);
      if (problem) this.document.wrong(key, `${what}: ${problem}`);
      if (isMap(value)) conditions.push(...this.operators(path, value, `${what}: ${path}`));
      else conditions.push({ path, operator: '$eq', value: this.scalar(value, `${what}: ${path}`) });
    }
    if (conditions.length > MOST_CONDITIONS) this.document.wrong(node, `${what}: expected at most ${MOST_CONDITIONS} conditions, got ${conditions.length}`);
    return conditions;
  }

  private operators(path: string, node: Node, what: string): Condition[] {
    const entries = this.document.entries(node, what);
    const fallback = entries.get('$default');
    const whenAbsent = fallback && this.scalar(fallback[1], `${what}: $default`);
    const conditions: Condition[] = [];
    for (const [name, [key, value]] of entries) {
      if (name === '$default') continue;
      const operator = OPERATORS.find((one) => one === name);
      if (!operator) this.document.wrong(key, `${what}: ${unknownName(name, [...OPERATORS, '$default'])}`);
      else conditions.push({ path, operator, value: this.operand(operator, value, `${what}: ${operator}`), ...(whenAbsent !== undefined && { default: whenAbsent }) });
    }
    if (conditions.length === 0) this.document.wrong(node, `${what}: expected an operator (${OPERATORS.join(', ')}), got none`);
    return conditions;
  }

  private operand(operator: Operator, node: Node | null, what: string): Condition['value'] {
    if (operator === '$in') {
      if (!isSeq(node) || node.items.length === 0) {
        this.document.wrong(node, `${what}: expected a list of values, got ${shown(node)}`);
        return [];
      }
      return (node.items as Node[]).map((item) => this.scalar(item, what));
    }
    const value = this.scalar(node, what);
    if (operator === '$exists' && typeof value !== 'boolean') this.document.wrong(node, `${what}: expected true or false, got ${shown(node)}`);
    if (/^\$[gl]te?$/.test(operator) && typeof value === 'boolean') this.document.wrong(node, `${what}: expected a number or a text to compare with, got ${shown(node)}`);
    if (operator === '$regex') {
      const problem = typeof value === 'string' ? regexProblem(value) : `a regular expression, got ${shown(node)}`;
      if (problem) this.document.wrong(node, `${what}: expected ${problem}`);
    }
    return value;
  }

  private scalar(node: Node | null | undefined, what: string): Scalar {
    if (isScalar(node) && typeof node.value === 'string' && node.value.includes('\0')) this.document.wrong(node, `${what}: expected a text without the character 0, which no text of an event has`);
    if (isScalar(node) && (typeof node.value === 'string' || typeof node.value === 'number' || typeof node.value === 'boolean')) return node.value;
    this.document.wrong(node, `${what}: expected a text, a number, true or false, got ${shown(node)}`);
    return '';
  }

  private eventField(path: string, on: string): string | undefined {
    const [root, field, ...rest] = path.split('.');
    if ((root !== 'data' && root !== 'metadata') || !field || !rest.every((part) => /^[\w-]{1,64}$/.test(part))) return `expected a path such as data.kind or metadata.source, got ${JSON.stringify(path)}`;
    const definition = catalogue.get(on);
    if (!definition) return undefined;
    const known = root === 'data' ? Object.keys(definition.jsonSchema['properties'] as object) : METADATA_FIELDS;
    return known.includes(field) ? undefined : `in ${root} of ${on} ${unknownName(field, known)}`;
  }

  private profileField(field: string): string | undefined {
    return PROFILE_FIELDS.some((known) => known === field) ? undefined : `in a profile ${unknownName(field, PROFILE_FIELDS)}`;
  }
}
