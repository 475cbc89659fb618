import type { PersonalKeys } from './personal-keys';

/** What every store of keys does. `open` opens the same store again, as another process would. */
export function personalKeysContract(open: () => Promise<PersonalKeys>): void {
  const opened: PersonalKeys[] = [];
  const store = async (): Promise<PersonalKeys> => {
    const one = await open();
    opened.push(one);
    return one;
  };
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
  });
  const bytesOf = async (keys: PersonalKeys, subject: string) => (await keys.keysOf([subject])).get(subject)?.bytes.toString('hex');

  it('a key is made once, and every process has the same', async () => {
    const [one, other] = [await store(), await store()];
    expect(await bytesOf(one, 'lead-a')).toBeUndefined();
    const [made, again] = await Promise.all([one.ensure(['lead-a', 'lead-b', 'lead-a']), other.ensure(['lead-b', 'lead-a'])]);
    expect(made.size).toBe(2);
    expect(made.get('lead-a')!.bytes.equals(made.get('lead-b')!.bytes)).toBe(false);
    for (const subject of ['lead-a', 'lead-b']) expect(again.get(subject)).toEqual(made.get(subject));
    expect((await (await store()).keysOf(['lead-a'])).get('lead-a')).toEqual(made.get('lead-a'));
    expect(await one.counts()).toEqual({ keys: 2, forgotten: 0 });
  });

  it('a forgotten subject has no key in any process, and never gets one again', async () => {
    const [one, other] = [await store(), await store()];
    await one.ensure(['lead-a', 'lead-b']);
    await other.keysOf(['lead-a', 'lead-b']);
    const kept = await bytesOf(other, 'lead-b');
    await one.destroy(['lead-a', 'lead-never-seen']);
    await one.destroy(['lead-a']);
    const late = Date.now() + 2_000;
    while ((await bytesOf(other, 'lead-a')) !== undefined && Date.now() < late) await new Promise(setImmediate);
    for (const keys of [one, other, await store()]) {
      expect(await bytesOf(keys, 'lead-a')).toBeUndefined();
      expect([...(await keys.ensure(['lead-a', 'lead-never-seen', 'lead-b'])).keys()]).toEqual(['lead-b']);
      expect(await bytesOf(keys, 'lead-b')).toBe(kept);
      const forgotten = await keys.forgotten();
      expect(['lead-a', 'lead-never-seen', 'lead-b'].map((subject) => forgotten.has(subject))).toEqual([true, true, false]);
      expect(await keys.counts()).toEqual({ keys: 1, forgotten: 2 });
      expect([...(await keys.forgotten())].sort()).toEqual(['lead-a', 'lead-never-seen']);
    }
  });

  it('every process knows up to where in the log all are forgotten', async () => {
    const [one, other] = [await store(), await store()];
    expect(await one.forgottenThrough()).toBeUndefined();
    await one.noteForgottenThrough(3n);
    // More than a number in JSON can be.
    await other.noteForgottenThrough(2n ** 60n + 1n);
    for (const keys of [one, other, await store()]) expect(await keys.forgottenThrough()).toBe(2n ** 60n + 1n);
    expect(await one.counts()).toEqual({ keys: 0, forgotten: 0 });
  });
}
