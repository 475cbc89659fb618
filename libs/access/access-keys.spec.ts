import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { LogUnavailable, type EventLog } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { ACCESS_STREAM } from '@leadlog/events';
import { AccessRefused } from './access-refused';
import { createKey, revokeKey, rotateKey, type WantedKey } from './change-keys';
import { hashOfKey, keyIdIn, newKey } from './key-text';
import { KnownAccess } from './known-access';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-06-10T12:00:00Z');
const folder = mkdtempSync(join(tmpdir(), 'leadlog-access-'));
const file = join(folder, 'log.db');
const log = SqliteEventLog.open({ file });
let now = NOW;
const writer = { log, clock: () => now, actor: { kind: 'person' as const, id: 'owner' } };
const made = (wanted: Partial<WantedKey> = {}) => createKey(writer, { name: 'a test', role: 'operator', ...wanted });
const opened = async (from: EventLog = log) => {
  const keys = new KnownAccess(from);
  await keys.open();
  return keys;
};
beforeEach(() => (now = NOW));
afterAll(async () => {
  await log.close();
  rmSync(folder, { recursive: true });
});

describe('a key', () => {
  it('is 256 random bits after its id, and only its hash is kept', async () => {
    const one = newKey();
    expect(one.text).toMatch(/^ll_[0-9a-z]{10}_[\w-]{43}$/);
    expect(Buffer.from(one.text.slice(14), 'base64url')).toHaveLength(32);
    expect([keyIdIn(one.text), hashOfKey(one.text)]).toEqual([one.keyId, one.hash]);
    const { key } = await made();
    let written = '';
    for await (const page of log.readStream(ACCESS_STREAM)) written += page.map(({ data }) => JSON.stringify(data)).join();
    expect(written).toContain(hashOfKey(key));
    expect(written).not.toContain(key.slice(14));
  });

  it('is accepted with its role and limits', async () => {
    const { key, keyId } = await made({ role: 'sender', source: '/cards', types: ['BusinessCardExchanged'] });
    expect((await opened()).check(key, NOW)).toEqual({
      holder: expect.objectContaining({
        kind: 'key',
        id: keyId,
        role: 'sender',
        source: '/cards',
        types: ['BusinessCardExchanged'],
      }) as object,
    });
  });

  it('is refused where a single character of it differs, and nothing tells whether its id is known', async () => {
    const { key } = await made();
    const keys = await opened();
    fc.assert(
      fc.property(fc.integer({ min: 14, max: key.length - 1 }), fc.constantFrom(...'abcXYZ019_-'), (place, letter) => {
        fc.pre(key[place] !== letter);
        expect(keys.check(key.slice(0, place) + letter + key.slice(place + 1), NOW)).toEqual({ refused: 'unknown' });
      }),
    );
    expect(keys.check(newKey().text, NOW)).toEqual({ refused: 'unknown' });
    for (const text of ['', 'll_', key.slice(0, -1), `${key}a`, key.toUpperCase(), `${key}\n`])
      expect([text, keys.check(text, NOW)]).toEqual([text, { refused: 'no-key' }]);
  });

  it('ends when it expires', async () => {
    const { key, keyId } = await made({ expiresAt: new Date(NOW + HOUR).toISOString() });
    const keys = await opened();
    expect(keys.check(key, NOW + HOUR - 1)).toHaveProperty('holder');
    expect(keys.check(key, NOW + HOUR)).toMatchObject({ refused: 'expired', was: { id: keyId } });
  });

  it('that is rotated is accepted with its new secret, and with the former one until the overlap is over', async () => {
    const first = await made();
    const second = await rotateKey(writer, first.keyId, HOUR);
    const third = await rotateKey(writer, first.keyId, HOUR);
    const keys = await opened();
    expect(keys.check(first.key, NOW)).toEqual({ refused: 'unknown' });
    expect(keys.check(second.key, NOW + HOUR - 1)).toHaveProperty('holder');
    expect(keys.check(second.key, NOW + HOUR)).toMatchObject({ refused: 'replaced' });
    expect(keys.check(third.key, NOW + HOUR)).toHaveProperty('holder');
  });

  it('that is revoked stays so, and revoking it again records nothing', async () => {
    const { key, keyId } = await made();
    expect((await revokeKey(writer, keyId)).repeated).toBe(false);
    const head = await log.head();
    expect(await revokeKey(writer, keyId)).toEqual({ position: head, repeated: true });
    expect((await opened()).check(key, NOW)).toMatchObject({ refused: 'revoked' });
    await expect(rotateKey(writer, keyId, HOUR)).rejects.toThrow(/which is revoked/);
    await expect(revokeKey(writer, 'nobody')).rejects.toThrow(AccessRefused);
  });

  it('that is revoked is refused also where it stands in a file', async () => {
    const { key, keyId } = await made({ role: 'owner' });
    await revokeKey(writer, keyId);
    const inFile = { keyId, name: 'in a file', role: 'owner' as const, hashes: [{ hash: hashOfKey(key) }], createdAt: NOW };
    const keys = new KnownAccess(log, () => inFile);
    await keys.open();
    expect(keys.check(key, NOW)).toMatchObject({ refused: 'revoked' });
    expect(keys.allKeys().filter((one) => one.keyId === keyId)).toEqual([{ ...inFile, revokedAt: expect.any(Number) as number }]);
  });

  it.each<[string, Partial<WantedKey>, string]>([
    ['a limit of another role', { source: '/web' }, '/source'],
    ['a limit of another role', { repId: 'rep-1' }, '/repId'],
    ['a rep that is nobody', { role: 'rep' }, '/repId'],
    ['a type that nobody may send', { role: 'sender', types: ['LeadHandedOff'] }, '/types'],
    ['a type that there is not', { role: 'sender', types: ['WebPageView'] }, '/types'],
    ['names for a role that asks no SQL', { role: 'marketing', names: true }, '/names'],
    ['an end that is over', { expiresAt: '2026-06-10T00:00:00Z' }, '/expiresAt'],
    ['an end that is none', { expiresAt: 'tomorrow' }, '/expiresAt'],
    ['a role that there is not', { role: 'admin' as 'owner' }, '/role'],
  ])('is not made with %s', async (_what, wanted, pointer) => {
    const head = await log.head();
    await expect(made(wanted)).rejects.toMatchObject({ kind: 'invalid', errors: [expect.objectContaining({ pointer })] });
    expect(await log.head()).toBe(head);
  });
});

describe('a process that runs', () => {
  it('hears of keys that another one makes, rotates and revokes', async () => {
    const another = SqliteEventLog.open({ file });
    const keys = await opened(another);
    keys.follow();
    const until = async (holds: () => boolean) => {
      while (!holds()) await sleep(5);
    };
    const { key, keyId } = await made();
    await until(() => 'holder' in keys.check(key, NOW));
    const rotated = await rotateKey(writer, keyId, 0);
    await until(() => 'holder' in keys.check(rotated.key, NOW));
    expect(keys.check(key, NOW)).toMatchObject({ refused: 'replaced' });
    await revokeKey(writer, keyId);
    await until(() => 'refused' in keys.check(rotated.key, NOW));
    await keys.stop();
    await another.close();
  });

  it('says that it has not read its keys while the log is away, and reads them once it is back', async () => {
    const { key } = await made();
    let isAway = true;
    const away = new Proxy(log as EventLog, {
      get: (target, name) => {
        if (name === 'head' && isAway) return () => Promise.reject(new LogUnavailable('unreachable', 'away'));
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === 'function' ? (member as () => unknown).bind(target) : member;
      },
    });
    const warned = new Promise<void>((heard) => {
      const keys = new KnownAccess(away, undefined, () => heard());
      keys.follow();
      following = keys;
    });
    await warned;
    expect(following!.check(key, NOW)).toEqual({ refused: 'not-read' });
    isAway = false;
    while (!('holder' in following!.check(key, NOW))) await sleep(5);
    await following!.stop();
  });
  let following: KnownAccess | undefined;
});
