import fc from 'fast-check';
import { OffHeapMap } from './off-heap-map';

describe('a map off the heap', () => {
  it('answers as a Map does to which each key is added once, whatever the texts', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 40 });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { maxLength: 1_500, size: 'max' }), (entries) => {
        const map = new OffHeapMap();
        const expected = new Map<string, string>();
        for (const [key, value] of entries) {
          expect(map.get(key)).toBe(expected.get(key));
          map.add(key, value);
          if (!expected.has(key)) expected.set(key, value);
        }
        expect(map.size).toBe(expected.size);
        for (const [key, value] of expected) expect(map.get(key)).toBe(value);
      }),
      { numRuns: 10 },
    );
  });

  it('tells apart two keys of one hash', () => {
    const map = new OffHeapMap();
    // FNV-1a of 32 bits is the same of both.
    map.add('costarring', 'first');
    expect(map.get('liquid')).toBeUndefined();
    map.add('liquid', 'second');
    expect([map.get('costarring'), map.get('liquid')]).toEqual(['first', 'second']);
  });

  it('holds a hundred thousand, and texts longer than what it holds', () => {
    const map = new OffHeapMap();
    for (let n = 0; n < 100_000; n++) map.add(`id-${n}`, `deal-商談-${n}`);
    const long = '長'.repeat(200_000);
    map.add('long', long);
    expect(map.size).toBe(100_001);
    expect([map.get('id-0'), map.get('id-99999'), map.get('id-100000'), map.get('long')]).toEqual([
      'deal-商談-0',
      'deal-商談-99999',
      undefined,
      long,
    ]);
  });
});
