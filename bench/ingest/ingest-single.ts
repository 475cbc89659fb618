import Database from 'better-sqlite3';
import { join } from 'node:path';
import { Pool } from 'undici';
import { benchEvents } from '@leadlog/simulation';
import { startEngine, temporaryFolder } from '../../test/support/engine-process';
import { AS_OWNER } from '../../test/support/owner-key';
import { perSecond, quantile, round, type Bench } from '../result';

const EVENTS = 60_000;
const LEADS = 10_000;
const CONNECTIONS = 64;

/** One POST an event, each answered after its durable commit. */
export const runIngestSingle: Bench = async () => {
  const bodies = [...benchEvents({ seed: 2, events: EVENTS, leads: LEADS })].map((event) => JSON.stringify(event));
  const { folder, remove } = temporaryFolder();
  try {
    const engine = await startEngine(join(folder, 'engine'));
    const pool = new Pool(engine.url, { connections: CONNECTIONS, pipelining: 1 });
    const latencies: number[] = [];
    let next = 0;
    const client = async (until: number) => {
      while (next < until) {
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
    // The first tenth warms both sides up and is not counted.
    await Promise.all(Array.from({ length: CONNECTIONS }, () => client(EVENTS / 10)));
    const counted = EVENTS - next;
    latencies.length = 0;
    const began = performance.now();
    await Promise.all(Array.from({ length: CONNECTIONS }, () => client(EVENTS)));
    const ms = performance.now() - began;
    await pool.close();
    await engine.stop();
    const bareMs = bareLoop(join(folder, 'bare.db'), bodies.slice(0, 5_000)) * (counted / 5_000);
    latencies.sort((a, b) => a - b);
    return {
      name: 'ingest-single',
      workload: `${EVENTS} events, one POST each over ${CONNECTIONS} connections, each answered after its durable commit`,
      figures: {
        'events/s': perSecond(counted, ms),
        'median ms': round(quantile(latencies, 0.5)),
        'p99 ms': round(quantile(latencies, 0.99)),
      },
      baseline: { 'events/s': perSecond(counted, bareMs) },
      ratio: round(bareMs / ms),
    };
  } finally {
    remove();
  }
};

/** JSON.parse and one durable transaction an event; no HTTP. */
function bareLoop(file: string, bodies: readonly string[]): number {
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE event(position INTEGER PRIMARY KEY, id TEXT UNIQUE, type TEXT, lead TEXT, data TEXT)');
  const insert = db.prepare('INSERT INTO event(id, type, lead, data) VALUES (?, ?, ?, ?)');
  const began = performance.now();
  for (const body of bodies) {
    const event = JSON.parse(body) as { id: string; type: string; subject: string; data: object };
    insert.run(event.id, event.type, event.subject, JSON.stringify(event.data));
  }
  const ms = performance.now() - began;
  db.close();
  return ms;
}
