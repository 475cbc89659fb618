import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transform } from 'sucrase';
import { ArchiveFiles, ArchiveReader } from '@leadlog/archive';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { replayPart } from './replay';
import { checkReplay, type ReplayReport } from './replay-report';
import { REPLAY_TEMPLATE } from './replay-template';

const folder = mkdtempSync(join(tmpdir(), 'leadlog-replay-'));
let log: SqliteEventLog;
let reader: ArchiveReader;
const day = (d: number) => `2026-06-${String(d).padStart(2, '0')}T10:00:00+09:00`;

beforeAll(async () => {
  log = SqliteEventLog.open({ file: join(folder, 'event-log.db') });
  const views = Array.from({ length: 60 }, (_, n) =>
    recorded(
      'WebPageViewed',
      { leadId: `lead-${n % 9}`, url: `https://www.leadlog.example/${n}`, category: n % 2 ? 'price' : 'other' },
      { at: day(1 + (n % 20)) },
    ),
  );
  const merge = recorded('LeadsMerged', { leadId: 'lead-8', mergedId: 'lead-8', survivorId: 'lead-0' }, { at: day(25) });
  const voided = recorded('TouchpointInvalidated', { leadId: 'lead-1', targetEventId: views[1]!.id, reason: 'bot' }, { at: day(25) });
  await log.appendMany([...views, merge, voided].map(asAppend));
  reader = await ArchiveReader.open({
    files: new ArchiveFiles(join(folder, 'archive')),
    log,
    timezone: 'Asia/Tokyo',
    limits: { memory: '256MB', threads: 1, spill: '64MB' },
  });
});
afterAll(async () => {
  reader.close();
  await log.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Seen {
  urls: string[];
  price: number;
}
const seen: ReplayReport<Seen> = {
  name: 'seen',
  handles: ['WebPageViewed'],
  key: 'lead',
  initial: () => ({ urls: [], price: 0 }),
  evolve: (state, { data }) => ({
    urls: [...state.urls, (data.url as string).split('/').at(-1)!],
    price: state.price + (data.category === 'price' ? 1 : 0),
  }),
};
const run = async (parts: number, span: object = {}) => {
  const rows = [];
  for (let part = 0; part < parts; part += 1)
    rows.push(...(await replayPart(reader, seen as ReplayReport, { until: await log.head(), ...span }, part, parts, () => undefined)));
  return Object.fromEntries(rows) as Record<string, Seen>;
};

describe('a replay', () => {
  it('gives each key its events in order: of merged leads as the survivor, without voided ones', async () => {
    const rows = await run(1);
    const of = (...leads: number[]) =>
      Array.from({ length: 60 }, (_, n) => n)
        .filter((n) => leads.includes(n % 9) && n !== 1)
        .map(String);
    expect(Object.keys(rows)).toEqual(['lead-0', 'lead-1', 'lead-2', 'lead-3', 'lead-4', 'lead-5', 'lead-6', 'lead-7']);
    expect(rows['lead-0']!.urls).toEqual(of(0, 8));
    expect(rows['lead-1']).toEqual({ urls: of(1), price: 3 });
  });

  it('comes to the same in any number of parts', async () => {
    const whole = await run(1);
    expect(await run(2)).toEqual(whole);
    expect(await run(5)).toEqual(whole);
  });

  it('keeps to its days', async () => {
    const rows = await run(1, { from: '2026-06-03', to: '2026-06-05' });
    expect(
      Object.values(rows)
        .flatMap(({ urls }) => urls)
        .map(Number)
        .sort((a, b) => a - b),
    ).toEqual([2, 3, 22, 23, 42, 43]);
  });

  it('says what is wrong with a report', () => {
    const wrong = (change: object) => () => checkReplay({ ...seen, ...change } as never);
    expect(() => checkReplay(undefined)).toThrow('the report has no default export');
    expect(wrong({ handles: ['WebPageView'] })).toThrow('handles WebPageView, which is not an event type; the nearest is WebPageViewed');
    expect(wrong({ key: 'person' })).toThrow('has the key "person"; expected one of type, stream, lead');
    expect(wrong({ evolve: 3 })).toThrow('cannot fold; expected functions');
  });

  it('runs what `report new` writes', async () => {
    const { code } = transform(REPLAY_TEMPLATE, { transforms: ['typescript', 'imports'], disableESTransforms: true });
    const module = { exports: {} as { default?: ReplayReport } };
    new Function('module', 'exports', code)(module, module.exports);
    checkReplay(module.exports.default);
    expect(await replayPart(reader, module.exports.default, { until: await log.head() }, 0, 1, () => undefined)).toEqual([]);
  });
});
