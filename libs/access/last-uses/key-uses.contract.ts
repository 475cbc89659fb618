import type { KeyUses } from './key-uses';

/** Specification of KeyUses. `open` opens the same storage again for another process. */
export function keyUsesContract(open: () => KeyUses): void {
  it('keeps the latest use of each key, whoever notes it and in whatever order, and has it after a restart', async () => {
    const [one, other] = [open(), open()];
    expect(await one.all()).toEqual(new Map());
    await one.note('key-a', 2_000);
    await other.note('key-a', 1_000);
    await Promise.all([other.note('key-b', 1_790_000_000_000), one.note('key-b', 1_790_000_000_001)]);
    const kept = new Map([
      ['key-a', 2_000],
      ['key-b', 1_790_000_000_001],
    ]);
    expect([await one.all(), await other.all()]).toEqual([kept, kept]);
    await Promise.all([one.close(), other.close()]);
    const again = open();
    expect(await again.all()).toEqual(kept);
    await again.close();
  });
}
