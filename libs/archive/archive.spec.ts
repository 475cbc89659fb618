import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import {
  ArchiveFiles,
  archiveLag,
  ArchiveReader,
  ArchiveWriter,
  throughOf,
  verifyArchive,
  type ArchiveWriterOptions,
} from '@leadlog/archive';
import type { Position, RecordedEvent } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { eventIdOf } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { Random } from '@leadlog/simulation';

const TIMEZONE = 'Asia/Tokyo';
const random = new Random(20261125);

let folder: string;
let log: SqliteEventLog;
let now: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leadlog-archive-'));
  now = Date.parse('2026-06-04T10:00:00+09:00');
  log = SqliteEventLog.open({ file: join(folder, 'event-log.db'), clock: () => now });
});
afterEach(async () => {
  await log.close();
  rmSync(folder, { recursive: true, force: true });
});

const archive = () => join(folder, 'archive');
const files = () => new ArchiveFiles(archive());
const append = async (...events: RecordedEvent[]): Promise<Position> => {
  const outcomes = await log.appendMany(events.map(asAppend));
  for (const outcome of outcomes) if (!outcome.ok) throw outcome.error;
  return log.head();
};
const call = (callId: string, lead = `lead-${Math.floor(random.next() * 20)}`) =>
  recorded('CallCompleted', {
    leadId: lead,
    callId,
    repId: 'rep-1',
    startedAt: '2026-06-04T23:30:00+09:00',
    outcome: 'reached',
    seconds: 60,
  });
const calls = (from: number, count: number) => append(...Array.from({ length: count }, (_, n) => call(`call-${from + n}`)));

/** Runs writers until one of them has archived everything up to there. */
async function archiveUpTo(position: Position, options: Partial<ArchiveWriterOptions> = {}, count = 1): Promise<string[]> {
  const warnings: string[] = [];
  const writers = Array.from(
    { length: count },
    () =>
      new ArchiveWriter({
        log,
        files: files(),
        clock: Date.now,
        timezone: TIMEZONE,
        segmentEvents: 40,
        restMs: 5,
        onWarning: (text, error) => warnings.push(`${text} ${(error as Error).message}`),
        ...options,
      }),
  );
  for (const writer of writers) writer.start();
  for (;;) {
    const manifest = files().read();
    if (manifest && throughOf(manifest) >= position) break;
    await sleep(2);
  }
  await Promise.all(writers.map((writer) => writer.stop()));
  return warnings;
}
async function problems(): Promise<string[]> {
  const found: string[] = [];
  for await (const one of verifyArchive(files(), log)) found.push(...one.problems);
  return found;
}
async function changed(): Promise<string[][]> {
  const found: string[][] = [];
  for await (const one of verifyArchive(files(), log)) found.push(one.changed);
  return found;
}
const open = (timezone = TIMEZONE) =>
  ArchiveReader.open({ files: files(), log, timezone, limits: { memory: '512MB', threads: 2, spill: '1GB' } });
async function ask(sql: string, asOf?: number): Promise<unknown[][]> {
  const reader = await open();
  try {
    const { connection } = await reader.snapshot({ asOf });
    return (await connection.runAndReadAll(sql)).getRowsJson();
  } finally {
    reader.close();
  }
}

describe('the archive', () => {
  it('makes segments of fewer events where these are large, so that its memory is bounded; and holds every event once', async () => {
    const large = (n: number) => recorded('LeadCaptured', { leadId: `lead-${n}`, channel: 'form', origin: `${n} ${'x'.repeat(20_000)}` });
    const head = await append(...Array.from({ length: 30 }, (_, n) => large(n)));
    await archiveUpTo(head, { segmentEvents: 1_000, segmentCharacters: 100_000 });
    expect(await problems()).toEqual([]);
    // Five of them go beyond 100,000 characters.
    expect(
      Math.max(
        ...files()
          .read()!
          .segments.map(({ events }) => events),
      ),
    ).toBeLessThanOrEqual(5);
    expect(await ask("SELECT count(*) FROM archive.events WHERE type = 'LeadCaptured'")).toEqual([['30']]);
  });

  it('holds every event once, whatever was written before it was stopped, and however often', async () => {
    for (let written = 0; written < 600;) {
      const count = 1 + Math.floor(random.next() * 90);
      const head = await calls(written, count);
      written += count;
      const writer = new ArchiveWriter({ log, files: files(), clock: Date.now, timezone: TIMEZONE, segmentEvents: 25, restMs: 1 });
      writer.start();
      await sleep(random.next() * 60);
      await writer.stop();
      if (written >= 600) await archiveUpTo(head);
    }
    expect(await problems()).toEqual([]);
    expect(await ask('SELECT count(*)::INTEGER, count(DISTINCT position)::INTEGER, max(position)::INTEGER FROM archive.segments')).toEqual([
      [Number(await log.head()) + 1, Number(await log.head()) + 1, Number(await log.head())],
    ]);
  });

  it('has columns for what is asked most, with days where the tenant is', async () => {
    await archiveUpTo(await append(call('call-1', 'lead-7')));
    expect(
      await ask(
        'SELECT lead, rep, call, outcome, seconds, day::VARCHAR, started_day::VARCHAR, initiator, actor_kind, type, stream, revision FROM archive.segments',
      ),
    ).toEqual([
      [
        'lead-7',
        'rep-1',
        'call-1',
        'reached',
        60,
        '2026-06-04',
        '2026-06-04',
        'seller',
        'integration',
        'CallCompleted',
        'activity-lead-7',
        0,
      ],
    ]);
  });

  it("keeps an older event as it was recorded, and shows it in today's form", async () => {
    const old = {
      ...recorded('CallCompleted'),
      data: { leadId: 'lead-1', callId: 'c', repId: 'rep-1', startedAt: '2026-06-04T10:00:00+09:00', result: 'absent', minutes: 1.5 },
    } as unknown as RecordedEvent;
    await archiveUpTo(await append({ ...old, metadata: { ...old.metadata, schemaVersion: 1 } }));
    expect(await ask(`SELECT outcome, seconds, data->>'outcome', recorded_data->>'result' FROM archive.segments`)).toEqual([
      ['noAnswer', 90, 'noAnswer', 'absent'],
    ]);
    expect(await problems()).toEqual([]);
  });

  it('holds nothing personal of what the log has in clear, in any form of it; who asks sees that there was something', async () => {
    const old = {
      ...recorded('CallCompleted'),
      data: {
        leadId: 'lead-1',
        identity: { email: 'haruka@minato.example' },
        callId: 'c',
        repId: 'rep-1',
        startedAt: '2026-06-04T10:00:00+09:00',
        result: 'absent',
        minutes: 1.5,
        needs: ['晴香 said so'],
      },
    } as unknown as RecordedEvent;
    const head = await append(
      recorded('LeadCaptured', { leadId: 'lead-1', profile: { name: '青山 晴香', email: 'haruka@minato.example', company: 'みなと精機' } }),
      recorded('DealLost', { leadId: 'lead-1', dealId: 'd-1', reason: '晴香 said so', declaredBy: 'customer' }),
      recorded('HandoffRejected', { leadId: 'lead-1', handoffId: 'h-1', repId: 'rep-1', reason: 'badTiming', note: '晴香 said so' }),
      { ...old, metadata: { ...old.metadata, schemaVersion: 1 } },
    );
    const asked = async () => ({
      columns: await ask(
        `SELECT type, reason, email_domain, outcome, recorded_data IS NOT NULL, json_exists(data, '$.note') FROM archive.events ORDER BY position`,
      ),
      found: ['晴香', 'haruka', 'said so'].filter((text) => texts.includes(text)),
    });
    let texts = '';
    const all = async () => (texts = JSON.stringify(await ask('SELECT data, recorded_data, metadata FROM archive.events')));
    const expected = {
      columns: [
        ['LeadCaptured', null, 'minato.example', null, false, false],
        ['DealLost', '', null, null, false, false],
        ['HandoffRejected', 'badTiming', null, null, false, true],
        ['CallCompleted', null, null, 'noAnswer', true, false],
      ],
      found: [],
    };
    // Both of the log and of the archive.
    expect(await all()).toContain('みなと精機');
    expect(await asked()).toEqual(expected);
    await archiveUpTo(head);
    await all();
    expect(await asked()).toEqual(expected);
    expect(await problems()).toEqual([]);
  });

  it('leaves no segment of another form lying there, whatever names it and however new it is', async () => {
    const head = await calls(0, 50);
    await archiveUpTo(head);
    const { number } = files().read()!;
    const older = { file: '29-0a1b2c3d.parquet', after: -1n, through: 29n, events: 30, bytes: 9, sha256: '', hash: '' };
    writeFileSync(files().pathOf(older.file), 'Aoyama, H');
    expect(files().write({ number: number + 1, form: 'older', segments: [older] })).toBe(true);
    await archiveUpTo(head, { segmentEvents: 100 });
    const { segments } = files().read()!;
    expect(segments.map(({ events }) => events)).toEqual([50]);
    expect(readdirSync(files().segments)).not.toContain(older.file);
    expect(await problems()).toEqual([]);
  });

  it('goes back to what is before a position where the log will have something else from there on', async () => {
    await archiveUpTo(await calls(0, 120));
    const before = files().read()!;
    files().cutAt(1_000n, before.form);
    files().cutAt(50n, 'another form');
    expect(files().read()).toEqual(before);
    files().cutAt(50n, before.form);
    expect(throughOf(files().read()!)).toBeLessThan(50n);
    expect(files().read()!.number).toBe(before.number + 1);
    await archiveUpTo(119n);
    expect(await problems()).toEqual([]);
  });

  it('takes in what an old log holds of texts that are none in UTF-8: they are shown as U+FFFD, everything else as it was', async () => {
    const captured = recorded(
      'LeadCaptured',
      { leadId: 'lead-2', profile: { name: '青山\ud83d', company: '\\ud800 and 👩🏽‍🔧\0' } },
      { metadata: { source: 'web\udfff', actor: { kind: 'rep', id: 'rep-\ud800' } } },
    );
    const old = {
      ...recorded('CallCompleted'),
      data: { leadId: 'lead-1', callId: 'c\ud800', repId: 'rep-1', startedAt: '2026-06-04T10:00:00+09:00', result: 'absent', minutes: 1.5 },
    } as unknown as RecordedEvent;
    const question = `SELECT lead, source, actor, call, data->>'$.profile.name', data->>'$.profile.company', metadata->>'source' FROM archive.events ORDER BY position`;
    const head = await append(captured, { ...old, metadata: { ...old.metadata, schemaVersion: 1 } });
    const expected = [
      ['lead-2', 'web\ufffd', 'rep-\ufffd', null, '', '\\ud800 and 👩🏽‍🔧\0', 'web\ufffd'],
      ['lead-1', 'spec', 'spec', 'c\ufffd', null, null, 'spec'],
    ];
    // Both of the log and of the archive.
    expect(await ask(question)).toEqual(expected);
    await archiveUpTo(head);
    expect(await ask(question)).toEqual(expected);
    expect(await problems()).toEqual([]);
  });

  it('merges small neighbours, and what it no longer names goes away', async () => {
    for (let n = 0; n < 12; n += 1) await archiveUpTo(await calls(n, 1));
    const { segments } = files().read()!;
    expect(segments.map(({ events }) => events)).toEqual([8, 1, 1, 1, 1]);
    expect(await problems()).toEqual([]);
    files().clean(Date.now() + 3_600_000);
    expect(readdirSync(files().segments)).toHaveLength(5);
  });

  it('is made anew by itself: without its folder, without one of its files, for another time zone', async () => {
    const head = await calls(0, 200);
    await archiveUpTo(head);
    rmSync(archive(), { recursive: true });
    await archiveUpTo(head);
    expect(await problems()).toEqual([]);

    const { segments } = files().read()!;
    rmSync(files().pathOf(segments[2]!.file));
    expect(await problems()).toEqual(['the file is missing']);
    const more = await calls(200, 1);
    await archiveUpTo(more);
    expect(await problems()).toEqual([]);

    await archiveUpTo(await calls(201, 1), { timezone: 'America/New_York' });
    const other = await open('America/New_York');
    const { connection } = await other.snapshot();
    expect((await connection.runAndReadAll('SELECT DISTINCT started_day::VARCHAR FROM archive.segments')).getRowsJson()).toEqual([
      ['2026-06-04'],
    ]);
    other.close();
    expect(await problems()).toEqual([]);
  });

  it('goes back to where the log ends that was restored from a backup', async () => {
    const backup = join(folder, 'backup.db');
    await calls(0, 60);
    await log.close();
    cpSync(join(folder, 'event-log.db'), backup);
    log = SqliteEventLog.open({ file: join(folder, 'event-log.db'), clock: () => now });
    await archiveUpTo(await calls(60, 60));
    await log.close();
    for (const end of ['', '-wal', '-shm']) rmSync(join(folder, `event-log.db${end}`), { force: true });
    cpSync(backup, join(folder, 'event-log.db'));
    log = SqliteEventLog.open({ file: join(folder, 'event-log.db'), clock: () => now });
    await expect(problems()).rejects.toThrow(
      /goes up to 119 but the log only to 59: the log lost events.*delete the archive only if the log is correct/,
    );
    await calls(1_000, 5);
    const writer = new ArchiveWriter({ log, files: files(), clock: Date.now, timezone: TIMEZONE, segmentEvents: 40, restMs: 5 });
    writer.start();
    while (throughOf(files().read()!) !== 64n) await sleep(2);
    await writer.stop();
    expect(await problems()).toEqual([]);
  });

  it('of two writers in one folder each begins again where the other was first, and nothing is there twice', async () => {
    const head = await calls(0, 400);
    const warnings = await archiveUpTo(head, { segmentEvents: 20 }, 2);
    expect(await problems()).toEqual([]);
    expect(warnings.every((text) => text.includes('another process writes to this archive'))).toBe(true);
  });

  it('a flipped byte anywhere in a segment is found', async () => {
    await archiveUpTo(await calls(0, 100));
    for (let times = 0; times < 12; times += 1) {
      const { segments } = files().read()!;
      const path = files().pathOf(segments[Math.floor(random.next() * segments.length)]!.file);
      const bytes = readFileSync(path);
      const at = Math.floor(random.next() * bytes.length);
      bytes[at]! ^= 1 << Math.floor(random.next() * 8);
      writeFileSync(path, bytes);
      expect(await problems()).toEqual(['the file has changed since it was written: its SHA-256 differs']);
      rmSync(path);
      await archiveUpTo(await calls(1_000 + times, 1));
    }
    expect(await problems()).toEqual([]);
    appendFileSync(files().pathOf(files().read()!.segments[0]!.file), 'x');
    expect(await problems()).toEqual([expect.stringMatching(/^the file has \d+ bytes; expected \d+, as written$/)]);
  });

  it('says in its folder that it cannot be written, until it can', async () => {
    await archiveUpTo(await calls(0, 50));
    expect(files().failure()).toBeUndefined();
    const { segments } = files();
    rmSync(segments, { recursive: true });
    writeFileSync(segments, 'in the way');
    const head = await calls(50, 3);
    const writer = new ArchiveWriter({ log, files: files(), clock: () => now, timezone: TIMEZONE, segmentEvents: 40, restMs: 5 });
    writer.start();
    while (!files().failure()) await sleep(2);
    expect(files().failure()).toEqual({
      position: '49',
      since: '2026-06-04T01:00:00.000Z',
      message: expect.stringContaining('EEXIST') as string,
    });
    rmSync(segments);
    while (throughOf(files().read()!) < head || files().failure()) await sleep(2);
    await writer.stop();
    expect(await problems()).toEqual([]);
    // Of a failure that left nothing to write, too.
    files().failed({ position: '52', since: '2026-06-04T01:00:00.000Z', message: 'out of memory' });
    const next = new ArchiveWriter({ log, files: files(), clock: () => now, timezone: TIMEZONE });
    next.start();
    while (files().failure()) await sleep(2);
    await next.stop();
  });

  it('tells whether the file or the log was changed, so that nobody deletes the good copy', async () => {
    const head = await calls(0, 50);
    await archiveUpTo(head);
    const [first, second] = files().read()!.segments;
    const database = new Database(join(folder, 'event-log.db'));
    const change = (position: Position, from: string, to: string) =>
      database.prepare('UPDATE events SET data = replace(data, ?, ?) WHERE position = ?').run(from, to, Number(position));
    expect(await changed()).toEqual([[], []]);
    expect(change(second!.through, 'reached', 'noAnswer').changes).toBe(1);
    expect(await changed()).toEqual([[], ['log']]);
    // Another file at the same time, and both of one segment.
    const good = readFileSync(files().pathOf(first!.file));
    writeFileSync(files().pathOf(first!.file), Buffer.from(good).fill(0, 40, 44));
    expect(await changed()).toEqual([['file'], ['log']]);
    change(first!.through, 'reached', 'noAnswer');
    expect(await changed()).toEqual([['file', 'log'], ['log']]);
    for (const { through } of [first!, second!]) change(through, 'noAnswer', 'reached');
    expect(await changed()).toEqual([['file'], []]);
    writeFileSync(files().pathOf(first!.file), good);
    expect(await changed()).toEqual([[], []]);
    database.prepare('DELETE FROM events WHERE position = ?').run(3);
    expect(await changed()).toEqual([['log'], []]);
    database.close();
  });

  it('what the manifest says otherwise is found', async () => {
    await archiveUpTo(await calls(0, 50));
    const { segments, ...manifest } = files().read()!;
    const [first, ...rest] = segments;
    files().write({ ...manifest, number: manifest.number + 1, segments: [{ ...first!, hash: 'abc' }, ...rest] });
    expect(await problems()).toEqual([
      expect.stringContaining('the file holds 40 events'),
      expect.stringMatching(/the log holds 40 events with hash .*; expected 40 events with hash abc, as archived/),
    ]);
    expect(await changed()).toEqual([['manifest'], []]);
  });
});

describe('an event that stands in the log under one id twice', () => {
  const asked = (leadId: string, id: string) => recorded('InquiryReceived', { leadId, kind: 'demo' }, { id: eventIdOf('web', id) });
  const voided = async (): Promise<object[]> => {
    const found: object[] = [];
    for await (const { events } of log.read({ filter: { types: ['TouchpointInvalidated'] } }))
      found.push(...events.map(({ data }) => data as object));
    return found;
  };
  const double = (leadId: string, id: string) => ({
    leadId,
    targetEventId: eventIdOf('web', id),
    targetStream: `activity-${leadId}`,
    reason: 'duplicate',
  });

  it('is voided once, where it came later, however far apart and however often it is looked for', async () => {
    await append(asked('lead-a', 'one'), asked('lead-b', 'two'), asked('lead-b', 'alone'));
    await calls(0, 90);
    const position = await append(asked('lead-c', 'one'), asked('lead-a', 'two'), asked('lead-d', 'two'));
    await archiveUpTo(position);
    const told = [double('lead-c', 'one'), double('lead-a', 'two'), double('lead-d', 'two')];
    expect(await voided()).toEqual(told);
    await archiveUpTo(await calls(90, 3));
    // An archive that is made anew looks at the whole log.
    rmSync(archive(), { recursive: true });
    await archiveUpTo(await log.head());
    expect(await voided()).toEqual(told);
    const rows = await ask("SELECT lead, event_id::VARCHAR FROM touchpoints WHERE type = 'InquiryReceived' ORDER BY position");
    expect(rows).toEqual(
      [
        ['lead-a', 'one'],
        ['lead-b', 'two'],
        ['lead-b', 'alone'],
      ].map(([lead, id]) => [lead, eventIdOf('web', id!)]),
    );
    await append(
      recorded('LeadsMerged', { leadId: 'lead-c', mergedId: 'lead-c', survivorId: 'lead-a' }),
      recorded('LeadsMerged', { leadId: 'lead-d', mergedId: 'lead-d', survivorId: 'lead-b' }),
    );
    expect(await ask("SELECT lead, event_id::VARCHAR FROM touchpoints WHERE type = 'InquiryReceived' ORDER BY position")).toEqual(rows);
  });

  it('is left as it is where somebody has voided the one or the other, and is nothing anywhere where it was a robot', async () => {
    await append(asked('lead-a', 'one'), asked('lead-a', 'two'));
    await append(asked('lead-b', 'one'), asked('lead-b', 'two'));
    const known = [
      { leadId: 'lead-a', targetEventId: eventIdOf('web', 'one'), reason: 'duplicate' as const },
      { leadId: 'lead-a', targetEventId: eventIdOf('web', 'two'), reason: 'bot' as const },
    ];
    await archiveUpTo(await append(...known.map((data) => recorded('TouchpointInvalidated', data))));
    expect(await voided()).toEqual([...known, double('lead-b', 'two')]);
  });
});

describe('how far the archive is behind', () => {
  const lag = async (later = 0, timezone = TIMEZONE) => archiveLag({ files: files(), timezone }, log, await log.head(), now + later);

  it('is counted from the oldest event that it does not hold', async () => {
    expect(await lag()).toEqual({ positions: 0, seconds: 0 });
    await calls(0, 3);
    expect(await lag(5_000)).toEqual({ positions: 3, seconds: 5 });
    await archiveUpTo(await calls(3, 2));
    expect(await lag(9_000)).toEqual({ positions: 0, seconds: 0 });
    now += 60_000;
    await calls(5, 1);
    now += 60_000;
    await calls(6, 1);
    expect(await lag(1_000)).toEqual({ positions: 2, seconds: 61 });
  });

  it('is all of the log where days begin at another time, since such an archive is made anew', async () => {
    await archiveUpTo(await calls(0, 3));
    expect(await lag(2_000, 'Europe/Berlin')).toEqual({ positions: 3, seconds: 2 });
  });
});

describe('reading the archive', () => {
  it('is never behind the log: what is not archived yet is read from there', async () => {
    await archiveUpTo(await calls(0, 50));
    const reader = await open();
    const count = async () => {
      const { connection, position } = await reader.snapshot();
      expect(position).toBe(await log.head());
      return (
        await connection.runAndReadAll('SELECT count(*)::INTEGER, count(DISTINCT position)::INTEGER FROM archive.events')
      ).getRowsJson()[0];
    };
    expect(await count()).toEqual([50, 50]);
    await calls(50, 7);
    expect(await count()).toEqual([57, 57]);
    await archiveUpTo(await calls(57, 3));
    expect(await count()).toEqual([60, 60]);
    rmSync(archive(), { recursive: true });
    await archiveUpTo(await calls(60, 1));
    expect(await count()).toEqual([61, 61]);
    reader.close();
  });

  it('answers from the log alone where nothing is archived, also when it is empty', async () => {
    expect(await ask('SELECT count(*)::INTEGER FROM archive.events')).toEqual([[0]]);
    await calls(0, 3);
    expect(await ask('SELECT count(*)::INTEGER FROM archive.events')).toEqual([[3]]);
  });

  it('as of a moment it shows what was recorded by then', async () => {
    await calls(0, 2);
    const then = now;
    now += 60_000;
    await calls(2, 5);
    expect(await ask('SELECT count(*)::INTEGER FROM archive.events', then)).toEqual([[2]]);
  });
});
