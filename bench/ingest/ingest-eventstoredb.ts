import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ANY, EventStoreDBClient, jsonEvent, type EventData } from '@eventstore/db-client';
import { Pool, request } from 'undici';
import { benchEvents } from '@leadlog/simulation';
import { startEngine, temporaryFolder } from '../../test/support/engine-process';
import { AS_OWNER } from '../../test/support/owner-key';
import { perSecond, quantile, round, type Bench } from '../result';
import { logServer } from '../servers';
import { benchLines } from '../workload';

/** Of each round; what the bare client writes are the same events. */
const BULK = 20_000;
const SINGLE = 6_000;
const LEADS = 2_000;
const ROUNDS = 4;
const ARRAY = 500;
const WRITERS = 4;
const IN_FLIGHT = 64;

/** The whole path over HTTP onto the log server, and the bare client on the same server, in turns; each in a process of its own. */
export const runIngestEventStoreDb: Bench = () => ingestOn(0);

/**
 * The same on a test server that takes 10 ms longer for each step, so that what is waited for weighs and not what is computed; fewer
 * events.
 */
export const runIngestSlowEventStoreDb: Bench = () => ingestOn(10);

async function ingestOn(delayMs: number): ReturnType<Bench> {
  const [bulk, singles, rounds] = delayMs > 0 ? [BULK / 2, SINGLE / 2, ROUNDS / 2] : [BULK, SINGLE, ROUNDS];
  const { folder, remove } = temporaryFolder();
  const server = await logServer(delayMs);
  const client = EventStoreDBClient.connectionString(server.url);
  const engine = await startEngine(join(folder, 'engine'), { EVENTSTORE_URL: server.url, LEADLOG_NAMESPACE: server.namespace });
  const pool = new Pool(engine.url, { connections: IN_FLIGHT, pipelining: 1 });
  const ms = { bulk: 0, arrays: 0, single: 0, oneByOne: 0 };
  const latencies: number[] = [];
  const timed = async (what: keyof typeof ms, counted: boolean, work: Promise<void>) => {
    const began = performance.now();
    await work;
    if (counted) ms[what] += performance.now() - began;
  };
  try {
    // The first round warms all up and is not counted.
    for (let turn = 0; turn <= rounds; turn += 1) {
      const seed = 10 + turn;
      const counted = turn > 0;
      const chunks = benchLines({ seed, events: bulk, leads: LEADS });
      const bodies = [...benchEvents({ seed: 100 + seed, events: singles, leads: LEADS })].map((event) => JSON.stringify(event));
      const ours = async () => {
        await timed('bulk', counted, sendAll(engine.url, chunks, bulk));
        await timed('single', counted, postEach(pool, bodies, counted ? latencies : []));
      };
      const bare = async () => {
        await timed('arrays', counted, appendArrays(client, chunks));
        await timed('oneByOne', counted, appendEach(client, bodies));
      };
      for (const side of turn % 2 ? [ours, bare] : [bare, ours]) await side();
    }
  } finally {
    await pool.close();
    await engine.stop();
    await client.dispose();
    await server.end();
    remove();
  }
  latencies.sort((a, b) => a - b);
  return {
    name: delayMs > 0 ? 'ingest-eventstoredb-slow' : 'ingest-eventstoredb',
    workload: `on ${server.is}, ${rounds} rounds in turns: ${bulk} events of ${LEADS} leads as NDJSON over HTTP, then ${singles} as one POST each over ${IN_FLIGHT} connections, projections into SQLite running; the bare client: arrays of ${ARRAY} from ${WRITERS} writers, then one by one with ${IN_FLIGHT} in flight`,
    figures: {
      'bulk events/s': perSecond(bulk * rounds, ms.bulk),
      'bulk, share of arrays': round(ms.arrays / ms.bulk),
      'single events/s': perSecond(singles * rounds, ms.single),
      'single, share of one by one': round(ms.oneByOne / ms.single),
      'single, p99 ms': round(quantile(latencies, 0.99)),
    },
    baseline: { 'bulk events/s': perSecond(bulk * rounds, ms.arrays), 'single events/s': perSecond(singles * rounds, ms.oneByOne) },
    ratio: round(ms.arrays / ms.bulk),
  };
}

async function sendAll(url: string, chunks: readonly Buffer[], events: number): Promise<void> {
  const response = await request(`${url}/v1/events`, {
    method: 'POST',
    headers: { ...AS_OWNER, 'content-type': 'application/x-ndjson' },
    body: Readable.from(chunks),
  });
  let last = '';
  for await (const line of createInterface({ input: response.body })) last = line;
  const { accepted } = JSON.parse(last) as { accepted: number };
  if (accepted !== events) throw new Error(`${accepted} of ${events} events were accepted: ${last}`);
}

async function postEach(pool: Pool, bodies: readonly string[], latencies: number[]): Promise<void> {
  let next = 0;
  const poster = async () => {
    while (next < bodies.length) {
      const body = bodies[next++]!;
      const began = performance.now();
      const response = await pool.request({
        path: '/v1/events',
        method: 'POST',
        headers: { ...AS_OWNER, 'content-type': 'application/cloudevents+json' },
        body,
      });
      await response.body.dump();
      if (response.statusCode !== 201) throw new Error(`answered ${response.statusCode}`);
      latencies.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, poster));
}

/** JSON.parse every line and append; no HTTP, no validation, no projections, no looking for ids. */
async function appendArrays(client: EventStoreDBClient, chunks: readonly Buffer[]): Promise<void> {
  const lines = createInterface({ input: Readable.from(chunks) })[Symbol.asyncIterator]();
  const writer = async () => {
    const stream = `bench-${randomUUID()}`;
    for (let done = false; !done;) {
      const events: EventData[] = [];
      while (events.length < ARRAY) {
        const line = await lines.next();
        if (line.done) break;
        events.push(eventOf(line.value));
      }
      done = events.length < ARRAY;
      if (events.length > 0) await client.appendToStream(stream, events, { expectedRevision: ANY });
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
}

async function appendEach(client: EventStoreDBClient, bodies: readonly string[]): Promise<void> {
  const name = randomUUID();
  let next = 0;
  const writer = async () => {
    while (next < bodies.length) {
      const body = bodies[next++]!;
      await client.appendToStream(`bench-${name}-${(JSON.parse(body) as { subject: string }).subject}`, eventOf(body), {
        expectedRevision: ANY,
      });
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, writer));
}

function eventOf(line: string): EventData {
  const { id, type, source, time, data } = JSON.parse(line) as {
    id: string;
    type: string;
    source: string;
    time: string;
    data: Record<string, unknown>;
  };
  return jsonEvent({ id: randomUUID(), type, data, metadata: { occurredAt: time, source, sourceId: id } });
}
