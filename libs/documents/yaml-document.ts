import { Document, isAlias, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, type Node, type YAMLMap } from 'yaml';
import { LeadlogError } from '@leadlog/errors';
import { nearest, shown as shownValue, unstorable } from '@leadlog/events';
import { writeOutAliases } from './expand-aliases';

export interface DocumentProblem {
  line: number;
  column: number;
  /** What was expected, what was given, and the nearest name if that helps. */
  message: string;
}

/** More would not help, and a document full of mistakes must not cause an answer many times its size. */
export const MOST_PROBLEMS = 50;
const LONGEST_NAME = 80;
const LONGEST_MESSAGE = 400;
const MOST_KNOWN_NAMES = 40;

/**
 * A document that people write is not valid; lists its problems by line and column: all of them, or the first 50 with a note that there
 * are more.
 */
export class InvalidDocument extends LeadlogError {
  readonly kind = 'invalid';

  constructor(
    readonly file: string,
    readonly problems: readonly DocumentProblem[],
  ) {
    super(problems.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`).join('\n'), {
      exactly: 'unprocessable',
      errors: problems,
    });
  }
}

const LENGTHS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `30m`, `1h`, `7d` → ms; undefined if the text is not a duration. */
export function durationOf(text: unknown): number | undefined {
  const match = typeof text === 'string' ? /^([1-9]\d{0,5})([mhd])$/.exec(text) : null;
  return match ? Number(match[1]) * LENGTHS[match[2]!]! : undefined;
}

/** Characters of a document that is kept. */
export const LONGEST_DOCUMENT = 256 * 1_024;

/**
 * Reads a document node by node and collects problems with their positions. `content`: the text, YAML or JSON, or its content as data;
 * `what`: how messages call the whole; `longest`: in characters. Throws InvalidDocument for one that is too long or too deep, and as soon
 * as there are too many problems to be useful.
 */
export class YamlDocument {
  readonly problems: DocumentProblem[] = [];
  readonly root: Node | null;
  private readonly lines = new LineCounter();
  private readonly document: Document;

  constructor(
    readonly file: string,
    content: string | object,
    private readonly what: string,
    longest = Infinity,
  ) {
    if (typeof content === 'string' && content.length > longest)
      throw this.never(`expected a document of at most ${longest} characters, got ${content.length}`);
    if (typeof content === 'string' && isDeep(content)) throw this.tooDeep();
    this.document = this.nested(() =>
      // Whether a name is there twice is asked of each mapping that is read: the library compares every name with every other.
      typeof content === 'string'
        ? parseDocument(content, { lineCounter: this.lines, prettyErrors: false, uniqueKeys: false })
        : new Document(content, { aliasDuplicateObjects: false }),
    );
    for (const error of this.document.errors) this.wrongAt(error.pos[0], error.message);
    this.root = this.document.contents as Node | null;
  }

  /** Expands aliases. Throws InvalidDocument if they name nothing or expand to too much. */
  writeOutAliases(): void {
    const before = this.problems.length;
    writeOutAliases(this.root, (node, message) => this.wrong(node, message));
    if (this.problems.length > before) this.finish();
  }

  /** The content of the document, as data. */
  definition(): object {
    return this.nested(() => this.document.toJS() as object);
  }

  /** The same, to be kept. Throws InvalidDocument if an escape in quotes ("\\uD800") names what the text itself cannot hold. */
  keptDefinition(): object {
    const definition = this.definition();
    const unkept = unstorable(definition);
    if (unkept.length === 0) return definition;
    throw new InvalidDocument(
      this.file,
      unkept.map(({ pointer, expected, got }) => ({ line: 1, column: 1, message: `${pointer}: expected ${expected}, got ${got}` })),
    );
  }

  /** Composing goes down with the document. */
  private nested<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw this.tooDeep();
    }
  }

  private tooDeep(): InvalidDocument {
    return this.never('expected a document a few levels deep, got hundreds of levels');
  }

  /** What makes the whole unreadable has no place of its own. */
  private never(message: string): InvalidDocument {
    return new InvalidDocument(this.file, [{ line: 1, column: 1, message: `${this.what}: ${message}` }]);
  }

  /** The line on which a node begins, from 1; always 1 for content that was given as data. */
  lineOf(node: Node): number {
    return Math.max(1, this.lines.linePos(node.range?.[0] ?? 0).line);
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
      if (found.has(name)) this.wrong(pair.key, `${what}: expected each name once, got ${short(name)} again`);
      if (isScalar(pair.value) && pair.value.value === null) this.wrong(pair.key, `${what}: ${short(name)} has no value`);
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
    return (
      durationOf(isScalar(node) ? node.value : undefined) ??
      this.wrong(node, `${what}: expected a duration such as 30m, 1h or 7d, got ${shown(node)}`)
    );
  }

  finish(): void {
    if (this.problems.length === 0) return;
    throw new InvalidDocument(
      this.file,
      [...this.problems].sort((a, b) => a.line - b.line || a.column - b.column),
    );
  }

  private wrongAt(offset: number, message: string): undefined {
    const { line, col } = this.lines.linePos(offset);
    const place = { line: Math.max(1, line), column: Math.max(1, col) };
    if (this.problems.length === MOST_PROBLEMS) {
      this.problems.push({
        ...place,
        message: `${this.what}: only the first ${MOST_PROBLEMS} problems are shown; fix them and check again`,
      });
      this.finish();
    }
    this.problems.push({ ...place, message: message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE - 1)}…` });
    return undefined;
  }
}

/** Documents have some eight levels. Brackets in texts are counted too, and no document that is one comes near. */
const MOST_LEVELS = 200;

/** What opens a level without indentation: brackets, and `- - -` or `? ? ?` in one line, over which the parser of YAML takes minutes. */
function isDeep(text: string): boolean {
  let brackets = 0;
  let marks = 0;
  for (let i = 0; i < text.length; i += 1) {
    const sign = text[i]!;
    if (sign === '[' || sign === '{') brackets += 1;
    else if (sign === ']' || sign === '}') brackets = Math.max(0, brackets - 1);
    if (sign === '-' || sign === '?') marks += text[i + 1] === ' ' ? 1 : 0;
    else if (sign !== ' ') marks = 0;
    if (brackets > MOST_LEVELS || marks > MOST_LEVELS) return true;
  }
  return false;
}

/** A name shortened for messages, because it may be a megabyte. */
export const short = (name: string): string => (name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME - 1)}…`);

export function unknownName(name: string, known: readonly string[]): string {
  if (known.length === 0) return `there is no ${short(name)}`;
  const [told, rest] = [known.slice(0, MOST_KNOWN_NAMES), known.length - MOST_KNOWN_NAMES];
  return `there is no ${short(name)}; the nearest is ${nearest(name, known)} (known: ${told.join(', ')}${rest > 0 ? ` and ${rest} more` : ''})`;
}

export function shown(node: Node | null | undefined): string {
  if (node === null || node === undefined) return 'nothing';
  if (isAlias(node)) return `the alias *${short(node.source)} (write the value itself)`;
  if (isScalar(node))
    return typeof node.value === 'number' ? String(node.value) : typeof node.value === 'bigint' ? `${node.value}` : shownValue(node.value);
  return isSeq(node) ? 'a list' : 'a mapping';
}
