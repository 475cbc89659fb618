import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { storedAs } from '@leadlog/personal';
import { openLog } from '../../apps/setup/backends';
import { readSettings } from '../../apps/setup/settings';
import { getJson, postJson, startEngine, temporaryFolder, untilReady, type EngineProcess } from '../support/engine-process';
import { filesWith, parquetIn, parquetWith } from '../support/found-texts.testing';
import { leadlog } from '../support/leadlog.testing';
import { OWNED } from '../support/owner-key';
import { startRedisServer, type RedisServer } from '../support/redis-server';

const NAME = 'Aoyama-Haruka';
const EMAIL = 'haruka.aoyama@minato-seiki.example';
const GONE = [NAME, 'haruka.aoyama', '5550-0123', 'Takasaki-Nishi', 'Kurosawa-Shiro'];

/** Whose log begins before there were keys: in EventStoreDB what was recorded in clear stays, and everything else goes. */
describe('a person who is forgotten on servers', () => {
  const { folder, remove } = temporaryFolder();
  const master = join(folder, 'master');
  let redis: RedisServer;
  let files = '';
  let engine: EngineProcess;
  let env: Record<string, string>;
  let her: string;
  let sent = 0;
  const start = async () => {
    engine = await startEngine(join(folder, 'data'), env);
    await untilReady(engine.url);
  };
  const tell = async (type: string, subject: string, data: object) => {
    const event = { specversion: '1.0', id: `e-${(sent += 1)}`, source: '/erasure', type, subject, time: new Date().toISOString(), data };
    const { body } = await postJson<{ results: { result: string; leadId: string }[] }>(
      `${engine.url}/v1/events`,
      [event],
      'application/cloudevents-batch+json',
    );
    expect(body.results).toMatchObject([{ result: 'accepted' }]);
    return body.results[0]!.leadId;
  };
  const upToNow = async <Answer>(path: string) => {
    const { position } = await getJson<{ position: string }>(`${engine.url}/v1/log/head`);
    return getJson<Answer>(`${engine.url}${path}${path.includes('?') ? '&' : '?'}after=${position}&timeout=60000`);
  };
  const cli = async (...args: string[]) => {
    const { code, out, err } = await leadlog(engine.url, ...args);
    expect({ code, err }).toMatchObject({ code: 0 });
    return out;
  };
  /** On the servers themselves. */
  const inShell = (...args: string[]) =>
    execFileSync(process.execPath, ['bin/leadlog', '--url', engine.url, ...args], {
      env: { ...process.env, ...OWNED, ...env },
      encoding: 'utf8',
    });

  beforeAll(async () => {
    // What it packs would hide the text.
    redis = await startRedisServer(['--rdbcompression', 'no']);
    writeFileSync(master, 'c0ffee00'.repeat(8));
    env = {
      LEADLOG_DATA: join(folder, 'data'),
      LEADLOG_NAMESPACE: basename(folder),
      REDIS_URL: redis.url,
      EVENTSTORE_URL: process.env.EVENTSTORE_URL!,
      LEADLOG_ARCHIVE_SECONDS: '1',
    };
    await start();
    her = await tell('LeadCaptured', `email:${EMAIL}`, {
      channel: 'form',
      profile: { name: NAME, email: EMAIL, phone: '+81-3-5550-0123', title: '部長' },
    });
    await tell('InquiryReceived', `lead:${her}`, { kind: 'demo', text: 'Our line in Takasaki-Nishi stops at night' });
    await upToNow(`/v1/leads/${her}`);
    await engine.stop();
    const client = new Redis(redis.url);
    await client.config('SET', 'appendfsync', 'always');
    files = ((await client.config('GET', 'dir')) as string[])[1]!;
    client.disconnect();
    env.LEADLOG_MASTER_KEY_FILE = master;
    await start();
    await tell('InquiryReceived', `lead:${her}`, { kind: 'demo', text: 'the plant manager Kurosawa-Shiro decides' });
    await upToNow(`/v1/leads/${her}`);
    while (parquetIn(join(folder, 'data')).length === 0) await sleep(50);
    for (const text of [NAME, 'haruka.aoyama'])
      expect([text, await valuesWith([text]), filesWith(files, text)]).not.toEqual([text, [], []]);
    await cli('erase', her, '--no-wait');
    await engine.kill();
    await start();
    expect(await cli('erase', her)).toContain('completed');
  }, 600_000);
  afterAll(async () => {
    await engine?.stop();
    await redis?.end();
    remove();
  });

  /** Keys of Redis in whose name or value one of these stands. */
  async function valuesWith(texts: readonly string[]): Promise<string[]> {
    const client = new Redis(redis.url);
    const found: string[] = [];
    const all = await client.keys('*');
    expect(all.length).toBeGreaterThan(0);
    for (const key of all) {
      const value = (await client.dumpBuffer(key)) ?? Buffer.alloc(0);
      if (texts.some((text) => key.includes(text) || value.includes(text))) found.push(key);
    }
    client.disconnect();
    return found;
  }

  const clearInLog = async () => {
    const log = openLog(readSettings(env));
    let [clear, named] = [0, 0];
    for await (const { events } of log.read())
      for (const { type, data } of events) {
        const text = JSON.stringify(data);
        if (storedAs(type, data as object) === 'clear') clear += 1;
        else if (GONE.some((one) => text.includes(one))) named += 1;
      }
    await log.close();
    return { clear, named };
  };

  it('is in no value of Redis, in none of its files, and not in the archive; of the log only what was recorded in clear says who it was', async () => {
    expect(await valuesWith(GONE)).toEqual([]);
    expect(Object.fromEntries(GONE.map((text) => [text, filesWith(files, text)]))).toEqual(
      Object.fromEntries(GONE.map((text) => [text, []])),
    );
    expect(Object.fromEntries(GONE.map((text) => [text, filesWith(join(folder, 'data'), text)]))).toEqual(
      Object.fromEntries(GONE.map((text) => [text, []])),
    );
    expect(await parquetWith(join(folder, 'data'), GONE)).toEqual([]);
    const { clearEvents } = await getJson<{ clearEvents: number }>(`${engine.url}/v1/leads/${her}/erasure`);
    expect(clearEvents).toBeGreaterThanOrEqual(2);
    expect(await clearInLog()).toEqual({ clear: clearEvents, named: 0 });
  });

  it('is shown by nobody any more, and what stays in the log is told', async () => {
    const answers = await Promise.all(
      ['', '/timeline', '/dossier', '/personal-data'].map((path) => upToNow<object>(`/v1/leads/${her}${path}`)),
    );
    const sql = await cli('sql', '--json', 'SELECT data, recorded_data, metadata FROM events');
    const said = JSON.stringify([answers, sql]);
    expect(GONE.filter((text) => said.includes(text))).toEqual([]);
    expect(answers[0]).toMatchObject({ erased: true, profile: { title: '部長' } });
    expect(JSON.parse(inShell('personal-data', 'status', '--json'))).toMatchObject({ clear: (await clearInLog()).clear });
    expect(inShell('doctor')).toMatch(/look +personal data: .* in clear .*EventStoreDB rewrites nothing/);
  });
});
