/** An entry takes two numbers in the table; half of the slots stay free, so that a key is found at the first or second probe. */
const FREE_HALF = 2;
/** Of an entry in the bytes: how long its key and its value are. */
const LENGTHS = 8;

/**
 * A map of text to text for hundreds of thousands of long-lived entries, stored as bytes outside the garbage-collected heap. As strings in
 * a Map they would cost an API that records single events a third of its time. It only grows and is dropped as a whole.
 */
export class OffHeapMap {
  /** In pairs: the hash of a key, and where its entry begins, plus one (0 is free). */
  private table = new Uint32Array(2 * FREE_HALF * 1024);
  private bytes = Buffer.allocUnsafeSlow(64 * 1024);
  private used = 0;
  private count = 0;

  get size(): number {
    return this.count;
  }

  get(key: string): string | undefined {
    const hash = hashOf(key);
    const at = this.table[this.placeOf(key, hash) + 1]!;
    if (at === 0) return undefined;
    const begin = at - 1;
    const value = begin + LENGTHS + this.bytes.readUInt32LE(begin);
    return this.bytes.toString('utf8', value, value + this.bytes.readUInt32LE(begin + 4));
  }

  /** An existing value is kept. */
  add(key: string, value: string): void {
    if (this.count * 2 * FREE_HALF >= this.table.length) this.widen();
    const hash = hashOf(key);
    const place = this.placeOf(key, hash);
    if (this.table[place + 1] !== 0) return;
    this.table[place] = hash;
    this.table[place + 1] = this.write(key, value) + 1;
    this.count++;
  }

  private write(key: string, value: string): number {
    // A UTF-16 unit is at most three bytes of UTF-8.
    const needed = this.used + LENGTHS + 3 * (key.length + value.length);
    if (needed > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.bytes.length));
      this.bytes.copy(larger, 0, 0, this.used);
      this.bytes = larger;
    }
    const begin = this.used;
    const keyBytes = this.bytes.write(key, begin + LENGTHS);
    const valueBytes = this.bytes.write(value, begin + LENGTHS + keyBytes);
    this.bytes.writeUInt32LE(keyBytes, begin);
    this.bytes.writeUInt32LE(valueBytes, begin + 4);
    this.used = begin + LENGTHS + keyBytes + valueBytes;
    return begin;
  }

  /** The slot of a key in the table, or the free slot where it would go. */
  private placeOf(key: string, hash: number): number {
    const { table } = this;
    const mask = table.length - 1;
    for (let place = (hash << 1) & mask; ; place = (place + 2) & mask) {
      const at = table[place + 1]!;
      if (at === 0 || (table[place] === hash && this.keyAt(at - 1) === key)) return place;
    }
  }

  private keyAt(begin: number): string {
    return this.bytes.toString('utf8', begin + LENGTHS, begin + LENGTHS + this.bytes.readUInt32LE(begin));
  }

  private widen(): void {
    const old = this.table;
    const table = (this.table = new Uint32Array(2 * old.length));
    const mask = table.length - 1;
    for (let from = 0; from < old.length; from += 2) {
      if (old[from + 1] === 0) continue;
      let place = (old[from]! << 1) & mask;
      while (table[place + 1] !== 0) place = (place + 2) & mask;
      table[place] = old[from]!;
      table[place + 1] = old[from + 1]!;
    }
  }
}

/** FNV-1a, of the UTF-16 units. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
