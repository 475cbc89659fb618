import { hash } from './hash';
import type { ReadModelView } from './read-models';

/**
 * How a reader that caches data derived from documents learns which of them have changed, in any process and for any reason:
 * an event, a merge, its reversal, an erasure. Keys are divided into parts, and each part has a tally to which every document adds a
 * hash of what the reader uses. A part whose sum has changed is read again; the others are unchanged.
 */
const PARTS = 1_024;

export const partOf = (key: string): number => hash(key) % PARTS;

/**
 * Adds the fingerprint cell of a document to the `tallies` of a projection; `text`: what the reader uses. It needs a list that holds the
 * keys of a part, ranked by `partOf`.
 */
export function addFingerprint(cells: Record<string, number>, name: string, key: string, text: string): void {
  let names = cellNames.get(name);
  if (!names) cellNames.set(name, (names = Array.from({ length: PARTS }, (_, part) => `${name}|${String(part).padStart(4, '0')}`)));
  cells[names[partOf(key)]!] = hash(text, hash(key));
}
const cellNames = new Map<string, string[]>();

/** The same text for the same content, whatever the order of members, so that a rebuilt document equals one updated over time. */
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

/** The parts of one view as last read; `name` is the name of the fingerprints. */
export class SeenParts {
  private generation = '';
  private sums = new Map<string, number>();

  constructor(private readonly name: string) {}

  /**
   * The parts that have changed since; if another generation went live, all that ever held anything. Called before reading documents, it
   * misses no change.
   */
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

  /** The usual case, answered without allocating. */
  private isAsBefore(found: readonly (readonly [cell: string, sum: number])[]): boolean {
    return found.length === this.sums.size && found.every(([cell, sum]) => this.sums.get(cell) === sum);
  }
}

/** Runs of consecutive numbers, as first and last. */
export function spansOf(numbers: ReadonlySet<number>): [number, number][] {
  const spans: [number, number][] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = spans.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else spans.push([number, number]);
  }
  return spans;
}
