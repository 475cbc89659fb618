/** Milliseconds since 1970 UTC. */
export type Clock = () => number;

/** Injection token of the clock. */
export const CLOCK = 'Clock';
