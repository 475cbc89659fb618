import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewEvent } from '@leadlog/event-log';
import { eventsOf } from '@leadlog/event-log/log.contract';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { openBackends } from '../../setup/backends';
import { readSettings } from '../../setup/settings';
import { run } from '../run';

const folder = mkdtempSync(join(tmpdir(), 'leadlog-backup-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (...names: string[]) => join(folder, ...names);

async function called(env: Record<string, string>, ...args: string[]) {
  let out = '';
  let err = '';
  const code = await run(args, { env, out: (text) => (out += text), err: (text) => (err += text) });
  return { code, out, err };
}

const event = (n: number): NewEvent => ({
  id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  type: 'WebPageViewed',
  data: { leadId: 'a', url: 'https://example.com/', category: 'other' },
  metadata: {
    occurredAt: '2026-06-01T00:00:00Z',
    source: 's',
    sourceId: String(n),
    initiator: 'customer',
    actor: { kind: 'system', id: 's' },
    schemaVersion: 1,
  },
});

describe('a backup', () => {
  let log: SqliteEventLog;
  beforeAll(async () => {
    log = SqliteEventLog.open({ file: at('data', 'event-log.db') });
    await log.append('activity-a', [1, 2, 3].map(event), { expected: 'any' });
    for (const [name, text] of [
      ['results', 'kept'],
      ['segments', 'made again'],
    ] as const) {
      mkdirSync(at('data', 'archive', name), { recursive: true });
      writeFileSync(at('data', 'archive', name, 'a.json'), text);
    }
  });
  afterAll(() => log.close());

  it('holds the log as it is while somebody writes, and what is not made from it; restored, it is a data folder', async () => {
    const backup = await called({ LEADLOG_DATA: at('data') }, 'backup', at('copy'), '--json');
    expect(JSON.parse(backup.out)).toMatchObject({ events: 3, position: String(await log.head()) });
    await log.append('activity-a', [event(4)], { expected: 'any' });

    expect(await called({ LEADLOG_DATA: at('new', 'data') }, 'restore', at('copy'))).toMatchObject({ code: 0, err: '' });
    expect([
      readFileSync(at('new', 'data', 'archive', 'results', 'a.json'), 'utf8'),
      existsSync(at('new', 'data', 'archive', 'segments')),
    ]).toEqual(['kept', false]);
    const restored = SqliteEventLog.open({ file: at('new', 'data', 'event-log.db') });
    const ids: string[] = [];
    for await (const page of restored.readStream('activity-a')) ids.push(...page.map(({ id }) => id));
    expect(ids).toEqual([1, 2, 3].map((n) => event(n).id));
    await restored.append('activity-a', [event(4)], { expected: 2n });
    await restored.close();
  });

  it('has the keys of personal data apart, and says so; without them, a restored log says where they belong', async () => {
    const { log: sealed, close } = await openBackends(readSettings({ LEADLOG_DATA: at('sealed') }));
    await sealed.append('activity-a', [{ ...event(1), type: 'LeadCaptured', data: { channel: 'form', profile: { name: '佐藤' } } }], {
      expected: 'any',
    });
    await close();
    const { out } = await called({ LEADLOG_DATA: at('sealed') }, 'backup', at('with'));
    expect(out).toContain(`${at('with.keys')} holds the keys of what is personal in it`);
    expect(existsSync(at('with', 'personal-keys.db'))).toBe(false);

    const nameIn = async (data: string) => {
      const restored = await openBackends(readSettings({ LEADLOG_DATA: data }));
      const [told] = await eventsOf(restored.log, 'activity-a').finally(() => restored.close());
      return (told!.data as { profile: { name?: string } }).profile.name;
    };
    expect(await called({ LEADLOG_DATA: at('again') }, 'restore', at('with'))).toMatchObject({ code: 0, err: '' });
    expect(await nameIn(at('again'))).toBe('佐藤');
    const { err } = await called({ LEADLOG_DATA: at('bare') }, 'restore', at('with'), '--keys', at('nowhere'));
    expect(err).toContain(`put them into ${at('bare')} before Leadlog starts`);
    await expect(nameIn(at('bare'))).rejects.toThrow(/personal-keys.db is not there/);
  });

  it('is not restored with keys from before it, unless those that are missing are given up; later ones will do', async () => {
    const known = async (leadId: string, n: number) => {
      const { log: sealed, close } = await openBackends(readSettings({ LEADLOG_DATA: at('grown') }));
      const data = { leadId, channel: 'form', profile: { name: '佐藤' } };
      await sealed.append(`activity-${leadId}`, [{ ...event(n), type: 'LeadCaptured', data }], { expected: 'any' });
      await close();
    };
    await known('a', 1);
    expect(await called({ LEADLOG_DATA: at('grown') }, 'backup', at('friday'))).toMatchObject({ code: 0 });
    await known('b', 2);
    expect(await called({ LEADLOG_DATA: at('grown') }, 'backup', at('sunday'))).toMatchObject({ code: 0 });
    const restored = (to: string, ...how: string[]) => called({ LEADLOG_DATA: at(to) }, 'restore', ...how);
    expect(await restored('late', at('sunday'), '--keys', at('friday.keys'))).toMatchObject({
      code: 1,
      err: expect.stringContaining(`${at('friday.keys')} lacks 1 key of what is personal in this log`) as string,
    });
    expect(readdirSync(at('late'))).toEqual([]);
    expect(await restored('late', at('sunday'), '--keys', at('friday.keys'), '--lost-keys')).toMatchObject({ code: 0 });
    expect(await restored('early', at('friday'), '--keys', at('sunday.keys'))).toMatchObject({ code: 0 });
    expect(readdirSync(at('early')).sort()).toEqual(['event-log.db', 'master.key', 'personal-keys.db']);
  });

  it('is refused where something is already, and nothing is changed there', async () => {
    expect(await called({ LEADLOG_DATA: at('data') }, 'backup', at('data'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('expected a new or empty folder') as string,
    });
    mkdirSync(at('full'));
    writeFileSync(at('full', 'mine.txt'), 'mine');
    expect(await called({ LEADLOG_DATA: at('full') }, 'restore', at('copy'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('what is in it would be lost') as string,
    });
    expect(readFileSync(at('full', 'mine.txt'), 'utf8')).toBe('mine');
    expect(await called({ LEADLOG_DATA: at('elsewhere'), LEADLOG_ARCHIVE: at('full') }, 'restore', at('copy'))).toMatchObject({ code: 2 });
    expect(existsSync(at('elsewhere'))).toBe(false);
  });

  it('fills a folder that is there and empty', async () => {
    mkdirSync(at('empty'));
    expect(await called({ LEADLOG_DATA: at('empty') }, 'restore', at('copy'))).toMatchObject({ code: 0 });
  });

  it.each<[string, (copy: string) => void, RegExp]>([
    [
      'a changed log',
      (copy) => appendFileSync(join(copy, 'event-log.db'), ' '),
      /event-log\.db differs from what backup\.json says.*Nothing was restored/,
    ],
    ['a missing file', (copy) => rmSync(join(copy, 'archive', 'results', 'a.json')), /a\.json differs/],
    ['a file too many', (copy) => writeFileSync(join(copy, 'other'), ''), /other differs/],
    ['no list', (copy) => rmSync(join(copy, 'backup.json')), /expected a folder that leadlog backup has made/],
  ])('with %s is not restored', async (name, spoil, message) => {
    const copy = at(`spoilt ${name}`);
    await called({ LEADLOG_DATA: at('data') }, 'backup', copy);
    spoil(copy);
    const { code, err } = await called({ LEADLOG_DATA: at('none') }, 'restore', copy);
    expect([code > 0, err]).toEqual([true, expect.stringMatching(message)]);
    expect(existsSync(at('none'))).toBe(false);
  });

  it('of a log that is not there, or elsewhere, is refused', async () => {
    expect(await called({ LEADLOG_DATA: at('nowhere') }, 'backup', at('c2'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('which is not there') as string,
    });
    expect(await called({ LEADLOG_DATA: at('data'), EVENTSTORE_URL: 'esdb://127.0.0.1:1?tls=false' }, 'backup', at('c2'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('EventStoreDB') as string,
    });
    expect([existsSync(at('nowhere')), existsSync(at('c2'))]).toEqual([false, false]);
  });
});

describe('commands that look at a folder', () => {
  it.each([
    ['doctor'],
    ['archive', 'status'],
    ['archive', 'verify'],
    ['replay', 'list'],
    ['replay', 'show', 'x'],
    ['replay', 'drop', 'x'],
    ['replay', at('fold.js')],
    ['replay', at('fold.js'), '--keep'],
    ['sql', 'SELECT 1', '--data', at('missing')],
    ['report', 'run', 'funnel-by-origin', '--data', at('missing')],
  ])('leave none behind: %s %s', async (...args) => {
    writeFileSync(
      at('fold.js'),
      'export default { on: ["WebPageViewed"], key: (event) => event.data.leadId, initial: () => ({ n: 0 }), evolve: (state) => ({ n: state.n + 1 }), row: (state) => state };',
    );
    const { code, err } = await called({ LEADLOG_DATA: at('missing') }, ...args);
    expect([existsSync(at('missing')), code === 0 || !err.includes('    at ')]).toEqual([false, true]);
    if (!['doctor'].includes(args[0]!) && args[1] !== 'list') expect(code).not.toBe(0);
  });
});
