/** Misses in a row until streams are read first. */
const MOST_LUCK = 8;
const TRY_AGAIN = 16;

/**
 * Whether a stream that we do not know is likely a new one. Then it is not read first: an append that expects no stream says as much, and
 * a position behind the tail of the log says that it was not there before.
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
