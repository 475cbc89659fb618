import { closest } from 'fastest-levenshtein';
import { isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, type Node, type YAMLMap } from 'yaml';

export interface ModelProblem {
  line: number;
  column: number;
  /** What was expected, what came, and the nearest name where that helps. */
  message: string;
}

/** The document is no scoring model; says everything that is wrong with it, by line and column. */
export class InvalidModel extends Error {
  constructor(
    readonly file: string,
    readonly problems: readonly ModelProblem[],
  ) {
    super(problems.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`).join('\n'));
    this.name = 'InvalidModel';
  }
}

const LENGTHS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `30m`, `1h`, `7d` → ms; undefined when the text is none of them. */
export function durationOf(text: unknown): number | undefined {
  const match = typeof text === 'string' ? /^([1-9]\d{0,5})([mhd])$/.exec(text) : null;
  return match ? Number(match[1]) * LENGTHS[match[2]!]! : undefined;
}

/** Reads a YAML (or JSON) document node by node and remembers everything that is wrong, where it is. */
export class ModelDocument {
  readonly problems: ModelProblem[] = [];
  readonly root: Node | null;
  private readonly lines = new LineCounter();

  constructor(readonly file: string, text: string) {
    const document = parseDocument(text, { lineCounter: this.lines, prettyErrors: false });
    for (const error of document.errors) this.wrongAt(error.pos[0], error.message);
    this.root = document.contents as Node | null;
  }

  wrong(node: Node | null | undefined, message: string): undefined {
    this.wrongAt(node?.range?.[0] ?? 0, message);
  }

  /** The members of a mapping by name; names that are not known are wrong, those that must be there too. */
  members(node: Node | null | undefined, what: string, known: readonly string[], required: readonly string[] = []): Map<string, Node> {
    const members = this.entries(node, what);
    for (const [name, [key]] of members) if (!known.includes(name)) this.wrong(key, `${what}: ${unknownName(name, known)}`);
    if (isMap(node)) for (const name of required) if (!members.has(name)) this.wrong(node, `${what}: expected ${name}, which is missing`);
    return new Map([...members].flatMap(([name, [, value]]) => (value ? [[name, value] as const] : [])));
  }

  /** Name → nodes of name and value, of a mapping whose names are free. */
  entries(node: Node | null | undefined, what: string): Map<string, [key: Node, value: Node | null]> {
    const found = new Map<string, [Node, Node | null]>();
    if (!isMap(node)) {
      this.wrong(node, `${what}: expected a mapping, got ${shown(node)}`);
      return found;
    }
    for (const pair of (node as YAMLMap<Node, Node | null>).items) {
      if (!isPair(pair)) continue;
      const name = isScalar(pair.key) ? String(pair.key.value) : '';
      if (isScalar(pair.value) && pair.value.value === null) this.wrong(pair.key, `${what}: ${name} has no value`);
      else found.set(name, [pair.key, pair.value]);
    }
    return found;
  }

  items(node: Node | undefined, what: string): Node[] {
    if (isSeq(node)) return node.items as Node[];
    this.wrong(node, `${what}: expected a list, got ${shown(node)}`);
    return [];
  }

  text(node: Node | undefined, what: string): string | undefined {
    if (node === undefined) return undefined;
    if (isScalar(node) && typeof node.value === 'string' && node.value !== '') return node.value;
    return this.wrong(node, `${what}: expected a text, got ${shown(node)}`);
  }

  number(node: Node | undefined, what: string, expected: string, fits: (value: number) => boolean): number | undefined {
    if (node === undefined) return undefined;
    if (isScalar(node) && typeof node.value === 'number' && Number.isFinite(node.value) && fits(node.value)) return node.value;
    return this.wrong(node, `${what}: expected ${expected}, got ${shown(node)}`);
  }

  duration(node: Node | undefined, what: string): number | undefined {
    if (node === undefined) return undefined;
    return durationOf(isScalar(node) ? node.value : undefined) ?? this.wrong(node, `${what}: expected a duration such as 30m, 1h or 7d, got ${shown(node)}`);
  }

  finish(): void {
    if (this.problems.length === 0) return;
    throw new InvalidModel(this.file, [...this.problems].sort((a, b) => a.line - b.line || a.column - b.column));
  }

  private wrongAt(offset: number, message: string): undefined {
    const { line, col } = this.lines.linePos(offset);
    this.problems.push({ line: Math.max(1, line), column: Math.max(1, col), message });
    return undefined;
  }
}

export function unknownName(name: string, known: readonly string[]): string {
  if (known.length === 0) return `there is no ${name}`;
  return `there is no ${name}; the nearest is ${closest(name, known as string[])} (known: ${known.join(', ')})`;
}

export function shown(node: Node | null | undefined): string {
  if (node === null || node === undefined) return 'nothing';
  if (isScalar(node)) return typeof node.value === 'number' ? String(node.value) : (JSON.stringify(node.value) ?? 'nothing');
  return isSeq(node) ? 'a list' : 'a mapping';
}
