/**
 * Keys are spread over 64 slices; a worker holds slices, each with its own epoch and checkpoint. The checkpoints depend on how keys
 * are spread, so this can never change without rebuilding everything.
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
