import { START, type Position } from '../log';

/**
 * What is known of where our events stand in a log that others write to as well, so that no part without any is searched twice. A log
 * only grows at its end: what was searched once stays searched.
 */
export class KnownGround {
  /** Our last event cannot be before it. */
  head: Position = START;
  /** Stream of the event at the head. */
  headStream: string | undefined;
  /** Up to here there is nothing of ours from the start of the log. */
  private before: Position = START;
  /** Behind the head there is nothing of ours up to here. */
  private examined: Position = START;

  /** Where a search for what stands behind a position may begin. */
  startOf(after: Position): Position {
    if (after >= this.head && this.examined > after) return this.examined;
    return after < this.before ? this.before : after;
  }

  /** An event of ours. */
  saw(position: Position, stream: string): void {
    if (position <= this.head) return;
    if (this.head === START && this.examined > this.before) this.before = this.examined;
    this.head = position;
    this.headStream = stream;
  }

  /** All from `after` up to and including `through` was searched, and held nothing of ours. */
  searched(after: Position, through: Position): void {
    if (through > this.before && after <= this.before && (this.head === START || through < this.head)) this.before = through;
    if (through > this.examined && after <= (this.examined > this.head ? this.examined : this.head) && through > this.head) this.examined = through;
  }

  /** The log behind the head has been looked at up to this position, or nothing has been written behind it. */
  hasLookedAt(position: Position): boolean {
    return position <= this.head || position <= this.examined;
  }

  /** It was looked for once. */
  get isKnown(): boolean {
    return this.head > START || this.examined > START;
  }
}
