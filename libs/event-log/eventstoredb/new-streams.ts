/** Consecutive misses after which streams are read first. */
const MOST_LUCK = 8;
const TRY_AGAIN = 16;

/**
 * Whether an unknown stream is likely new. If so, it is not read first: an append that expects no stream shows as much, and
 * a position after the tail of the log proves that the stream did not exist before.
 */
export class NewStreams {
  private luck = MOST_LUCK;
  private asked = 0;

  areLikely(): boolean {
    this.asked += 1;
    return this.luck > 0 || this.asked % TRY_AGAIN === 0;
  }

  saw(isNew: boolean): void {
    this.luck = Math.max(0, Math.min(MOST_LUCK, this.luck + (isNew ? 1 : -1)));
  }
}
