import { MasterKey } from './master-key';
import { KeysNotFit, type PersonalKeys } from './personal-keys';

const [OLD, NEW] = [Buffer.alloc(32, 7), Buffer.alloc(32, 9)];

/** What every store of keys does. `open` opens the same store again, as another process would. */
export function personalKeysContract(open: (master: MasterKey) => Promise<PersonalKeys>): void {
  const opened: PersonalKeys[] = [];
  const store = async (master = new MasterKey(OLD)): Promise<PersonalKeys> => {
    const one = await open(master);
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
    while ((await bytesOf(other, 'lead-a')) !== undefined) await new Promise(setImmediate);
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

  it('identities are named by the same key in every process', async () => {
    const [one, other] = await Promise.all([store(), store()]);
    expect(one.identityKey).toHaveLength(32);
    expect(other.identityKey).toEqual(one.identityKey);
    expect((await store()).identityKey).toEqual(one.identityKey);
  });

  it('every key is wrapped anew while others use and make keys, and nothing opens with the master key before', async () => {
    const before = await store();
    const made = new Map(await before.ensure(Array.from({ length: 1_200 }, (_, n) => `lead-${n}`)));
    await before.destroy(['lead-0']);
    // A process that was started with the key before, and looks again once there is another.
    let file: Buffer[] = [OLD];
    const running = await store(new MasterKey([OLD], () => file));
    const { identityKey } = running;
    file = [NEW, OLD];
    const rotating = await store(new MasterKey(file, () => file));
    // As long as nobody has asked for it, whoever knows only the key before can read all of it.
    for (const [subject, key] of await rotating.ensure(['lead-early'])) made.set(subject, key);
    expect(await (await store()).keysOf(['lead-early'])).toEqual(await rotating.keysOf(['lead-early']));
    const [{ rewrapped }] = await Promise.all([
      rotating.rewrap(),
      (async () => {
        for (let n = 0; n < 50; n++) for (const [subject, key] of await running.ensure([`lead-late-${n}`])) made.set(subject, key);
      })(),
    ]);
    // Theirs, the one by which the master key is checked, and that of identities; late ones are either wrapped anew or never by the one before.
    expect(rewrapped).toBeGreaterThanOrEqual(1_200 + 2);
    expect((await rotating.rewrap()).rewrapped).toBe(0);
    file = [NEW];
    const after = await store(new MasterKey(NEW));
    made.delete('lead-0');
    expect(await after.keysOf([...made.keys(), 'lead-0'])).toEqual(made);
    expect(after.identityKey).toEqual(identityKey);
    await running.ensure(['lead-last']);
    expect((await after.keysOf(['lead-last'])).size).toBe(1);
    await expect(store()).rejects.toThrow(KeysNotFit);
  });

  it('cut short while keys are wrapped anew, both master keys open everything, and the next time all is done', async () => {
    const made = await (await store()).ensure(Array.from({ length: 700 }, (_, n) => `lead-${n}`));
    const both = [NEW, OLD];
    const cut = await store(new MasterKey(both));
    const going = cut.rewrap().catch(() => undefined);
    await cut.close();
    await going;
    const again = await store(new MasterKey(both));
    expect(await again.keysOf([...made.keys()])).toEqual(made);
    await again.rewrap();
    expect(await (await store(new MasterKey(NEW))).keysOf([...made.keys()])).toEqual(made);
  });
}
