import { START, type Position } from '@leadlog/event-log';
import { SLICES, sliceOf } from '../slices';

/** The slices of a generation that a worker folds: which keys are in them, and up to where each of them is committed. */
export class HeldSlices {
  /** By slice, where it is held. */
  private readonly committed: (Position | undefined)[] = Array.from({ length: SLICES });
  private readonly holdsAll: boolean;
  private part: ((key: string) => boolean) | undefined;
  /** Everything up to here is committed, in all slices. */
  checkpoint: Position;
  /** Beyond it no slice has anything committed. */
  private ahead: number;

  /** `checkpoints` in the order of `slices`; undefined where nothing was ever committed. */
  constructor(
    private readonly slices: readonly number[],
    checkpoints: readonly (Position | undefined)[],
  ) {
    slices.forEach((slice, index) => (this.committed[slice] = checkpoints[index] ?? START));
    this.holdsAll = slices.length === SLICES;
    this.checkpoint = this.least();
    this.ahead = this.most();
  }

  /** Nobody else holds any key. */
  get isEverything(): boolean {
    return this.holdsAll && !this.part;
  }

  /** From now on only keys of this part are there. */
  limitTo(part: ((key: string) => boolean) | undefined): void {
    this.part = part;
  }

  owns(key: string): boolean {
    if (this.part && !this.part(key)) return false;
    return this.holdsAll || this.committed[sliceOf(key)] !== undefined;
  }

  /** Up to where the slice of this key is committed, where it is held. */
  checkpointOf(key: string): Position | undefined {
    return this.committed[sliceOf(key)];
  }

  /**
   * The slice of this key has gone past the event: its documents are as of later, with merges that are not known here yet. Folded
   * once more, an event would land where it belonged before them.
   */
  hasPassed(at: number, key: string): boolean {
    return at <= this.ahead && at <= this.committed[sliceOf(key)]!;
  }

  moveTo(through: Position): void {
    for (const slice of this.slices) if (this.committed[slice]! < through) this.committed[slice] = through;
    this.checkpoint = this.least();
    this.ahead = this.most();
  }

  private most(): number {
    return this.slices.map((slice) => Number(this.committed[slice])).reduce((most, position) => Math.max(most, position));
  }

  private least(): Position {
    return this.slices.map((slice) => this.committed[slice]!).reduce((least, position) => (position < least ? position : least));
  }
}
