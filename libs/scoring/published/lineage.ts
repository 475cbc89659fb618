import type { StoredModel } from './stored-model';

/** Publications that were rolled back, as positions of the log; plain data. */
export interface RolledBack {
  /** From the first publication that was rolled back to the rollback; since: when that publication was recorded, ms. */
  stretches: { after: string; through: string; since: number }[];
  /** Of each version that was ever rolled back, all its publications in the order of the log. */
  publications: { version: string; position: string; back: boolean }[];
}

/** The publications that count (by number), as a stack: a rollback removes those after the one to which it returns. */
export function lineageOf({ published }: StoredModel): number[] {
  const lineage: number[] = [];
  for (const [number, { original }] of published.entries()) {
    if (original !== number) while (lineage.length > 0 && published[lineage.at(-1)!]!.original !== original) lineage.pop();
    lineage.push(number);
  }
  return lineage;
}

/** Undefined if there were none. */
export function rolledBackIn(state: StoredModel): RolledBack | undefined {
  const { published } = state;
  const lineage = lineageOf(state);
  if (lineage.length === published.length) return undefined;
  const counts = new Set(lineage);
  const taken = new Set(published.flatMap(({ knownAs }, number) => (counts.has(number) ? [] : [knownAs])));
  return {
    stretches: lineage.flatMap((number, i) => {
      const first = i === 0 ? 0 : lineage[i - 1]! + 1;
      return first === number
        ? []
        : [{ after: published[first]!.position, through: published[number]!.position, since: published[first]!.at }];
    }),
    publications: published.flatMap(({ knownAs, position }, number) =>
      taken.has(knownAs) ? [{ version: knownAs, position, back: !counts.has(number) }] : [],
    ),
  };
}

/** Compiled for folding. */
export interface Undone {
  /** Whether a decision of this version at this position was made by a publication that was rolled back. */
  isUndone(version: string, position: bigint): boolean;
  /** Since when (ms) nobody has decided by what counts again, for a fact of this position; undefined where somebody did. */
  undecidedSince(position: bigint): number | undefined;
}

export function undoneBy({ stretches, publications }: RolledBack): Undone {
  const spans = stretches.map(({ after, through, since }) => ({ after: BigInt(after), through: BigInt(through), since }));
  const all = publications.map(({ version, position, back }) => ({ version, position: BigInt(position), back }));
  return {
    isUndone: (version, position) => all.findLast((one) => one.version === version && one.position < position)?.back === true,
    undecidedSince: (position) => spans.find((span) => position > span.after && position < span.through)?.since,
  };
}
