/** What goes wrong from now on; a number counts down as it happens. */
export interface Faults {
  /** Appends at which the connection they came over is broken, before they are written or after; with all else that runs over it. */
  dropBeforeWrite: number;
  dropAfterWrite: number;
  /** Appends that never get an answer (and are not written). */
  stallAppends: number;
  /** Appends that are refused because the server is still starting, or not the leader any more. */
  notReady: number;
  notLeader: number;
  /** Reads that never get an answer. */
  stallReads: number;
  /** Reads of $all answered as by a node that follows and has not got the last event yet. */
  lagReads: number;
  /** Subscriptions that are accepted and then say nothing. */
  stallSubscriptions: number;
  /** ms before each append is looked at. */
  slow: number;
  /**
   * ms that a read says nothing before its first answer, and again after every `silentEvery` events that it gives or pages that it searches
   * in vain: evenly spread from the one to the other.
   */
  silentLeast: number;
  silentMost: number;
  silentEvery: number;
}

export const noFaults = (): Faults => ({
  dropBeforeWrite: 0,
  dropAfterWrite: 0,
  stallAppends: 0,
  notReady: 0,
  notLeader: 0,
  stallReads: 0,
  lagReads: 0,
  stallSubscriptions: 0,
  slow: 0,
  silentLeast: 0,
  silentMost: 0,
  silentEvery: 64,
});

/** Whether the fault is due; takes one of it. */
export function happens(faults: Faults, fault: keyof Faults): boolean {
  if (faults[fault] <= 0) return false;
  faults[fault] -= 1;
  return true;
}

/** A server that takes so many ms for what ours does at once: each append, and each part of what is read. */
export function slowness(ms: number): Partial<Faults> {
  return { slow: ms, silentLeast: ms, silentMost: ms };
}

/** The same silences in every run, and yet long ones next to short ones. */
export class Silences {
  private count = 0;

  constructor(private readonly faults: Faults) {}

  async pass(): Promise<void> {
    const { silentLeast, silentMost } = this.faults;
    if (silentMost <= 0) return;
    this.count += 1;
    const share = (this.count * 0.6180339887) % 1;
    await new Promise((later) => setTimeout(later, silentLeast + share * (silentMost - silentLeast)));
  }
}
