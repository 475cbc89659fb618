import { hash } from './hash';
import type { ReadModelView } from './read-models';

/**
 * How a reader that keeps something derived from documents learns which of them have changed since, in any process and whatever changed them:
 * an event, a merge, its reversal, an erasure. Keys fall into parts, and each part has a tally to which every document adds a
 * hash of what the reader looks at. A part whose sum is another one is read again; the others are as they were.
 */
const PARTS = 1_024;

export const partOf = (key: string): number => hash(key) % PARTS;

/** Puts in the cell that a document adds to, for `tallies` of a projection; `text`: what the reader looks at. Together with it goes a list that has the keys of a part, ranked by `partOf`. */
export function addFingerprint(cells: Record<string, number>, name: string, key: string, text: string): void {
  let names = cellNames.get(name);
  if (!names) cellNames.set(name, (names = Array.from({ length: PARTS }, (_, part) => `${name}|${String(part).padStart(4, '0')}`)));
  cells[names[partOf(key)]!] = hash(text, hash(key));
}
const cellNames = new Map<string, string[]>();

/** The same text for the same content: in what order members came to a document must not tell a rebuilt one from one that has lived. */
export function canonicalText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'null');
  if (Array.isArray(value)) return `[${value.map(canonicalText).join()}]`;
  let text = '{';
  for (const name of Object.keys(value).sort()) {
    const member = (value as Record<string, unknown>)[name];
    if (member !== undefined) text += `"${name}":${canonicalText(member)},`;
  }
  return `${text}}`;
}

/** The parts of one view as they were when last looked at; `name` is that of the fingerprints. */
export class SeenParts {
  private generation = '';
  private sums = new Map<string, number>();

  constructor(private readonly name: string) {}

  /** Those that have changed since; all that ever held anything where another generation has taken over. Asked before the documents are read, it misses nothing. */
  async changed(view: ReadModelView): Promise<Set<number>> {
    const found = await view.tallies(`${this.name}|`, `${this.name}}`);
    if (view.generation === this.generation && this.isAsBefore(found)) return new Set();
    const before = view.generation === this.generation ? this.sums : new Map<string, number>();
    const now = new Map(found);
    const cells = [...new Set([...now.keys(), ...before.keys(), ...(before === this.sums ? [] : this.sums.keys())])];
    const changed = cells.filter((cell) => now.get(cell) !== before.get(cell) || before !== this.sums);
    this.generation = view.generation;
    this.sums = now;
    return new Set(changed.map((cell) => Number(cell.slice(this.name.length + 1))));
  }

  /** Nearly always, and then told without making anything. */
  private isAsBefore(found: readonly (readonly [cell: string, sum: number])[]): boolean {
    return found.length === this.sums.size && found.every(([cell, sum]) => this.sums.get(cell) === sum);
  }
}

/** Numbers that follow one another, as first and last. */
export function spansOf(numbers: ReadonlySet<number>): [number, number][] {
  const spans: [number, number][] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = spans.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else spans.push([number, number]);
  }
  return spans;
}
