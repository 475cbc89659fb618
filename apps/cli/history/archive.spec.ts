import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { ArchiveFiles, ArchiveWriter, throughOf } from '@leadlog/archive';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { run } from '../run';

describe('the archive on the command line', () => {
  let folder: string;
  let files: ArchiveFiles;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'leadlog-archive-cli-'));
    files = new ArchiveFiles(join(folder, 'archive'));
    const log = SqliteEventLog.open({ file: join(folder, 'event-log.db') });
    await log.appendMany(Array.from({ length: 30 }, (_, n) => asAppend(recorded('WebPageViewed', { leadId: `lead-${n}` }))));
    const writer = new ArchiveWriter({ log, files, clock: Date.now, timezone: 'Asia/Tokyo', segmentEvents: 20, restMs: 5 });
    writer.start();
    for (let manifest = files.read(); !manifest || throughOf(manifest) < (await log.head()); manifest = files.read()) await sleep(2);
    await writer.stop();
    await log.close();
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const called = async (...args: string[]) => {
    let [out, err] = ['', ''];
    const code = await run(args, { env: { LEADLOG_DATA: folder }, out: (text) => (out += text), err: (text) => (err += text) });
    return { code, out, err };
  };
  const verified = () => called('archive', 'verify');

  it('says which was changed, and never to delete a file that the log could not make again', async () => {
    expect(await verified()).toMatchObject({ code: 0, err: '' });
    const [first, second] = files.read()!.segments;
    const good = readFileSync(files.pathOf(first!.file));
    writeFileSync(files.pathOf(first!.file), Buffer.from(good).fill(0, 40, 44));
    const ofFile = await verified();
    expect(ofFile).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        /1 of 2 segments is wrong. The archive files of 1 were changed, the log was not: delete these files/,
      ) as string,
    });
    expect(ofFile.out).toContain(
      `WRONG  ${first!.file}: 20 events, -1 < position ≤ 19; changed: file; the file has changed since it was written`,
    );

    const log = new Database(join(folder, 'event-log.db'));
    log.prepare('UPDATE events SET data = ? WHERE position = 25').run('{}');
    const ofBoth = await verified();
    expect(ofBoth).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        /The log was changed in 1 of them.*delete no file of the archive, restore the log from a backup.*The files of 1 were changed too: delete them only once the log is restored/,
      ) as string,
    });
    expect(ofBoth.out).toContain(`WRONG  ${second!.file}: 10 events, 19 < position ≤ 29; changed: log; the log holds 10 events`);

    writeFileSync(files.pathOf(first!.file), good);
    const ofLog = await verified();
    log.close();
    expect(ofLog.err).toMatch(/restore the log from a backup/);
    expect(ofLog.err).not.toMatch(/delete these|delete them/);
    expect(existsSync(files.pathOf(second!.file))).toBe(true);
  });

  it('that cannot be written is told by doctor', async () => {
    const doctor = () => called('doctor', '--url', 'http://127.0.0.1:9');
    expect((await doctor()).out).toMatch(/fine +archive: .*up to 29/);
    files.failed({ position: '29', since: '2026-06-04T01:00:00.000Z', message: 'Out of Memory Error' });
    expect(await doctor()).toMatchObject({
      code: 1,
      out: expect.stringMatching(
        /WRONG +archive: the archive cannot be written beyond position 29 since 2026-06-04T01:00:00.000Z: Out of Memory Error/,
      ) as string,
    });
    files.succeeded();
    expect((await doctor()).code).toBe(0);
  });
});
