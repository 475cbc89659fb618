import { setTimeout as sleep } from 'node:timers/promises';
import { simulate } from '@leadlog/simulation';
import { getJson, startEngine, temporaryFolder, type EngineProcess } from './support/engine-process';
import { expectReadModelsAsRebuilt, untilQuiet } from './support/read-models.testing';
import { startRedisServer, type RedisServer } from './support/redis-server';

describe('faults of Redis under a started engine', () => {
  let redis: RedisServer;
  let engine: EngineProcess;
  let lines: string[];
  const { folder, remove } = temporaryFolder();

  beforeAll(async () => {
    redis = await startRedisServer();
    process.env.REDIS_URL = redis.url;
    const to = new Date();
    const events = [...simulate({ seed: 7, from: new Date(to.getTime() - 21 * 86_400_000), to, accounts: 60, reps: 6 })];
    lines = events.map((event) => JSON.stringify(event));
    engine = await startEngine(folder);
  });
  afterAll(async () => {
    await engine.stop();
    await redis.end();
    remove();
  });

  /** Every fault comes while events come. */
  async function sendThird(third: number): Promise<void> {
    const size = Math.ceil(lines.length / 3);
    for (let at = third * size; at < Math.min(lines.length, (third + 1) * size); at += 100) {
      const body = `${lines.slice(at, Math.min(at + 100, (third + 1) * size)).join('\n')}\n`;
      const response = await fetch(`${engine.url}/v1/events`, { method: 'POST', headers: { 'content-type': 'application/x-ndjson' }, body });
      expect(response.status).toBe(200);
      expect(JSON.parse((await response.text()).trim().split('\n').at(-1)!)).toMatchObject({ rejected: 0 });
      await sleep(20);
    }
  }

  it.each([
    ['killed and restarted', 0, async () => { await redis.kill(); await sleep(500); await redis.start(); }],
    ['killed and restarted without its data', 1, async () => { await redis.kill(); await redis.start({ empty: true }); }],
    ['frozen for three seconds', 2, async () => { redis.freeze(); await sleep(3_000); redis.thaw(); }],
  ])('%s: ingestion goes on, and every read model is what a rebuild says', async (_name, third, fault) => {
    const sending = sendThird(third);
    await sleep(300);
    await fault();
    await sending;
    await untilUp(engine.url);
    await untilQuiet(engine.url);
    await engine.stop();
    await expectReadModelsAsRebuilt(folder);
    engine = await startEngine(folder);
  });
});

/** Read models that are rebuilt answer 503 until they are there. */
async function untilUp(url: string): Promise<void> {
  for (;;) {
    const answer = await getJson(`${url}/v1/leads?limit=1`).catch((error: Error) => error);
    if (!(answer instanceof Error)) return;
    if (!/ 503/.test(answer.message)) throw answer;
    await sleep(100);
  }
}
