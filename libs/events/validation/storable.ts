import { escaped, MOST_ERRORS, type FieldError } from './field-errors';

/** Deeper than anything in the catalogue, and still safe for code that recurses through JSON and SQL. */
const DEEPEST = 64;
/** Members of objects and entries of lists together. */
export const MOST_FIELDS = 20_000;
const NONE: readonly FieldError[] = Object.freeze([]);

const TEXT = 'text without lone surrogates (U+D800 to U+DFFF) and without U+0000';
const NUMBER = `a number between ±${Number.MAX_SAFE_INTEGER}, which is stored exactly; send a longer one as text`;

/**
 * The parts of a JSON value that the log, the read models or the archive could not return unchanged: a lone surrogate has no UTF-8 form,
 * U+0000 ends a text in some of them, 1e400 is not a number once parsed. Also values that are too deep or have too many fields:
 * these are counted here, before anything more expensive runs. `at`: pointer to the value.
 */
export function unstorable(value: unknown, at = ''): readonly FieldError[] {
  if (typeof value === 'string') return isWhole(value) ? NONE : [{ pointer: at, expected: TEXT, got: around(value) }];
  if (typeof value !== 'number' && (typeof value !== 'object' || value === null)) return NONE;
  const look = new Look(at);
  look.into(value, 0);
  return look.found;
}

class Look {
  readonly found: FieldError[] = [];
  private readonly path: (string | number)[] = [];
  private fields = 0;

  constructor(private readonly at: string) {}

  /** Returns false once there is no point in continuing. */
  into(value: unknown, depth: number): boolean {
    switch (typeof value) {
      case 'string':
        return isWhole(value) || this.wrong(TEXT, around(value));
      case 'number':
        return Math.abs(value) <= Number.MAX_SAFE_INTEGER || this.wrong(NUMBER, String(value));
      case 'object':
        return value === null || this.members(value, depth);
      default:
        return true;
    }
  }

  private members(value: object, depth: number): boolean {
    if (depth === DEEPEST) {
      this.path.length = 1;
      this.wrong(`at most ${DEEPEST} levels of nesting`, 'more');
      return false;
    }
    const list = Array.isArray(value);
    for (const name in value) {
      if ((this.fields += 1) > MOST_FIELDS) {
        this.path.length = 0;
        this.wrong(`at most ${MOST_FIELDS} fields and list entries in total`, 'more');
        return false;
      }
      this.path.push(name);
      const named =
        list ||
        (isWhole(name) && name !== '__proto__') ||
        this.wrong(name === '__proto__' ? 'another field name' : `a field name that is ${TEXT}`, around(name));
      if (!named || !this.into((value as Record<string, unknown>)[name], depth + 1)) return false;
      this.path.pop();
    }
    return true;
  }

  /** Returns whether there is room for more. */
  private wrong(expected: string, got: string): boolean {
    this.found.push({ pointer: this.at + this.path.map((part) => `/${escaped(String(part))}`).join(''), expected, got });
    return this.found.length < MOST_ERRORS;
  }
}

const HALF_OR_NUL = /\p{Surrogate}|\0/u;

// `isWellFormed` of Node 20 skips strings with one byte per character altogether.
const isWhole = (text: string): boolean => (text as string & { isWellFormed(): boolean }).isWellFormed() && !text.includes('\0');

/** Shows the wrong place, however long the text is. */
function around(text: string): string {
  const at = Math.max(0, text.search(HALF_OR_NUL));
  const from = at > 24 ? at - 24 : 0;
  return `${from > 0 ? '…' : ''}${JSON.stringify(text.slice(from, at + 24))}${at + 24 < text.length ? '…' : ''}`;
}
