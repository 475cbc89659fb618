import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { getJson, liftFileLimit, startEngine, temporaryFolder, untilReady, type EngineProcess } from '../support/engine-process';

interface Answer {
  status: number;
  retryAfter: string | null;
  type: string | null;
  body: { detail?: string; position?: string; result?: string };
}

const START = Date.now() - 3_600_000;
let made = 0;
const viewed = (note = '') => ({
  specversion: '1.0',
  id: `fault-${(made += 1)}`,
  source: '/faults',
  type: 'com.example.WebPageViewed',
  time: new Date(START + made * 1_000).toISOString(),
  data: { leadId: 'lead-1', url: `https://www.leadlog.example/price?${note}`, category: 'price' },
});

async function send(engine: EngineProcess, event: object): Promise<Answer> {
  const response = await fetch(`${engine.url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json' },
    body: JSON.stringify(event),
  });
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    type: response.headers.get('content-type'),
    body: (await response.json()) as Answer['body'],
  };
}
async function ready(engine: EngineProcess): Promise<{ status: number; detail?: string }> {
  const response = await fetch(`${engine.url}/health/ready`);
  return { status: response.status, detail: ((await response.json()) as Answer['body']).detail };
}
const notNow = (detail: RegExp) => ({
  status: 503,
  retryAfter: expect.stringMatching(/^[1-9]/) as unknown,
  type: expect.stringMatching(/^application\/problem\+json/) as unknown,
  body: { detail: expect.stringMatching(detail) as unknown },
});

/** From the file: a request for what is in the log is recorded in it, and refused where that cannot be. */
async function recorded(folder: string): Promise<string[]> {
  const log = SqliteEventLog.open({ file: join(folder, 'event-log.db'), readOnly: true });
  const ids: string[] = [];
  for await (const page of log.readStream('activity-lead-1')) ids.push(...page.map(({ metadata }) => metadata.sourceId));
  await log.close();
  return ids;
}
/** When the lead was last active, as its read model says at the given position or later. */
const lastActive = async (engine: EngineProcess, after: string): Promise<string> =>
  (await getJson<{ lastActivityAt: string }>(`${engine.url}/v1/leads/lead-1?after=${after}`)).lastActivityAt;

describe('a fault under the engine', () => {
  let folder: string;
  let remove: () => void;
  let engine: EngineProcess | undefined;
  beforeEach(() => ({ folder, remove } = temporaryFolder()));
  afterEach(async () => {
    await engine?.stop();
    engine = undefined;
    remove();
  });

  it('a locked event log: 503 that says so, and it goes on by itself when the lock is gone', async () => {
    engine = await startEngine(folder);
    const first = viewed();
    expect((await send(engine, first)).status).toBe(201);
    const other = new Database(join(folder, 'event-log.db'));
    other.exec('BEGIN IMMEDIATE');
    const refused = viewed();
    expect(await send(engine, refused)).toMatchObject(notNow(/event-log\.db.*another process has held the file/));
    // What needs no write is answered all the while.
    expect((await fetch(`${engine.url}/v1/leads/lead-1`)).status).toBe(200);
    expect(await recorded(folder)).toEqual([first.id]);
    other.exec('ROLLBACK');
    other.close();
    const again = await send(engine, refused);
    expect(again).toMatchObject({ status: 201, body: { result: 'accepted' } });
    expect(await recorded(folder)).toEqual([first.id, refused.id]);
  });

  it('locked read models: events are taken all the same, and are seen when the lock is gone', async () => {
    engine = await startEngine(folder);
    // Read models that are being built for the first time answer otherwise: they are live before the lock.
    const before = viewed();
    expect(await lastActive(engine, (await send(engine, before)).body.position!)).toBe(before.time);
    const other = new Database(join(folder, 'read-models.db'));
    other.exec('BEGIN IMMEDIATE');
    const answers: Answer[] = [];
    const events = Array.from({ length: 20 }, () => viewed());
    for (const event of events) answers.push(await send(engine, event));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    const waiting = await fetch(`${engine.url}/v1/leads/lead-1?after=${answers.at(-1)!.body.position!}`);
    expect(waiting.status).toBe(503);
    expect(((await waiting.json()) as { detail: string }).detail).toMatch(/the read model leads is at 0 and did not reach 20/);
    other.exec('ROLLBACK');
    other.close();
    expect(await lastActive(engine, answers.at(-1)!.body.position!)).toBe(events.at(-1)!.time);
  });

  it('a disk that takes no more: 503, nothing acknowledged is lost, and it goes on when there is room', async () => {
    engine = await startEngine(folder, {}, { fileKiB: 1_024 });
    const acknowledged: string[] = [];
    let refused: { event: ReturnType<typeof viewed>; answer: Answer } | undefined;
    while (!refused && acknowledged.length < 2_000) {
      const event = viewed('x'.repeat(1_500));
      const answer = await send(engine, event);
      if (answer.status === 201) acknowledged.push(event.id);
      else refused = { event, answer };
    }
    expect(refused?.answer).toMatchObject(notNow(/event-log\.db.*disk/));
    expect(await recorded(folder)).toEqual(acknowledged);
    expect(await ready(engine)).toEqual({
      status: 503,
      detail: expect.stringMatching(/the event log cannot be written .*event-log\.db.*full or read-only/) as unknown,
    });

    // A kill in this state, and a disk on which no file has room: what was acknowledged is there.
    await engine.kill();
    engine = await startEngine(folder, {}, { fileKiB: 64 });
    expect(await recorded(folder)).toEqual(acknowledged);

    liftFileLimit(engine);
    const again = await send(engine, refused!.event);
    expect(again).toMatchObject({ status: 201, body: { result: 'accepted' } });
    expect(await recorded(folder)).toEqual([...acknowledged, refused!.event.id]);
    expect(await lastActive(engine, again.body.position!)).toBe(refused!.event.time);
    await untilReady(engine.url);
  });

  it('a damaged event log: it does not start, says which file and what to do, and is whole again once restored', async () => {
    engine = await startEngine(folder);
    const event = viewed();
    await send(engine, event);
    await engine.stop();
    const file = join(folder, 'event-log.db');
    const good = readFileSync(file);
    writeFileSync(file, Buffer.concat([Buffer.alloc(100, 0x5a), good.subarray(100)]));
    await expect(startEngine(folder)).rejects.toThrow(
      /ended with 1 [\s\S]*event-log\.db: the file is damaged; stop Leadlog and restore it from a backup/,
    );
    writeFileSync(file, good);
    engine = await startEngine(folder);
    expect(await recorded(folder)).toEqual([event.id]);
  });

  it('damaged read models: it says that they can be deleted, and without them they are built again', async () => {
    engine = await startEngine(folder);
    const { body } = await send(engine, viewed());
    const before = await getJson(`${engine.url}/v1/leads/lead-1?after=${body.position!}`);
    await engine.stop();
    const file = join(folder, 'read-models.db');
    writeFileSync(file, Buffer.concat([Buffer.alloc(100, 0x5a), readFileSync(file).subarray(100)]));
    await expect(startEngine(folder)).rejects.toThrow(
      /ended with 1 [\s\S]*read-models\.db: the file is damaged; stop Leadlog and delete the file: it is rebuilt from the log/,
    );
    for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true });
    engine = await startEngine(folder);
    expect(await getJson(`${engine.url}/v1/leads/lead-1?after=${body.position!}`)).toEqual(before);
  });
});
