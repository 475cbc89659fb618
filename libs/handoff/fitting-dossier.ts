/** Half of what one append may have: the dossier is recorded with its handoff and the assignment. */
const MOST_BYTES = 512 * 1_024;
const LEAST_CHARACTERS = 200;

/**
 * The dossier; where it is too large for the event that holds it, with shorter lists and texts, because a lead that has answered long
 * surveys must be handed off like any other. Lists keep their newest entries.
 */
export function fitting<T extends { pastHandoffs: unknown[] }>(dossier: T): T {
  let fitted = dossier;
  for (let [entries, characters] = [50, 4_000]; bytesOf(fitted) > MOST_BYTES;) {
    const { pastHandoffs, ...rest } = dossier;
    // These are the oldest first.
    fitted = shortened({ ...rest, pastHandoffs: pastHandoffs.slice(-entries) } as T, entries, characters);
    [entries, characters] = [Math.ceil(entries / 2), Math.max(LEAST_CHARACTERS, characters / 2)];
  }
  return fitted;
}

const bytesOf = (dossier: unknown): number => Buffer.byteLength(JSON.stringify(dossier));

function shortened<T>(value: T, entries: number, characters: number): T;
function shortened(value: unknown, entries: number, characters: number): unknown {
  // After a whole character.
  if (typeof value === 'string')
    return value.length <= characters ? value : `${value.slice(0, characters).replace(/[\ud800-\udbff]$/, '')}…`;
  if (Array.isArray(value)) return value.slice(0, entries).map((one: unknown) => shortened(one, entries, characters));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shortened(one as unknown, entries, characters)]));
}
