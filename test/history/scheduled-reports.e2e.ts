import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReportResult } from '@leadlog/reports';
import { run } from '../../apps/cli/run';
import { shownText } from '../../apps/cli/tables';
import { backendsOf, getJson, startHalf, temporaryFolder, type EngineProcess } from '../support/engine-process';
import { OWNED } from '../support/owner-key';
import { historyLines, sendStream } from '../support/sent-lines.testing';
import { until } from '../support/until.testing';

/** Every minute, and it takes a second or more, so that a kill comes in the middle. */
const SLOW = `---
title: Counted
schedule: "* * * * *"
---
WITH slow AS (SELECT count(*) AS n FROM range(30000) a, range(30000) b WHERE a.range + b.range >= 0)
SELECT count(*)::INTEGER AS events FROM events, slow WHERE slow.n > 0
`;

type Listed = Pick<ReportResult, 'id' | 'dueAt' | 'asOf'> & { position: string };

describe('a report with a schedule, on two workers', () => {
  const { folder, remove } = temporaryFolder();
  const reports = join(folder, 'reports');
  const env = { LEADLOG_REPORTS: reports };
  let api: EngineProcess;
  let workers: EngineProcess[];
  beforeAll(async () => {
    mkdirSync(reports);
    writeFileSync(join(reports, 'counted.sql'), SLOW);
    api = await startHalf('api', folder, env);
    workers = await Promise.all([startHalf('worker', folder, env), startHalf('worker', folder, env)]);
    await sendStream(api.url, historyLines(20261126, 500, 60));
  });
  afterAll(async () => {
    for (const one of [...workers, api]) await one?.stop();
    remove();
  });
  const results = async () => (await getJson<{ items: Listed[] }>(`${api.url}/v1/reports/counted/results`)).items;
  const list = async (...more: string[]) => {
    let out = '';
    const code = await run(['--url', api.url, 'report', 'list', ...more], {
      env: OWNED,
      out: (text) => (out += text),
      err: () => undefined,
    });
    return { code, out };
  };

  it('is made at its time, once, and killed with -9 in the middle it is made by whoever comes next', async () => {
    const queue = async (state: string) =>
      (await fetch(`${api.url}/v1/jobs/reports?state=${state}`)).json() as Promise<{ items?: { id: string }[] }>;
    // A job goes on being active for a moment after its result is kept, so the one to kill is one whose result is not there yet.
    let dueAt: string | undefined;
    await until(async () => {
      // No such queue before its first job.
      dueAt = (await queue('active')).items?.[0]?.id.split(' ')[1];
      return dueAt !== undefined && !(await results()).some((result) => result.dueAt === dueAt);
    });
    await Promise.all(workers.map((one) => one.kill()));
    expect((await results()).map((result) => result.dueAt)).not.toContain(dueAt);
    workers = [await startHalf('worker', folder, env), await startHalf('worker', folder, env)];
    await until(async () => (await results()).some((result) => result.dueAt === dueAt));

    const kept = await results();
    expect(new Set(kept.map((result) => result.dueAt)).size).toBe(kept.length);
    const { log, close } = await backendsOf(folder);
    const recordedAt: number[] = [];
    for await (const slice of log.read()) recordedAt.push(...slice.events.map((event) => event.recordedAt));
    await close();
    for (const { id, dueAt: due, asOf } of kept) {
      const { answer } = await getJson<ReportResult>(`${api.url}/v1/reports/counted/results/${id}`);
      expect([due, answer.rows]).toEqual([asOf, [[recordedAt.filter((ms) => ms <= Date.parse(due!)).length]]]);
    }
    const { code, out } = await list();
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(
        new RegExp(`counted .*\\* \\* \\* \\* \\* .* ${shownText((await results())[0]!.dueAt!, 'Asia/Tokyo').slice(0, 13)}`),
      ),
    ]);
  });

  it('what failed is told, and a file that is wrong says what was expected', async () => {
    writeFileSync(join(reports, 'counted.sql'), SLOW.replace('FROM events,', 'FROM evnts,'));
    // In whole; a table shows the beginning.
    await until(async () => (await list('--json')).out.includes('there is no view evnts; the nearest is events'));
    writeFileSync(join(reports, 'counted.sql'), SLOW.replace('"* * * * *"', 'hourly'));
    const said = `report counted (${join(reports, 'counted.sql')}): schedule: expected a cron expression of five fields`;
    expect(await getJson(`${api.url}/v1/reports`)).toMatchObject({
      items: expect.arrayContaining([expect.objectContaining({ name: 'funnel-by-origin' })]) as unknown[],
      wrong: [{ name: 'counted', problem: expect.stringContaining(said) as string }],
    });
    expect((await list()).out).toContain(said);
    const response = await fetch(`${api.url}/v1/reports/counted`);
    expect([response.status, ((await response.json()) as { detail: string }).detail]).toEqual([400, expect.stringContaining(said)]);
  });
});
