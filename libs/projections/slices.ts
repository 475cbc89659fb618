/**
 * Keys are spread over 64 slices; a slice is what a worker holds, with an epoch and a checkpoint of its own. How a key is
 * spread is kept with the checkpoints, so it can never be changed without building everything again.
 */
export const SLICES = 64;

export const ALL_SLICES: readonly number[] = Array.from({ length: SLICES }, (_, slice) => slice);

/** FNV-1a, its halves folded into one another. */
export function sliceOf(key: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < key.length; index += 1) value = Math.imul(value ^ key.charCodeAt(index), 0x01000193);
  return (value ^ (value >>> 16)) & (SLICES - 1);
}

/** A set of slices as 16 hexadecimal digits, for records that are JSON. */
export function hexOfSlices(slices: Iterable<number>): string {
  let bits = 0n;
  for (const slice of slices) bits |= 1n << BigInt(slice);
  return bits.toString(16).padStart(SLICES / 4, '0');
}

export function slicesOfHex(hex: string | undefined): number[] {
  const bits = BigInt(`0x${hex || '0'}`);
  return ALL_SLICES.filter((slice) => (bits >> BigInt(slice)) & 1n);
}
