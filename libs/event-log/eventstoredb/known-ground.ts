import { START, type Position } from '../log';

/**
 * What is known about the positions of Leadlog's events in a log that others write to as well, so that no part without any is searched
 * twice. A log only grows at its end, so a searched part stays searched.
 */
export class KnownGround {
  /** The last event of Leadlog cannot be before it. */
  head: Position = START;
  /** Stream of the event at the head. */
  headStream: string | undefined;
  /** From the start of the log up to here, there are no events of Leadlog. */
  private before: Position = START;
  /** From the head up to here, there are no events of Leadlog. */
  private examined: Position = START;

  /** Where a search for events after a position may begin. */
  startOf(after: Position): Position {
    if (after >= this.head && this.examined > after) return this.examined;
    return after < this.before ? this.before : after;
  }

  /** Records an event of Leadlog. */
  saw(position: Position, stream: string): void {
    if (position <= this.head) return;
    if (this.head === START && this.examined > this.before) this.before = this.examined;
    this.head = position;
    this.headStream = stream;
  }

  /** Everything from `after` up to and including `through` was searched and held no event of Leadlog. */
  searched(after: Position, through: Position): void {
    if (through > this.before && after <= this.before && (this.head === START || through < this.head)) this.before = through;
    if (through > this.examined && after <= (this.examined > this.head ? this.examined : this.head) && through > this.head)
      this.examined = through;
  }

  /** The log after the head was searched up to this position, or nothing has been written after it. */
  hasLookedAt(position: Position): boolean {
    return position <= this.head || position <= this.examined;
  }

  /** Whether it was searched once. */
  get isKnown(): boolean {
    return this.head > START || this.examined > START;
  }
}
