export interface JsonLimits {
  /** Members of objects and entries of lists, together. */
  fields: number;
  /** Objects and lists, together. */
  nested?: number;
  /** Entries of the outermost list. */
  entries?: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

/**
 * Whether a JSON text exceeds these limits, counted without parsing: parsing turns two bytes (`{}`) into 56 bytes of memory, and every
 * walk over an object with 80,000 names takes 30 ms. For text that is not JSON the result is arbitrary; the parser reports that.
 */
export function exceeds(text: string, { fields, nested = Infinity, entries = Infinity }: JsonLimits): boolean {
  // A field has at least two characters.
  if (text.length < 2 * Math.min(fields, nested, entries)) return false;
  let depth = 0;
  let commas = 0;
  let outermost = 0;
  let opened = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfText(text, at);
        break;
      case 0x7b: // {
      case 0x5b: // [
        depth += 1;
        if ((opened += 1) > nested) return true;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        depth -= 1;
        break;
      case COMMA:
        if ((commas += 1) > fields || (depth === 1 && (outermost += 1) >= entries)) return true;
        break;
      default:
    }
  }
  return false;
}

/** Place of the closing quote. */
function endOfText(text: string, start: number): number {
  for (let at = start + 1; ; at += 1) {
    at = text.indexOf('"', at);
    if (at === -1) return text.length;
    let escapes = 0;
    while (text.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return at;
  }
}
