import { namesInClear } from '@leadlog/lead';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode } from '@leadlog/events';
import { Ingestion, parseStructured } from '@leadlog/ingestion';
import { LiveReadModels, ProjectionEngine } from '@leadlog/projections';
import { RedisReadModelStore } from '@leadlog/projections/redis/redis-read-model-store';
import { simulate } from '@leadlog/simulation';
import { readSettings } from '../apps/setup/settings';
import { projectionSources } from '../apps/setup/projections';
import { temporaryFolder } from '../test/support/engine-process';
import { round, type Bench } from './result';
import { redisServer } from './servers';

const FROM = new Date('2026-01-01T00:00:00+09:00');
const TO = new Date('2026-07-01T00:00:00+09:00');
const ACCOUNTS = 8_600;

/**
 * What the read models of a simulated half year take of Redis, by projection and lead; beside it the bytes of their keys and texts alone.
 */
export const runRedisMemory: Bench = async () => {
  const { folder, remove } = temporaryFolder();
  const server = await redisServer();
  const redis = new Redis(server.url);
  try {
    const log = SqliteEventLog.open({ file: join(folder, 'event-log.db') });
    const events = await record(log);
    const empty = await usedMemory(redis);
    const store = await RedisReadModelStore.open({ url: server.url, prefix: server.namespace });
    const sources = projectionSources(readSettings({ LEADLOG_DATA: folder }));
    const engine = new ProjectionEngine({
      log,
      store,
      sources,
      decode,
      clock: Date.now,
      onWarning: (message) => process.stderr.write(`${message}\n`),
    });
    await engine.start();
    await new LiveReadModels(store).reached(
      sources.map(({ name }) => name),
      await log.head(),
      3_600_000,
    );
    await engine.stop();
    const { generations } = await store.registry();
    await store.close();
    await log.close();

    const taken = (await usedMemory(redis)) - empty;
    const parts = await Promise.all(generations.map(({ id, projection }) => sizeOf(redis, projection, `{${server.namespace}:${id}}:`)));
    const leads = parts.find(({ projection }) => projection === 'leads')!.unmerged;
    const perLead = (bytes: number) => Math.round(bytes / leads);
    const figures: Record<string, number | string> = { 'leads that are not merged': leads, 'bytes a lead, all of Redis': perLead(taken) };
    const baseline: Record<string, number | string> = {
      'bytes a lead, all of Redis': perLead(parts.reduce((sum, { text }) => sum + text, 0)),
    };
    for (const { projection, documents, cells, inDocuments, inLists, inTallies, text } of parts) {
      figures[`${projection}: bytes a lead`] = perLead(inDocuments + inLists + inTallies);
      figures[`${projection}: of it documents / lists / tallies`] = [inDocuments, inLists, inTallies].map(perLead).join(' / ');
      figures[`${projection}: documents / tallies`] = `${documents} / ${cells}`;
      baseline[`${projection}: bytes a lead`] = perLead(text);
    }
    return {
      name: 'redis-memory',
      workload: `${events} events of a simulated half year (${ACCOUNTS} companies), all built-in projections built into an empty Redis; beside it the bytes of keys and texts alone`,
      figures,
      baseline,
      ratio: round(parts.reduce((sum, { text }) => sum + text, 0) / taken),
    };
  } finally {
    redis.disconnect();
    await server.end();
    remove();
  }
};

async function record(log: SqliteEventLog): Promise<number> {
  const ingestion = new Ingestion(log, { names: namesInClear, clock: () => TO.getTime() });
  let count = 0;
  let batch: object[] = [];
  const flush = async () => {
    for (const result of await ingestion.ingest(batch.map(parseStructured))) if (result.result === 'accepted') count += 1;
    batch = [];
  };
  for (const event of simulate({ seed: 1, from: FROM, to: TO, accounts: ACCOUNTS })) {
    batch.push(event);
    if (batch.length === 5_000) await flush();
  }
  await flush();
  return count;
}

async function usedMemory(redis: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))![1]);
}

interface Size {
  projection: string;
  documents: number;
  /** Documents that hold a state; those of merged keys only say where it is. */
  unmerged: number;
  cells: number;
  /** Bytes of Redis, as MEMORY USAGE counts them over all entries. */
  inDocuments: number;
  inLists: number;
  inTallies: number;
  /** Bytes of keys and texts of the documents. */
  text: number;
}

async function sizeOf(redis: Redis, projection: string, tag: string): Promise<Size> {
  const bytes = async (key: string) => Number((await redis.call('MEMORY', 'USAGE', key, 'SAMPLES', '0')) ?? 0);
  const lists = await redis.smembers(`${tag}lists`);
  let [documents, unmerged, text] = [0, 0, 0];
  for (let cursor = '0', first = true; first || cursor !== '0'; first = false) {
    const [next, some] = await redis.hscan(`${tag}documents`, cursor, 'COUNT', 1_000);
    cursor = next;
    for (let at = 0; at < some.length; at += 2) {
      documents += 1;
      if ((JSON.parse(some[at + 1]!) as { d?: unknown }).d !== undefined) unmerged += 1;
      text += Buffer.byteLength(some[at]!) + Buffer.byteLength(some[at + 1]!);
    }
  }
  const sum = async (keys: readonly string[]) => (await Promise.all(keys.map(bytes))).reduce((total, one) => total + one, 0);
  return {
    projection,
    documents,
    unmerged,
    cells: await redis.hlen(`${tag}tallies`),
    text,
    inDocuments: await sum([`${tag}documents`, `${tag}meta`]),
    inLists: await sum([`${tag}lists`, ...lists.map((list) => `${tag}list:${list}`)]),
    inTallies: await sum([`${tag}tallies`, `${tag}cells`]),
  };
}
