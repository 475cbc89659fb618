import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { eventsOf, newEvent } from '@leadlog/event-log/log.contract';
import { MasterKey } from '@leadlog/personal';
import { KeysNotFit } from '@leadlog/personal/personal-keys';
import { SqlitePersonalKeys } from '@leadlog/personal/sqlite/sqlite-personal-keys';
import { openBackends, type Backends } from '../../setup/backends';
import { readSettings } from '../../setup/settings';
import { run } from '../run';
import { personalKeysFinding } from './personal-keys-finding';

const folder = mkdtempSync(join(tmpdir(), 'leadlog-rotate-'));
afterAll(() => rmSync(folder, { recursive: true }));
let folders = 0;
let data = '';
const env = (more: Record<string, string> = {}) => ({ LEADLOG_DATA: data, LEADLOG_LOG_LEVEL: 'silent', ...more });
const at = (name: string) => join(data, name);
beforeEach(() => (data = join(folder, `data-${folders++}`)));

async function called(more: Record<string, string>, ...args: string[]) {
  let out = '';
  let err = '';
  const code = await run(args, { env: env(more), out: (text) => (out += text), err: (text) => (err += text) });
  return { code, out, err };
}
const rotate = (more: Record<string, string> = {}) => called(more, 'personal-data', 'rotate-master-key', '--json');
const profile = (leadId: string) => newEvent({ leadId, channel: 'form', profile: { name: `佐藤 ${leadId}` } }, 'LeadCaptured');
const names = async ({ log }: Backends) =>
  (await eventsOf(log, 'activity-a')).map(({ data: told }) => (told as { profile: { name?: string } }).profile.name);
const tell = ({ log }: Backends, leadId = 'a') => log.append(`activity-${leadId}`, [profile(leadId)], { expected: 'any' });
const finding = (more: Record<string, string> = {}) => personalKeysFinding(readSettings(env(more)));

/** Resolves in the midst of a rotation, with both keys: what says how keys are wrapped is wrapped by the newest. */
async function untilWrapped(master: (...keys: string[]) => MasterKey): Promise<string[]> {
  for (;;) {
    await eventLoopTurn();
    const keys = readFileSync(at('master.key'), 'utf8').trim().split('\n');
    if (keys.length < 2) continue;
    try {
      await SqlitePersonalKeys.open({ file: at('personal-keys.db'), master: master(keys[0]!), readOnly: true }).close();
      return keys;
    } catch (error) {
      if (!(error instanceof KeysNotFit)) throw error;
    }
  }
}

describe('the master key', () => {
  it('is replaced while an engine runs, which goes on with the new one; the one before opens nothing more', async () => {
    const running = await openBackends(readSettings(env()));
    await tell(running);
    const before = readFileSync(at('master.key'), 'utf8');
    copyFileSync(at('master.key'), `${data}-before.key`);
    const { code, out } = await rotate();
    expect([code, JSON.parse(out)]).toEqual([0, expect.objectContaining({ rewrapped: 3, filesRewritten: true, removeByHand: false })]);
    expect(readFileSync(at('master.key'), 'utf8')).not.toContain(before.trim());
    for (const leadId of ['a', 'b']) await tell(running, leadId);
    expect(await names(running)).toEqual(['佐藤 a', '佐藤 a']);
    await running.close();
    const started = await openBackends(readSettings(env()));
    expect(await names(started)).toEqual(['佐藤 a', '佐藤 a']);
    await started.close();
    await expect(openBackends(readSettings(env({ LEADLOG_MASTER_KEY_FILE: `${data}-before.key` })))).rejects.toThrow(/another one wrapped/);
  });

  it('cut short at either end, both are there, everything opens, and the next time it is done', async () => {
    const first = await openBackends(readSettings(env()));
    await tell(first);
    await first.close();
    const before = readFileSync(at('master.key'), 'utf8').trim();
    // Killed before anything is wrapped anew, and again after all of it was.
    writeFileSync(at('master.key'), `${'ab'.repeat(32)}\n${before}\n`);
    const between = await openBackends(readSettings(env()));
    await tell(between);
    await between.close();
    expect((await finding()).detail).toMatch(/has two master keys: finish the rotation/);
    expect((await rotate()).code).toBe(0);
    writeFileSync(at('master.key'), `${'ab'.repeat(32)}\n${before}\n`);
    const { out } = await rotate();
    expect(JSON.parse(out)).toMatchObject({ rewrapped: 0 });
    expect(readFileSync(at('master.key'), 'utf8').trim()).toBe('ab'.repeat(32));
    const after = await openBackends(readSettings(env()));
    expect(await names(after)).toEqual(['佐藤 a', '佐藤 a']);
    await after.close();
  });

  it('is replaced by one rotation at a time', async () => {
    const running = await openBackends(readSettings(env()));
    await tell(running);
    const codes = (await Promise.all([rotate(), rotate()])).map(({ code, err }) => [code, err]);
    expect(codes).toEqual([
      [0, ''],
      [1, expect.stringMatching(/another rotation is under way/) as string],
    ]);
    expect(await rotate()).toMatchObject({ code: 0 });
    expect(await names(running)).toEqual(['佐藤 a']);
    await running.close();
  });

  it('is left with the one before it, where the keys are wrapped by another at the end', async () => {
    const first = await openBackends(readSettings(env()));
    await tell(first);
    await first.close();
    const rotating = rotate();
    const master = (...keys: string[]) => new MasterKey(keys.map((key) => Buffer.from(key, 'hex')));
    const [ours] = await untilWrapped(master);
    // As by a program of before there was a lock.
    const theirs = 'cd'.repeat(32);
    writeFileSync(at('master.key'), `${theirs}\n${ours}\n`);
    const keys = SqlitePersonalKeys.open({ file: at('personal-keys.db'), master: master(theirs, ours!) });
    await keys.rewrap();
    await keys.close();
    expect(await rotating).toMatchObject({ code: 2, err: expect.stringMatching(/another one wrapped them/) as string });
    const after = await openBackends(readSettings(env()));
    expect(await names(after)).toEqual(['佐藤 a']);
    await after.close();
  });

  it('that the settings name is put there by its owner, who takes the one before away', async () => {
    const file = `${data}-named`;
    const named = { LEADLOG_MASTER_KEY_FILE: file };
    writeFileSync(file, 'cd'.repeat(32));
    expect(await rotate(named)).toMatchObject({ code: 2, err: expect.stringMatching(/expected keys of personal data/) as string });
    const backends = await openBackends(readSettings(env(named)));
    await tell(backends);
    expect(await rotate(named)).toMatchObject({ code: 2, err: expect.stringMatching(/expected two keys in .*got one/) as string });
    writeFileSync(file, `${'ef'.repeat(32)}\n${'cd'.repeat(32)}\n`);
    expect(JSON.parse((await rotate(named)).out)).toMatchObject({ rewrapped: 3, removeByHand: true });
    writeFileSync(file, 'ef'.repeat(32));
    await tell(backends);
    expect(await names(backends)).toEqual(['佐藤 a', '佐藤 a']);
    await backends.close();
  });
});

describe('doctor, of keys', () => {
  it('says whether others may read the master key, and whether the keys are older than the log', async () => {
    const backends = await openBackends(readSettings(env()));
    await tell(backends);
    expect(await finding()).toEqual({ state: 'fine', detail: 'every key of 1 sealed event is there' });
    chmodSync(at('master.key'), 0o644);
    const found = await finding();
    expect(found).toMatchObject({ state: 'look' });
    expect(found.detail).toMatch(/may be read by others \(644\): chmod 600 /);
    await backends.close();
    const empty = `${data}-older`;
    writeFileSync(empty, '');
    for (const end of ['', '-wal', '-shm']) rmSync(at(`personal-keys.db${end}`), { force: true });
    copyFileSync(empty, at('personal-keys.db'));
    expect(await finding()).toMatchObject({ state: 'wrong', detail: expect.stringMatching(/older than the log: 1 person has/) as string });
  });
});
