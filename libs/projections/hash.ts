/**
 * 40 bits, so that the sum of some thousand of them is an exact integer. Two FNV-1a hashes combined; `after`: the hash of the preceding
 * text.
 */
export function hash(text: string, after = 0): number {
  let low = 0x811c9dc5 ^ (after >>> 0);
  let high = 0x01000193 ^ (after >>> 0);
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x85ebca6b);
  }
  return ((high ^ (high >>> 13)) & 0xff) * 0x1_0000_0000 + ((low ^ (low >>> 16)) >>> 0);
}
