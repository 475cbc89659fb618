import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { Redis } from 'ioredis';
import { ArchiveFiles, ArchiveReader } from '@leadlog/archive';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import type { Jobs } from '@leadlog/jobs';
import { BullmqJobs } from '@leadlog/jobs/bullmq/bullmq-jobs';
import { SqliteJobs } from '@leadlog/jobs/sqlite/sqlite-jobs';
import { SqlRunner } from '@leadlog/sql';
import { startRedisServer, type RedisServer } from '../../test/support/redis-server';
import { ReportFiles } from './report-files';
import { ReportResults } from './report-results';
import { REPORTS_QUEUE, ScheduledReports, type ScheduledReportsOptions } from './scheduled-reports';
import { scheduledRuns } from './scheduled-runs';

const TIMEZONE = 'Asia/Tokyo';
const MINUTE = 60_000;
const at = (time: string) => Date.parse(`2026-06-05T${time}:00+09:00`);
const utc = (ms: number) => new Date(ms).toISOString();

let redis: RedisServer | undefined;
let redisUrl: string;
beforeAll(async () => {
  if (!process.env.REDIS_URL) redis = await startRedisServer();
  redisUrl = process.env.REDIS_URL ?? redis!.url;
});
afterAll(() => redis?.end());

const adapters = {
  sqlite: (folder: string) => ({
    open: (): Jobs => SqliteJobs.open({ file: join(folder, 'jobs.db'), onWarning: () => undefined }),
    expireLease: async (id: string) => {
      const db = new Database(join(folder, 'jobs.db'));
      db.prepare(`UPDATE job SET lease_until = 0 WHERE id = ? AND state = 'active'`).run(id);
      db.close();
    },
  }),
  bullmq: () => {
    const prefix = `leadlog-test-${randomUUID()}`;
    return {
      open: (): Jobs => BullmqJobs.open({ url: redisUrl, prefix }),
      expireLease: async (id: string) => {
        const client = new Redis(redisUrl);
        await client.del(`{${prefix}:jobs}:${REPORTS_QUEUE}:j-${encodeURIComponent(id)}:lock`);
        client.disconnect();
      },
    };
  },
};

describe.each(Object.entries(adapters))('reports with a schedule, their jobs on %s', (_name, adapter) => {
  let folder: string;
  let log: SqliteEventLog;
  let reader: ArchiveReader;
  let runner: SqlRunner;
  let jobs: ReturnType<typeof adapter>;
  let results: ReportResults;
  let now: number;
  let asked: string[];
  let ends: (() => Promise<unknown>)[];

  const file = (name: string, front: string, sql = 'SELECT count(*) AS calls FROM calls') =>
    writeFileSync(join(folder, 'reports', `${name}.sql`), `---\ntitle: T\n${front}\n---\n${sql}\n`);
  const filesOf = () => new ReportFiles([join(folder, 'reports')]);
  /** A worker of its own, as another process would be one. */
  const worker = (more: Partial<ScheduledReportsOptions> = {}) => {
    const own = jobs.open();
    const warnings: string[] = [];
    const ask: ScheduledReportsOptions['ask'] = (question) => {
      asked.push(utc(question.asOf!));
      return runner.answer(question);
    };
    const reports = new ScheduledReports({
      jobs: own,
      files: filesOf(),
      results,
      timezone: TIMEZONE,
      clock: () => now,
      ask,
      policy: { leaseMs: 500 },
      onWarning: (message) => warnings.push(message),
      ...more,
    });
    reports.start();
    const end = async () => {
      await reports.stop(0);
      await own.close();
    };
    ends.push(end);
    return { jobs: own, warnings, end };
  };
  /** As workers that start at a moment: what is known of schedules is in the folder alone. */
  const looksAt = async (time: number) => {
    now = time;
    // Ends with its first look; the next one does what is left of the work.
    await worker().end();
    const second = worker();
    await until(async () => {
      const { waiting, active } = await second.jobs.counts(REPORTS_QUEUE);
      return waiting + active === 0;
    });
    await second.end();
  };
  const until = async (isSo: () => boolean | Promise<boolean>) => {
    while (!(await isSo())) await sleep(5);
  };
  const kept = (report: string) => results.of(report).map(({ dueAt }) => dueAt);

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'leadlog-scheduled-'));
    mkdirSync(join(folder, 'reports'));
    now = at('05:59');
    log = SqliteEventLog.open({ file: join(folder, 'event-log.db'), clock: () => now });
    reader = await ArchiveReader.open({
      files: new ArchiveFiles(join(folder, 'archive')),
      log,
      timezone: TIMEZONE,
      limits: { memory: '256MB', threads: 2, spill: '64MB' },
    });
    runner = new SqlRunner(reader, join(folder, 'archive', 'answers'));
    jobs = adapter(folder);
    results = new ReportResults(join(folder, 'archive', 'results'));
    asked = [];
    ends = [];
  });
  afterEach(async () => {
    for (const end of ends) await end();
    reader.close();
    await log.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const call = async (n: number) => log.appendMany([asAppend(recorded('CallCompleted', { callId: `call-${n}`, leadId: `lead-${n}` }))]);

  it('are made once when they are due, by whichever of two workers, with what was known then', async () => {
    file('daily', 'schedule: 0 6 * * *');
    await looksAt(at('05:59'));
    expect(kept('daily')).toEqual([]);
    await call(1);
    now = at('06:03');
    await call(2);
    const workers = [worker(), worker()];
    await until(() => kept('daily').length > 0);
    await until(async () => (await workers[0]!.jobs.counts(REPORTS_QUEUE)).done === 1);
    // Both look again, and again when they are started anew.
    await looksAt(at('06:04'));
    await looksAt(at('23:59'));
    expect(asked).toEqual([utc(at('06:00'))]);
    const { id, ...result } = results.lastScheduled('daily')!;
    expect(result).toMatchObject({
      report: 'daily',
      madeAt: utc(at('06:03')),
      dueAt: utc(at('06:00')),
      asOf: utc(at('06:00')),
      answer: { position: '1', rowCount: 1 },
    });
    expect(JSON.parse(readFileSync(results.fileOf('daily', id)!, 'utf8'))).toMatchObject({ ...result, answer: { rows: [[1]] } });
    expect(results.of('daily')).toEqual([expect.objectContaining({ id, dueAt: utc(at('06:00')), position: '1' })]);
  });

  it('that were missed while nobody was there: the last one is made up for, those before it are not', async () => {
    file('hourly', 'schedule: 0 * * * *');
    await looksAt(at('05:59'));
    await looksAt(at('11:30'));
    await looksAt(at('11:59'));
    await looksAt(at('12:00'));
    expect(kept('hourly')).toEqual([utc(at('12:00')), utc(at('11:00'))]);
  });

  it('what was due before a schedule was there, or was another, was not missed', async () => {
    file('daily', 'schedule: 0 5 * * *');
    await looksAt(at('05:59'));
    file('daily', 'schedule: 0 6 * * *');
    await looksAt(at('06:30'));
    expect(kept('daily')).toEqual([]);
    await looksAt(at('06:30') + 24 * 60 * MINUTE);
    expect(kept('daily')).toEqual([utc(at('06:00') + 24 * 60 * MINUTE)]);
  });

  it('a worker that dies in the middle: another makes it, once', async () => {
    file('daily', 'schedule: 0 6 * * *');
    await looksAt(at('05:59'));
    now = at('06:00');
    let begun = false;
    const dying = worker({
      ask: (_, { signal }) =>
        new Promise((_answered, failed) => {
          begun = true;
          signal.addEventListener('abort', () => failed(signal.reason as Error));
        }),
    });
    await until(() => begun);
    await dying.jobs.close();
    worker();
    await jobs.expireLease(`daily ${utc(at('06:00'))}`);
    await until(() => kept('daily').length === 1);
    expect(asked).toEqual([utc(at('06:00'))]);
  });

  it('a worker that dies when the answer is kept and the job not yet done: nobody makes it again', async () => {
    file('daily', 'schedule: 0 6 * * *');
    await looksAt(at('05:59'));
    now = at('06:00');
    const dying: { jobs: Jobs } = worker({
      ask: async (question) => {
        const answer = await runner.answer(question);
        await dying.jobs.close();
        return answer;
      },
    });
    await until(() => kept('daily').length === 1);
    const first = results.lastScheduled('daily');
    now = at('06:02');
    const other = worker();
    await jobs.expireLease(`daily ${utc(at('06:00'))}`);
    await until(async () => (await other.jobs.counts(REPORTS_QUEUE)).done === 1);
    expect([asked, results.lastScheduled('daily')]).toEqual([[], first]);
  });

  it('one that was thought dead and answers late changes nothing', async () => {
    const result = { report: 'daily', madeAt: utc(at('06:01')), dueAt: utc(at('06:00')), parameters: {} };
    const answer = async (sql: string) => (await runner.answer({ sql, format: 'json', limit: 1, timeoutMs: 60_000 })).file;
    const first = await results.keep(result, await answer('SELECT 1 AS one'));
    expect(await results.keep({ ...result, madeAt: utc(at('06:05')) }, await answer('SELECT 2 AS two'))).toEqual(first);
    expect(first.answer.columns).toEqual([{ name: 'one', type: 'INTEGER' }]);
    expect(JSON.parse(readFileSync(results.fileOf('daily', first.id)!, 'utf8'))).toMatchObject({ ...first, answer: { rows: [[1]] } });
    expect(results.of('daily')).toHaveLength(1);
    expect(readdirSync(join(folder, 'archive', 'results', 'daily'))).toEqual([`${first.id}.json`]);
  });

  it('one that takes longer than from one time to the next does not pile up', async () => {
    file('busy', 'schedule: "* * * * *"');
    await looksAt(at('05:59'));
    now = at('06:01');
    let answers: () => void = () => undefined;
    const slow = worker({ ask: (question) => new Promise((done) => (answers = () => done(runner.answer(question)))) });
    await until(async () => (await slow.jobs.counts(REPORTS_QUEUE)).active === 1);
    for (const minute of ['06:02', '06:03', '06:04']) {
      now = at(minute);
      await worker().end();
    }
    expect(await slow.jobs.counts(REPORTS_QUEUE)).toMatchObject({ active: 1, waiting: 0 });
    answers();
    await until(() => kept('busy').length === 1);
    await slow.end();
    await looksAt(at('06:05'));
    expect(kept('busy')).toEqual([utc(at('06:05')), utc(at('06:01'))]);
  });

  it('what fails is told: at once where the file is wrong, and a file that is none keeps no other from its time', async () => {
    file('wrong', 'schedule: 0 6 * * *', 'SELECT no_such FROM calls');
    file('none', 'schedule: 0 25 * * *');
    file('right', 'schedule: 0 6 * * *');
    await looksAt(at('05:59'));
    now = at('06:00');
    const one = worker();
    await until(async () => kept('right').length === 1 && (await one.jobs.counts(REPORTS_QUEUE)).dead === 1);
    expect(one.warnings).toEqual([
      expect.stringMatching(/^report none \(.*none\.sql\): schedule: expected a cron expression .* got "0 25 \* \* \*"/),
    ]);
    const reports = ['right', 'wrong'].map((name) => filesOf().get(name));
    expect(Object.fromEntries(await scheduledRuns(reports, { jobs: one.jobs, results, timezone: TIMEZONE }, now))).toEqual({
      right: {
        nextAt: utc(at('06:00') + 24 * 60 * MINUTE),
        last: { result: results.of('right')[0]!.id, dueAt: utc(at('06:00')), madeAt: utc(now), position: '-1' },
      },
      wrong: {
        nextAt: utc(at('06:00') + 24 * 60 * MINUTE),
        failed: { dueAt: utc(at('06:00')), error: expect.stringContaining('no_such'), state: 'dead', attempts: 1 },
      },
    });
    // Mended, it is made with the next try.
    file('wrong', 'schedule: 0 6 * * *');
    await one.jobs.redrive(REPORTS_QUEUE, `wrong ${utc(at('06:00'))}`);
    await until(() => kept('wrong').length === 1);
    expect((await scheduledRuns(reports, { jobs: one.jobs, results, timezone: TIMEZONE }, now)).get('wrong')).not.toHaveProperty('failed');
  });

  it('what may pass is tried again', async () => {
    file('daily', 'schedule: 0 6 * * *');
    await looksAt(at('05:59'));
    now = at('06:00');
    let tries = 0;
    const one = worker({
      policy: { backoff: { firstMs: 1, maxMs: 1 } },
      ask: (question) => ((tries += 1) === 1 ? Promise.reject(new Error('the log is away')) : runner.answer(question)),
    });
    await until(() => kept('daily').length === 1);
    expect(tries).toBe(2);
    await until(async () => (await one.jobs.counts(REPORTS_QUEUE)).done === 1);
  });
});
