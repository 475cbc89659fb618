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
}

export const noFaults = (): Faults => ({ dropBeforeWrite: 0, dropAfterWrite: 0, stallAppends: 0, notReady: 0, notLeader: 0, stallReads: 0, lagReads: 0, stallSubscriptions: 0, slow: 0 });

/** Whether the fault is due; takes one of it. */
export function happens(faults: Faults, fault: keyof Faults): boolean {
  if (faults[fault] <= 0) return false;
  faults[fault] -= 1;
  return true;
}
