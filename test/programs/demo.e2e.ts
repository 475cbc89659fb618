import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { ArchiveFiles } from '@leadlog/archive';
import { LivedCompany } from '@leadlog/simulation';
import { callApi } from '../../apps/cli/api-client';
import { DemoEngine } from '../../apps/standalone/demo-engine-process';
import { liveThrough, publishDocuments, untilDecided } from '../../apps/standalone/demo-life';
import { environmentOf, temporaryFolder } from '../support/engine-process';
import { OWNED } from '../support/owner-key';

async function interrupt(group: number): Promise<void> {
  try {
    process.kill(group, 'SIGINT');
  } catch (error) {
    // All are gone already.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  await eventLoopTurn();
}

it('Ctrl-C ends the demo and its engine quietly, also while it sends and pressed again; until then it says how far it is', async () => {
  const { folder, remove } = temporaryFolder();
  const child = spawn(process.execPath, ['dist/apps/standalone/demo.js'], {
    env: { ...process.env, ...environmentOf(folder), ...OWNED, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const closed = once(child, 'close');
  const said: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => said.push(line));
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line);
    // A terminal tells the engine too; and who is impatient presses again.
    if (/^demo: \d+ events sent, day \d+ of 183$/.test(line)) for (let pressed = 0; pressed < 3; pressed += 1) await interrupt(-child.pid!);
  }
  expect([await closed, said.filter((line) => !/^demo: |^An engine on /.test(line))]).toEqual([[130, null], []]);
  const engine = /http:\/\/127\.0\.0\.1:\d+/.exec(said.join('\n'))![0];
  await expect(fetch(`${engine}/health/live`)).rejects.toThrow();
  remove();
});

/** Of a company that used something else until March, and lives with Leadlog until Easter. */
const [from, begins, ends] = ['2026-01-05', '2026-03-02', '2026-03-21'].map((day) => Date.parse(`${day}T00:00:00+09:00`)) as [
  number,
  number,
  number,
];

it('the engine lives through weeks by the time of then: it hands off, misses deadlines and passes on what its reps leave lying, for nothing of the past', async () => {
  const { folder, remove } = temporaryFolder();
  const environment = { ...process.env, ...environmentOf(folder), ...OWNED, PORT: '0' };
  const engine = await DemoEngine.start(environment, begins, undefined, resolve('dist/apps/standalone/demo-engine.js'));
  try {
    const { url } = engine;
    const archive = new ArchiveFiles(join(folder, 'archive'));
    const company = new LivedCompany({ seed: 5, accounts: 60, reps: 6, from: new Date(from), to: new Date(ends) });
    await publishDocuments(url, company);
    const rejected: unknown[] = [];
    await liveThrough(engine, company, { begins, ends }, archive, {
      sent: () => undefined,
      folding: () => undefined,
      rejected: (_row, errors) => rejected.push(errors),
    });
    await untilDecided(url, archive);
    expect(rejected).toEqual([]);

    const ask = async (sql: string): Promise<unknown[][]> =>
      (await callApi<{ rows: unknown[][] }>(url, 'POST', '/v1/sql', { body: { sql } })).rows;
    // Afterwards it is now again, and whoever waited then is handed off, if anybody is at work.
    const [[handoffs, first, atNight, accepted, late, returned, again]] = (await ask(`SELECT count(*), min(handed_at),
    count(*) FILTER (hour(handed_at AT TIME ZONE 'Asia/Tokyo') NOT BETWEEN 9 AND 18), count(accepted_at),
    count(accept_breached_at) + count(contact_breached_at), count(returned_at), count(*) FILTER (method = 'previousRep') FROM handoffs
    WHERE handed_at < TIMESTAMPTZ '${new Date(ends).toISOString()}'`)) as [[number, string, number, number, number, number, number]];
    expect([Date.parse(first) > begins, atNight]).toEqual([true, 0]);
    // Some of each, and not all: who misses a deadline, gives a lead back, or has one back that they knew.
    for (const some of [late, returned, again]) expect([some > 0, some < handoffs]).toEqual([true, true]);
    expect(accepted).toBeGreaterThan(handoffs / 2);
  } finally {
    await engine.end();
    remove();
  }
});
