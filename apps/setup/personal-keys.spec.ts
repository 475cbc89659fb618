import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewEvent } from '@leadlog/event-log';
import { eventsOf, newEvent } from '@leadlog/event-log/log.contract';
import { openBackends, openLog, type Backends } from './backends';
import { dataFiles } from './data-folder';
import { readSettings } from './settings';

const folder = mkdtempSync(join(tmpdir(), 'leadlog-personal-'));
afterAll(() => rmSync(folder, { recursive: true }));

let folders = 0;
let data = '';
beforeEach(() => (data = join(folder, String(folders++))));
const settings = (more: Record<string, string> = {}) => readSettings({ LEADLOG_DATA: data, ...more });

const captured = (name: string): NewEvent =>
  newEvent({ leadId: 'a', channel: 'form', profile: { name, company: '青山商事' } }, 'LeadCaptured');

async function opened<T>(work: (backends: Backends) => Promise<T>, more?: Record<string, string>): Promise<T> {
  const backends = await openBackends(settings(more));
  return work(backends).finally(() => backends.close());
}
const record = (name: string, more?: Record<string, string>) =>
  opened(({ log }) => log.append('activity-a', [captured(name)], { expected: 'any' }), more);
const names = (more?: Record<string, string>) =>
  opened(
    async ({ log }) => (await eventsOf(log, 'activity-a')).map((event) => (event.data as { profile: { name?: string } }).profile.name),
    more,
  );

describe('personal data of a data folder', () => {
  it('are recorded under keys that are made at the first start, and are for their user alone', async () => {
    await record('佐藤');
    expect(await names()).toEqual(['佐藤']);
    const { log, masterKey, personalKeys } = dataFiles(data);
    expect(readFileSync(log).includes('佐藤')).toBe(false);
    expect(statSync(masterKey).mode & 0o777).toBe(0o600);
    expect(existsSync(personalKeys)).toBe(true);
  });

  it('of a log from before there were keys stay as they are, and new ones are sealed', async () => {
    const log = openLog(settings());
    await log.append('activity-a', [captured('以前')], { expected: 'any' });
    await log.close();
    await record('以後');
    expect(await names()).toEqual(['以前', '以後']);
    const stored = await opened(({ storedLog }) => eventsOf(storedLog, 'activity-a'));
    expect(stored.map(({ dataText }) => dataText!.includes('"personal":'))).toEqual([false, true]);
  });

  it('do not open without their keys: the engine does not start, and says what to do', async () => {
    await record('佐藤');
    const { masterKey, personalKeys } = dataFiles(data);
    const [master, keys] = [readFileSync(masterKey), readFileSync(personalKeys)];
    rmSync(personalKeys);
    await expect(names()).rejects.toThrow(/personal-keys.db is not there, and the log beside it has personal data/);
    expect(existsSync(personalKeys)).toBe(false);
    writeFileSync(personalKeys, keys);
    rmSync(masterKey);
    await expect(names()).rejects.toThrow(/master.key is not there/);
    writeFileSync(masterKey, '0'.repeat(64));
    await expect(names()).rejects.toThrow(/another one wrapped them/);
    writeFileSync(masterKey, master);
    expect(await names()).toEqual(['佐藤']);
  });

  it('whose keys are lost stay forgotten, once somebody says so', async () => {
    await record('佐藤');
    const { personalKeys } = dataFiles(data);
    rmSync(personalKeys);
    writeFileSync(personalKeys, '');
    await record('鈴木');
    expect(await names()).toEqual([undefined, '鈴木']);
  });

  it('take the master key from the file that the settings name, and make none', async () => {
    const file = join(folder, `secret-${folders}`);
    const more = { LEADLOG_MASTER_KEY_FILE: file };
    await expect(names(more)).rejects.toThrow(/expected a file with the master key/);
    writeFileSync(file, 'short');
    await expect(names(more)).rejects.toThrow(/64 hex digits/);
    writeFileSync(file, 'a'.repeat(64));
    await record('佐藤', more);
    expect(await names(more)).toEqual(['佐藤']);
    expect(existsSync(dataFiles(data).masterKey)).toBe(false);
  });
});
