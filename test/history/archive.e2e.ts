import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ArchiveFiles, throughOf, verifyArchive } from '@leadlog/archive';
import { Random } from '@leadlog/simulation';
import type { SqlAnswer } from '@leadlog/sql';
import { backendsOf, getJson, postJson, startEngine, temporaryFolder, type EngineProcess } from '../support/engine-process';
import { historyLines, sendStream } from '../support/sent-lines.testing';

const KILLS = Number(process.env.ARCHIVE_KILLS ?? 3);
const SEED = Number(process.env.CRASH_SEED ?? 20261125);

interface Problem {
  detail: string;
}

describe('history as SQL on the started engine', () => {
  const { folder, remove } = temporaryFolder();
  const files = new ArchiveFiles(join(folder, 'archive'));
  const random = new Random(SEED);
  let engine: EngineProcess;
  afterAll(async () => {
    await engine?.stop();
    remove();
  });
  const sql = async (question: object) => (await postJson<SqlAnswer>(`${engine.url}/v1/sql`, question)).body;
  const archived = async () => {
    const { position } = await getJson<{ position: string }>(`${engine.url}/v1/log/head`);
    for (;;) {
      const manifest = files.read();
      if (manifest && throughOf(manifest) >= BigInt(position)) return;
      await sleep(50);
    }
  };
  const problems = async () => {
    const { storedLog, close } = await backendsOf(folder);
    const found: string[] = [];
    for await (const one of verifyArchive(files, storedLog)) found.push(...one.problems);
    await close();
    return found;
  };

  it(`killed ${KILLS} times while it is written, the archive is exact; deleted, it makes itself anew`, async () => {
    const lines = historyLines(SEED, 2_400, 120);
    const size = Math.ceil(lines.length / KILLS);
    for (let at = 0; at < lines.length; at += size) {
      engine = await startEngine(folder, { LEADLOG_ARCHIVE_SECONDS: '1' });
      const part = lines.slice(at, at + size);
      await sendStream(engine.url, part.slice(0, size / 2));
      await Promise.all([sendStream(engine.url, part.slice(size / 2)).catch(() => undefined), sleep(random.next() * 2_500)]);
      await engine.kill();
    }
    engine = await startEngine(folder, { LEADLOG_ARCHIVE_SECONDS: '1' });
    await sendStream(engine.url, lines);
    await archived();
    expect(await problems()).toEqual([]);

    await engine.stop();
    rmSync(files.folder, { recursive: true });
    engine = await startEngine(folder, { LEADLOG_ARCHIVE_SECONDS: '1' });
    await archived();
    expect(await problems()).toEqual([]);
  });

  it('tells how far the archive is behind', async () => {
    // What the engine decides meanwhile is archived too, a second later.
    for (;;) {
      const metrics = await (await fetch(`${engine.url}/metrics`)).text();
      expect(metrics).toMatch(/^leadlog_archive_lag_positions \d+$/m);
      if (/^leadlog_archive_lag_positions 0\nleadlog_archive_lag_seconds 0$/m.test(metrics.replaceAll(/^(#.*)?\n/gm, ''))) break;
      await sleep(50);
    }
  });

  it('SQL sees what was acknowledged a moment ago', async () => {
    const count = async () =>
      Number((await sql({ sql: `SELECT count(*) FROM calls WHERE call = $call`, parameters: { call: 'sql-1' } })).rows![0]![0]);
    expect(await count()).toBe(0);
    const event = {
      specversion: '1.0',
      id: 'sql-1',
      source: '/cti',
      type: 'CallCompleted',
      subject: 'lead-sql',
      time: new Date().toISOString(),
      data: { callId: 'sql-1', repId: 'rep-1', startedAt: new Date().toISOString(), seconds: 3, outcome: 'reached' },
    };
    const { body } = await postJson<{ position: string }>(`${engine.url}/v1/events`, event, 'application/cloudevents+json');
    expect(await count()).toBe(1);
    expect(BigInt((await sql({ sql: 'SELECT 1' })).position)).toBeGreaterThanOrEqual(BigInt(body.position));
  });

  it('gives files, and says what is wrong with a question', async () => {
    const response = await fetch(`${engine.url}/v1/sql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sql: 'SELECT rep, count(*) AS calls FROM calls GROUP BY rep ORDER BY rep LIMIT 2', format: 'csv' }),
    });
    expect([response.status, response.headers.get('content-type'), response.headers.get('leadlog-rows')]).toEqual([
      200,
      'text/csv; charset=utf-8; header=present',
      '2',
    ]);
    expect(await response.text()).toMatch(/^rep,calls\n(rep-[^,]+,\d+\n){2}$/);
    const refused = async (question: object) => {
      const { status, body } = await postJson<Problem & { errors?: object[] }>(`${engine.url}/v1/sql`, question);
      return [status, body.detail];
    };
    expect(await refused({ sql: 'SELECT * FROM cals' })).toEqual([400, expect.stringContaining('the nearest is calls')]);
    expect(await refused({ sql: "SELECT * FROM read_text('/etc/passwd')" })).toEqual([
      400,
      expect.stringContaining('read_text(…) is not allowed'),
    ]);
    expect(await refused({ sql: 'SELECT 1', format: 'xls' })).toEqual([expect.any(Number), expect.any(String)]);
  });

  it('a question whose asker hangs up is cancelled, so that others need not wait for its end', async () => {
    const leaving = new AbortController();
    const body = JSON.stringify({ sql: 'SELECT count(*) FROM range(1000000) a, range(1000000) b, range(1000000) c', seconds: 600 });
    // As many as are answered at the same time; each would take longer than this test may.
    const asked = [1, 2].map(() =>
      fetch(`${engine.url}/v1/sql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body, signal: leaving.signal }),
    );
    await sleep(500);
    leaving.abort();
    await Promise.allSettled(asked);
    expect((await sql({ sql: 'SELECT 42 AS answer' })).rows).toEqual([[42]]);
  });

  it('the api answers while hostile questions run, which are stopped; the next one is answered', async () => {
    const hostile = [
      'SELECT count(*) FROM range(1000000) a, range(1000000) b, range(1000000) c',
      'WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t',
      `SELECT list(repeat('x', 100000000) || range) FROM range(10000)`,
    ].map((text) => postJson<Problem>(`${engine.url}/v1/sql`, { sql: text, seconds: 3 }));
    let over = false;
    const answers = Promise.all(hostile).finally(() => (over = true));
    for (let n = 0; !over; n += 1) {
      const event = {
        specversion: '1.0',
        id: `meanwhile-${n}`,
        source: '/web',
        type: 'WebPageViewed',
        subject: 'lead-m',
        time: new Date().toISOString(),
        data: { url: 'https://www.leadlog.example/', category: 'price' },
      };
      expect((await postJson(`${engine.url}/v1/events`, event, 'application/cloudevents+json')).status).toBe(201);
      await sleep(20);
    }
    expect((await answers).map(({ status, body }) => [status, body.detail])).toEqual(
      hostile.map(() => [422, expect.stringMatching(/stopped after 3 s|more memory than|stopped at \d+ MiB|died/)]),
    );
    expect((await sql({ sql: 'SELECT 42 AS answer' })).rows).toEqual([[42]]);
  });
});
