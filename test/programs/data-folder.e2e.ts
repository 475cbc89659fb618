import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { ArchiveFiles } from '@leadlog/archive';
import type { SqlAnswer } from '@leadlog/sql';
import { getJson, postJson, startEngine, temporaryFolder, type EngineProcess } from '../support/engine-process';
import { historyLines, sendStream } from '../support/sent-lines.testing';

/** Nobody listens there: whatever is answered comes from the folder. */
const NOBODY = 'http://127.0.0.1:9';

async function called(...args: string[]) {
  const child = spawn(process.execPath, ['bin/leadlog', '--url', NOBODY, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [code, out, err] = await Promise.all([
    once(child, 'close').then(([ended]) => ended as number),
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, out, err };
}

describe('questions to a data folder itself', () => {
  const { folder, remove } = temporaryFolder();
  const data = join(folder, 'data');
  let engine: EngineProcess;
  beforeAll(async () => {
    engine = await startEngine(data, { LEADLOG_ARCHIVE_SECONDS: '1' });
    await sendStream(engine.url, historyLines(20261127, 1_500, 100));
    while (!new ArchiveFiles(join(data, 'archive')).read()) await sleep(50);
  });
  afterAll(async () => {
    await engine?.stop();
    remove();
  });
  const answer = async (...args: string[]) => {
    const { code, out, err } = await called(...args, '--data', data, '--json');
    if (code !== 0) throw new Error(err);
    return JSON.parse(out) as SqlAnswer;
  };

  it('while an engine runs: what was acknowledged a moment ago is in it, as of then it is not', async () => {
    const count = `SELECT count(*)::INTEGER FROM calls WHERE call = 'last'`;
    expect((await answer('sql', count)).rows).toEqual([[0]]);
    await sleep(5);
    const then = new Date().toISOString();
    await sleep(5);
    const event = {
      specversion: '1.0',
      id: 'last',
      source: '/cti',
      type: 'CallCompleted',
      subject: 'lead-last',
      time: then,
      data: { callId: 'last', repId: 'rep-1', startedAt: then, seconds: 3, outcome: 'reached' },
    };
    const { body } = await postJson<{ position: string }>(`${engine.url}/v1/events`, event, 'application/cloudevents+json');
    const now = await answer('sql', count);
    expect(now.rows).toEqual([[1]]);
    expect(BigInt(now.position)).toBeGreaterThanOrEqual(BigInt(body.position));
    expect((await answer('sql', count, '--as-of', then)).rows).toEqual([[0]]);
  });

  it('it is answered as the api answers', async () => {
    const sql = 'SELECT type, count(*) AS events FROM events WHERE actor_kind <> $kind GROUP BY type ORDER BY type';
    const fromApi = (await postJson<SqlAnswer>(`${engine.url}/v1/sql`, { sql, parameters: { kind: 'system' } })).body;
    expect((await answer('sql', sql, '--param', 'kind=system')).rows).toEqual(fromApi.rows);
    const { ms: _, position: __, ...report } = (await postJson<SqlAnswer>(`${engine.url}/v1/reports/kpi-by-rep-and-day/run`, {})).body;
    expect(await answer('report', 'run', 'kpi-by-rep-and-day')).toMatchObject(report);
    const { items } = await getJson<{ items: object[] }>(`${engine.url}/v1/sql/views`);
    const described = await called('sql', '--describe', '--data', data, '--json');
    expect((JSON.parse(described.out) as { items: object[] }).items).toMatchObject(items);
  });

  it('a file comes out of it, and of a stopped folder nothing is changed', async () => {
    await engine.stop();
    const seen = () =>
      (readdirSync(data, { recursive: true }) as string[])
        .filter((name) => statSync(join(data, name)).isFile() && !/-(shm|wal)$/.test(name))
        .sort()
        .map((name) => [
          name,
          createHash('sha256')
            .update(readFileSync(join(data, name)))
            .digest('hex'),
        ]);
    const before = seen();
    const output = join(folder, 'events.csv');
    expect(await called('export', '--data', data, '--format', 'csv', '--output', output)).toMatchObject({ code: 0, out: '' });
    const { rows } = await answer('sql', 'SELECT count(*)::INTEGER FROM events');
    expect(readFileSync(output, 'utf8').match(/\n\d+,/g)).toHaveLength(rows![0]![0] as number);
    expect(seen()).toEqual(before);
  });

  it('says where there is no log, what is wrong with a question, and what only an api can do', async () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    const other = join(folder, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'notes.txt'), 'x');
    const says = async (...args: string[]) => {
      const { code, out, err } = await called(...args);
      expect(out).toBe('');
      return [code, err];
    };
    const expected = (got: string, what: string) => [
      2,
      expect.stringContaining(
        `--data: expected the data folder of an engine, which holds its log (event-log.db), got ${got}, which ${what};`,
      ),
    ];
    expect(await says('sql', '--data', empty, 'SELECT 1')).toEqual(expected(empty, 'is empty'));
    expect(await says('report', 'run', 'call-timing', '--data', other)).toEqual(expected(other, 'has none'));
    expect(await says('export', '--data', join(folder, 'nowhere'), '--output', join(folder, 'x'))).toEqual(
      expected(join(folder, 'nowhere'), 'is not there'),
    );
    expect(readdirSync(empty)).toEqual([]);
    writeFileSync(join(empty, 'event-log.db'), '');
    expect(await says('sql', '--data', empty, 'SELECT 1')).toEqual(
      expected(empty, 'has another file of that name (no such table: events)'),
    );
    writeFileSync(join(empty, 'event-log.db'), 'this is no database '.repeat(1_000));
    expect(await says('sql', '--data', empty, 'SELECT 1')).toEqual([1, expect.stringContaining('the file is damaged')]);
    expect(await says('sql', '--data', data, 'SELECT * FROM cals')).toEqual([
      1,
      expect.stringContaining('there is no view cals; the nearest is calls'),
    ]);
    expect(await says('sql', '--data', data, `SELECT * FROM read_text('/etc/passwd')`)).toEqual([
      1,
      expect.stringContaining('read_text(…) is not allowed in FROM'),
    ]);
    expect(await says('sql', '--data', data, '--as-of', 'May', 'SELECT 1')).toEqual([
      2,
      expect.stringContaining('--as-of: expected a time in RFC 3339 with an offset, got "May"'),
    ]);
    expect(await says('report', 'run', 'call-tming', '--data', data)).toEqual([1, expect.stringContaining('the nearest is call-timing')]);
    expect(await says('report', 'run', 'call-timing', '--keep', '--data', data)).toEqual([
      2,
      expect.stringContaining('--keep: it is the api that keeps answers'),
    ]);
  });
});
