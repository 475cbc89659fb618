import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { MasterKey } from '../master-key';
import { FENCE } from '../personal-keys';
import { personalKeysContract } from '../personal-keys.contract';
import { copyKeys } from './copy-of-keys';
import { SqlitePersonalKeys } from './sqlite-personal-keys';

const folder = mkdtempSync(join(tmpdir(), 'leadlog-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));
const master = new MasterKey(Buffer.alloc(32, 7));

let file = '';
let files = 0;
beforeEach(() => (file = join(folder, `keys-${files++}.db`)));

describe('keys in SQLite', () => {
  personalKeysContract(async (by) => SqlitePersonalKeys.open({ file, master: by }));

  it('no file holds a key that was destroyed, not even wrapped', async () => {
    const keys = SqlitePersonalKeys.open({ file, master });
    await keys.ensure(['lead-a', 'lead-b']);
    const wrapped = new Map(
      new Database(file, { readonly: true }).prepare('SELECT subject, wrapped FROM subject_keys').raw().all() as [string, Buffer][],
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

  describe('of a version from before identities were named by a key', () => {
    const SCHEMA = `
      CREATE TABLE IF NOT EXISTS keys(subject TEXT PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS forgotten(seq INTEGER PRIMARY KEY AUTOINCREMENT, subject TEXT UNIQUE NOT NULL);
      CREATE TABLE IF NOT EXISTS forgotten_through(id INTEGER PRIMARY KEY, position TEXT NOT NULL);`;
    /** What such a program does when it starts, and its statements. */
    const asBefore = () => {
      const db = new Database(file);
      db.pragma('journal_mode = WAL');
      db.exec(SCHEMA);
      return {
        db,
        key: db.prepare('SELECT wrapped FROM keys WHERE subject = ?').pluck(),
        add: db.prepare('INSERT INTO keys(subject, wrapped) VALUES (?, ?)'),
        forgottenSince: db.prepare('SELECT seq, subject FROM forgotten WHERE seq > ?').raw(),
      };
    };

    it('has its keys, and who is forgotten; a program of that version that runs, or starts, can do nothing more', async () => {
      const before = asBefore();
      const { key, wrapped } = master.newKey('lead-a');
      before.add.run('master key', master.newKey('master key').wrapped);
      before.add.run('lead-a', wrapped);
      before.db.exec("INSERT INTO forgotten(subject) VALUES ('lead-b'); INSERT INTO forgotten_through VALUES (0, '17')");

      const looks = SqlitePersonalKeys.open({ file, master, readOnly: true });
      expect([await looks.counts(), (await looks.keysOf(['lead-a'])).get('lead-a')]).toEqual([{ keys: 1, forgotten: 1 }, key]);
      await looks.close();
      expect(before.forgottenSince.all(0)).toEqual([[1, 'lead-b']]);

      const keys = SqlitePersonalKeys.open({ file, master });
      expect([await keys.counts(), (await keys.ensure(['lead-a', 'lead-b'])).get('lead-a')]).toEqual([{ keys: 1, forgotten: 1 }, key]);
      // What was forgotten before is forgotten once more, under every key that it has by now.
      expect(await keys.forgottenThrough()).toBeUndefined();
      expect(() => before.forgottenSince.all(0)).toThrow(FENCE);
      expect(() => before.key.get('lead-a')).toThrow(FENCE);
      expect(() => before.add.run('lead-c', wrapped)).toThrow();
      before.db.close();
      expect(asBefore).toThrow(FENCE);
      await keys.close();
      await SqlitePersonalKeys.open({ file, master }).close();
    });

    it('is copied with the keys since', async () => {
      const keys = SqlitePersonalKeys.open({ file, master });
      const made = await keys.ensure(['lead-a']);
      const copy = `${file}-copy`;
      copyKeys(file, copy);
      const copied = SqlitePersonalKeys.open({ file: copy, master });
      expect([await copied.keysOf(['lead-a']), copied.identityKey]).toEqual([made, keys.identityKey]);
      await Promise.all([keys.close(), copied.close()]);
    });
  });
});
