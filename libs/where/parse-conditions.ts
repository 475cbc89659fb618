import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { short, shown, unknownName, type YamlDocument } from '@leadlog/documents';
import { problemOfCondition, problemTogether, type FieldShape } from './field-shapes';
import { OPERATORS, readRegex, type Condition, type Operator, type Scalar } from './where';

const MOST_CONDITIONS = 20;
/** Of all patterns of a document together, compiled: whoever reads the document compiles them. */
const MOST_INSTRUCTIONS = 50_000;

export interface ConditionOptions {
  /** How messages call the document. */
  document: string;
  /** What has been published counts as it is, even if the present program would refuse it from its author. */
  published?: boolean;
  /** Whether a list of values means `$in`. */
  lists?: boolean;
}

/** The shape of a field; undefined if anything may be in it; or why there is no such field, as a text. */
export type FieldOf = (path: string) => FieldShape | string | undefined;

/** The conditions of one document. */
export class ConditionParser {
  private instructions = 0;

  constructor(
    private readonly document: YamlDocument,
    private readonly options: ConditionOptions,
  ) {}

  conditions(node: Node | undefined, what: string, fieldOf: FieldOf): Condition[] {
    const conditions: Condition[] = [];
    for (const [path, [key, value]] of this.document.entries(node, `${what}: conditions`)) {
      const field = fieldOf(path);
      if (typeof field === 'string') this.document.wrong(key, `${what}: ${field}`);
      const about = `${what}: ${short(path)}`;
      const before = this.document.problems.length;
      const asked = this.asked(path, value, about);
      conditions.push(...asked);
      if (typeof field === 'object' && !this.options.published && this.document.problems.length === before)
        this.meetable(field, asked, isMap(value) ? key : value, about);
    }
    if (conditions.length > MOST_CONDITIONS)
      this.document.wrong(node, `${what}: expected at most ${MOST_CONDITIONS} conditions, got ${conditions.length}`);
    return conditions;
  }

  private asked(path: string, value: Node | null, about: string): Condition[] {
    if (isMap(value)) return this.operators(path, value, about);
    if (isSeq(value) && this.options.lists) return [{ path, operator: '$in', value: this.operand('$in', value, about) }];
    return [{ path, operator: '$eq', value: this.scalar(value, about) }];
  }

  /** A rule that nothing can meet is a mistake: it would silently never hold. */
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
    if (before <= MOST_INSTRUCTIONS && this.instructions > MOST_INSTRUCTIONS && !this.options.published) {
      this.document.wrong(
        node,
        `${what}: expected patterns of at most ${MOST_INSTRUCTIONS} instructions in a ${this.options.document}, compiled, got more with this one; use fewer repetitions such as {100}`,
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
}
