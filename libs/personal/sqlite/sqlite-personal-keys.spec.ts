import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { MasterKey } from '../master-key';
import { personalKeysContract } from '../personal-keys.contract';
import { SqlitePersonalKeys } from './sqlite-personal-keys';

const folder = mkdtempSync(join(tmpdir(), 'leadlog-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));
const master = new MasterKey(Buffer.alloc(32, 7));

let file = '';
let files = 0;
beforeEach(() => (file = join(folder, `keys-${files++}.db`)));

describe('keys in SQLite', () => {
  personalKeysContract(async () => SqlitePersonalKeys.open({ file, master }));

  it('no file holds a key that was destroyed, not even wrapped', async () => {
    const keys = SqlitePersonalKeys.open({ file, master });
    await keys.ensure(['lead-a', 'lead-b']);
    const wrapped = new Map(
      new Database(file, { readonly: true }).prepare('SELECT subject, wrapped FROM keys').raw().all() as [string, Buffer][],
    );
    const holds = (subject: string) => readdirSync(folder).some((name) => readFileSync(join(folder, name)).includes(wrapped.get(subject)!));
    expect([holds('lead-a'), holds('lead-b')]).toEqual([true, true]);
    await keys.destroy(['lead-a']);
    expect([holds('lead-a'), holds('lead-b')]).toEqual([false, true]);
    await keys.close();
  });

  it('opens with its master key only', async () => {
    await SqlitePersonalKeys.open({ file, master }).close();
    expect(() => SqlitePersonalKeys.open({ file, master: new MasterKey(Buffer.alloc(32, 8)) })).toThrow(/another one wrapped them/);
  });

  it('that is an empty file has no keys, also for whoever only reads', async () => {
    writeFileSync(file, '');
    const keys = SqlitePersonalKeys.open({ file, master, readOnly: true });
    expect(await keys.counts()).toEqual({ keys: 0, forgotten: 0 });
    await keys.close();
  });

  it('opened to read, makes nothing', async () => {
    const keys = SqlitePersonalKeys.open({ file, master, readOnly: true });
    expect((await keys.keysOf(['lead-a'])).size).toBe(0);
    await keys.close();
    expect(readdirSync(folder)).not.toContain(file.slice(folder.length + 1));
  });
});
