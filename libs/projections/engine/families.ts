import { START, type Position } from '@leadlog/event-log';
import type { ReadModelStore } from '../store';

/** What was merged and what was reverted, ranked by position; the key of an entry is the correction as JSON. */
export const MERGES_LIST = '~merges';

const PAGE = 10_000;

export type FamilyCorrection =
  | { kind: 'merge'; from: string; to: string }
  /** `key`, or one that it is merged into, was merged by this event. */
  | { kind: 'unmerge'; key: string; mergeEventId: string };

/**
 * Who has been merged into whom, as of one position of the log. It is a function of the corrections up to there, so every worker
 * comes to the same, whichever slices it holds: a key may be merged into one that another worker folds. The corrections are kept
 * in a list of the generation, with the commit of whoever has gone past them, so that it can be made again as of any checkpoint.
 */
export class Families {
  private readonly parents = new Map<string, { key: string; by: string }>();
  private readonly children = new Map<string, readonly string[]>();

  private constructor(private position: Position) {}

  /** Where nothing is ever merged. */
  static none(): Families {
    return new Families(START);
  }

  static async asOf(store: ReadModelStore, generation: string, through: Position): Promise<Families> {
    const families = new Families(START);
    for (let after; ;) {
      const page = await store.list(generation, MERGES_LIST, { max: Number(through), limit: PAGE, after });
      for (const { key, rank } of page) {
        const { id, ...correction } = JSON.parse(key) as FamilyCorrection & { id: string };
        families.correct(correction, id, BigInt(rank));
      }
      after = page.at(-1);
      if (page.length < PAGE) break;
    }
    families.position = through;
    return families;
  }

  /** Takes a correction into account, once. Answers the keys whose own history is another from here on. */
  correct(correction: FamilyCorrection, id: string, at: Position): string[] {
    if (at <= this.position) return [];
    this.position = at;
    return correction.kind === 'merge'
      ? this.merge(correction.from, correction.to, id)
      : this.unmerge(correction.key, correction.mergeEventId);
  }

  parent(key: string): { key: string; by: string } | undefined {
    return this.parents.get(key);
  }

  ofKey(key: string): readonly string[] {
    return this.children.get(key) ?? NONE;
  }

  /** The key under which this one's events are folded. */
  root(key: string): string {
    if (this.parents.size === 0) return key;
    let root = key;
    for (let parent = this.parents.get(root); parent; parent = this.parents.get(root)) root = parent.key;
    return root;
  }

  /** The key and all that have been merged into it, directly or not. */
  members(key: string): string[] {
    const members = [key];
    // The list grows as it is gone through: one merged after the other makes a family of any depth.
    for (const member of members) members.push(...this.ofKey(member));
    return members;
  }

  private merge(from: string, to: string, by: string): string[] {
    const merged = this.root(from);
    const survivor = this.root(to);
    // Already one, or a circle made by two merges at the same time: the first in the log holds.
    if (merged === survivor) return [];
    // Under the key that was named, not its root: when that one is freed again, this one goes with it.
    this.parents.set(merged, { key: to, by });
    this.children.set(to, [...this.ofKey(to), merged].sort());
    return [...new Set([merged, to, survivor])];
  }

  private unmerge(key: string, mergeEventId: string): string[] {
    let freed = key;
    for (let parent = this.parents.get(freed); parent?.by !== mergeEventId; parent = this.parents.get(freed)) {
      if (!parent) return [];
      freed = parent.key;
    }
    const survivor = this.root(freed);
    const parent = this.parents.get(freed)!.key;
    const left = this.ofKey(parent).filter((child) => child !== freed);
    if (left.length > 0) this.children.set(parent, left);
    else this.children.delete(parent);
    this.parents.delete(freed);
    return [...new Set([freed, parent, survivor])];
  }
}

/** As an entry of MERGES_LIST. */
export function entryOf(correction: FamilyCorrection, id: string): string {
  return JSON.stringify({ ...correction, id });
}

const NONE: readonly string[] = [];
