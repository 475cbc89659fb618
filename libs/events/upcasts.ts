/** Converts `data` from one schema version to the next. Must not change its argument. */
export type Upcast = (data: Record<string, unknown>) => Record<string, unknown>;

/**
 * Type → steps: the first makes version 2 of version 1, and so on. History is never rewritten, so a step stays for ever,
 * with a recorded stream of its old version in `recorded-streams/` that the spec replays.
 */
export const upcasts: ReadonlyMap<string, readonly Upcast[]> = new Map<string, readonly Upcast[]>([
  ['ContentDownloaded', [whitepaperBecomesKind]],
  ['CallCompleted', [resultBecomesOutcome]],
]);

/** Version 1 knew only whether it was a white paper. */
function whitepaperBecomesKind({ whitepaper, ...data }: Record<string, unknown>): Record<string, unknown> {
  if (typeof whitepaper !== 'boolean') throw new Error(`expected whitepaper: true or false, got ${JSON.stringify(whitepaper)}`);
  return { ...data, kind: whitepaper ? 'whitepaper' : 'other' };
}

const OUTCOME_OF_RESULT: Readonly<Record<string, string>> = {
  answered: 'reached',
  reception: 'gatekeeper',
  absent: 'noAnswer',
  busy: 'busy',
  machine: 'voicemail',
  rejected: 'refused',
  invalidNumber: 'wrongNumber',
};

/** Version 1 had `result` in the words of the first telephone system, and minutes where seconds are now. */
function resultBecomesOutcome({ result, minutes, ...data }: Record<string, unknown>): Record<string, unknown> {
  const outcome = typeof result === 'string' ? OUTCOME_OF_RESULT[result] : undefined;
  if (outcome === undefined)
    throw new Error(`expected result to be one of ${Object.keys(OUTCOME_OF_RESULT).join(', ')}, got ${JSON.stringify(result)}`);
  if (typeof minutes !== 'number') throw new Error(`expected minutes: a number, got ${JSON.stringify(minutes)}`);
  return { ...data, outcome, seconds: Math.round(minutes * 60) };
}
