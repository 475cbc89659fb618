import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashOfKey, newKey } from '@leadlog/access';
import { logger } from './logger';
import { OwnerKeyFile } from './owner-key';
import { readSettings, WrongSetting } from './settings';

let folder: string;
const open: OwnerKeyFile[] = [];
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'leadlog-owner-'))));
afterEach(() => {
  for (const one of open.splice(0)) one.close();
  rmSync(folder, { recursive: true });
});
const opened = (more: Record<string, string> = {}) => {
  const file = OwnerKeyFile.open(readSettings({ LEADLOG_DATA: folder, ...more }));
  if (file) open.push(file);
  return file;
};
const hashOf = (file: OwnerKeyFile | undefined) => file?.now()?.hashes[0]!.hash;
const written = () => readFileSync(join(folder, 'owner.key'), 'utf8').trim();

describe('the owner key', () => {
  it('is made in the data folder at the first start, where its user alone can read it, and stays', () => {
    const first = opened();
    expect(readdirSync(folder)).toEqual(['owner.key']);
    expect(statSync(join(folder, 'owner.key')).mode & 0o777).toBe(0o600);
    expect([first?.now()?.role, hashOf(first)]).toEqual(['owner', hashOfKey(written())]);
    expect(hashOf(opened())).toBe(hashOf(first));
  });

  it('is one, however many programs start at once', () => {
    const hashes = Array.from({ length: 5 }, () => hashOf(opened()));
    expect(new Set(hashes).size).toBe(1);
  });

  it('is made beside that of a program of the same process id, in another container, which is making its own', () => {
    const theirs = join(folder, `owner.key.${process.pid}`);
    writeFileSync(theirs, 'half a k');
    opened();
    expect(readFileSync(theirs, 'utf8')).toBe('half a k');
  });

  it('that is a link to nothing is told by its path, since nobody has set one', () => {
    symlinkSync(join(folder, 'gone'), join(folder, 'owner.key'));
    expect(() => opened()).toThrow(/^\S*owner\.key: expected a file with the owner key, but it is a link to one that is not there/);
  });

  it('whose file is deleted is another one at once, and the former is refused', async () => {
    const file = opened();
    const before = hashOf(file);
    unlinkSync(join(folder, 'owner.key'));
    while (hashOf(file) === before) await sleep(20);
    expect(hashOf(file)).toBe(hashOfKey(written()));
  });

  it('that others could read is kept from them', () => {
    writeFileSync(join(folder, 'owner.key'), newKey().text, { mode: 0o644 });
    chmodSync(join(folder, 'owner.key'), 0o644);
    opened();
    expect(statSync(join(folder, 'owner.key')).mode & 0o777).toBe(0o600);
  });

  it('that is none is told, with what to do', () => {
    for (const text of ['', 'secret', `${newKey().text} ${newKey().text}`]) {
      writeFileSync(join(folder, 'owner.key'), text);
      expect(() => opened()).toThrow(/owner\.key: expected one access key \(ll_…\) and nothing else; delete the file/);
    }
  });

  it('is on servers only where the settings name it, and must be there', () => {
    const servers = { EVENTSTORE_URL: 'esdb://127.0.0.1:2113?tls=false' };
    expect(opened(servers)).toBeUndefined();
    const file = join(folder, 'secret');
    expect(() => opened({ ...servers, LEADLOG_OWNER_KEY_FILE: file })).toThrow(WrongSetting);
    const { text, hash } = newKey();
    writeFileSync(file, `${text}\n`, { mode: 0o400 });
    expect(hashOf(opened({ ...servers, LEADLOG_OWNER_KEY_FILE: file }))).toBe(hash);
    expect(readdirSync(folder)).toEqual(['secret']);
  });

  it('that is mounted may be read by a group, and is warned of where everybody may', () => {
    const warned = jest.spyOn(logger, 'warn');
    const file = join(folder, 'secret');
    writeFileSync(file, newKey().text);
    for (const mode of [0o440, 0o444]) {
      chmodSync(file, mode);
      opened({ LEADLOG_OWNER_KEY_FILE: file });
    }
    expect(warned.mock.calls).toEqual([
      [expect.stringMatching(/secret could be read by others \(mode 0444\): whoever reads it is the owner/)],
    ]);
    warned.mockRestore();
  });
});
