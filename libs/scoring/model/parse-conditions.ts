import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { short, shown, unknownName, type YamlDocument } from '@leadlog/documents';
import type { Profile } from '@leadlog/events';
import { fieldOfEvent, fieldOfProfile, problemOfCondition, problemTogether, type FieldShape, type UnknownField } from './field-shapes';
import { OPERATORS, readRegex, type Condition, type Operator, type Scalar } from './where';

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
const MOST_CONDITIONS = 20;
/** Which of them hold is kept as bits of one number. */
const MOST_CONDITIONS_OF_A_FIELD = 50;
/** Of all patterns of a model together, compiled: whoever reads the model compiles them. */
const MOST_INSTRUCTIONS = 50_000;

/** The conditions of all rules of one document. */
export class ConditionParser {
  private readonly conditionsOfField = new Map<string, number>();
  private instructions = 0;

  constructor(
    private readonly document: YamlDocument,
    private readonly published: boolean,
  ) {}

  ofProfile(node: Node | undefined, what: string): Condition[] {
    const conditions = this.conditions(node, what, (path) => this.profileField(path));
    for (const { path } of conditions) {
      const known = (this.conditionsOfField.get(path) ?? 0) + 1;
      this.conditionsOfField.set(path, known);
      if (known === MOST_CONDITIONS_OF_A_FIELD + 1)
        this.document.wrong(
          node,
          `${what}: expected at most ${MOST_CONDITIONS_OF_A_FIELD} conditions on ${path} in a model, got one more; use $in or one $regex`,
        );
    }
    return conditions;
  }

  ofEvent(node: Node | undefined, what: string, on: string): Condition[] {
    return this.conditions(node, what, (path) => this.eventField(path, on));
  }

  private conditions(node: Node | undefined, what: string, fieldOf: (path: string) => FieldShape | string | undefined): Condition[] {
    const conditions: Condition[] = [];
    for (const [path, [key, value]] of this.document.entries(node, `${what}: conditions`)) {
      const field = fieldOf(path);
      if (typeof field === 'string') this.document.wrong(key, `${what}: ${field}`);
      const about = `${what}: ${short(path)}`;
      const before = this.document.problems.length;
      const asked = isMap(value)
        ? this.operators(path, value, about)
        : [{ path, operator: '$eq' as const, value: this.scalar(value, about) }];
      conditions.push(...asked);
      if (typeof field === 'object' && !this.published && this.document.problems.length === before)
        this.meetable(field, asked, isMap(value) ? key : value, about);
    }
    if (conditions.length > MOST_CONDITIONS)
      this.document.wrong(node, `${what}: expected at most ${MOST_CONDITIONS} conditions, got ${conditions.length}`);
    return conditions;
  }

  /** A rule that no event can meet is a mistake: it would silently never give points. */
  private meetable(field: FieldShape, asked: readonly Condition[], node: Node | null, about: string): void {
    const problems = asked.flatMap((condition) => problemOfCondition(field, condition) ?? []);
    const problem = problems[0] ?? problemTogether(field, asked);
    if (problem !== undefined) this.document.wrong(node, `${about}: ${problem}`);
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
      else
        conditions.push({
          path,
          operator,
          value: this.operand(operator, value, `${what}: ${operator}`),
          ...(whenAbsent !== undefined && { default: whenAbsent }),
        });
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
    if (operator === '$exists' && typeof value !== 'boolean')
      this.document.wrong(node, `${what}: expected true or false, got ${shown(node)}`);
    if (/^\$[gl]te?$/.test(operator) && typeof value === 'boolean')
      this.document.wrong(node, `${what}: expected a number or a text to compare with, got ${shown(node)}`);
    if (operator === '$regex') {
      const read = typeof value === 'string' ? readRegex(value) : `a regular expression, got ${shown(node)}`;
      if (typeof read === 'string') this.document.wrong(node, `${what}: expected ${read}`);
      else this.compiles(read.instructions, node, what);
    }
    return value;
  }

  private compiles(instructions: number, node: Node | null, what: string): void {
    const before = this.instructions;
    this.instructions += instructions;
    if (before <= MOST_INSTRUCTIONS && this.instructions > MOST_INSTRUCTIONS && !this.published) {
      this.document.wrong(
        node,
        `${what}: expected patterns of at most ${MOST_INSTRUCTIONS} instructions in a model, compiled, got more with this one; use fewer repetitions such as {100}`,
      );
    }
  }

  private scalar(node: Node | null | undefined, what: string): Scalar {
    if (isScalar(node) && typeof node.value === 'string' && node.value.includes('\0'))
      this.document.wrong(node, `${what}: expected a text without the character U+0000, which no event contains`);
    if (isScalar(node) && (typeof node.value === 'string' || typeof node.value === 'number' || typeof node.value === 'boolean'))
      return node.value;
    this.document.wrong(node, `${what}: expected a text, a number, true or false, got ${shown(node)}`);
    return '';
  }

  private eventField(path: string, on: string): FieldShape | string | undefined {
    const [root, ...fields] = path.split('.');
    if ((root !== 'data' && root !== 'metadata') || !fields[0] || !fields.slice(1).every((part) => /^[\w-]{1,64}$/.test(part)))
      return `expected a path such as data.kind or metadata.source, got ${JSON.stringify(short(path))}`;
    const field = fieldOfEvent(on, root, fields);
    if (!field || !isUnknown(field)) return field;
    // Below the first level nothing was asked of what has been published.
    if (field.in !== root && this.published) return undefined;
    return field.known.length === 0
      ? `${field.in} of ${on} has no field ${short(field.field)}, because it is not an object`
      : `in ${field.in} of ${on} ${unknownName(field.field, field.known)}`;
  }

  private profileField(path: string): FieldShape | string | undefined {
    const field = fieldOfProfile(path);
    return field && isUnknown(field) ? `in a profile ${unknownName(path, PROFILE_FIELDS)}` : field;
  }
}

const isUnknown = (field: FieldShape | UnknownField): field is UnknownField => 'known' in field;
