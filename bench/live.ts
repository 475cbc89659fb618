import Database from 'better-sqlite3';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { benchEvents, type CloudEvent } from '@leadlog/simulation';
import { startEngine, temporaryFolder } from '../test/support/engine-process';
import { AS_OWNER } from '../test/support/owner-key';
import { quantile, round, type Bench } from './result';

const RATE = 500;
const SECONDS = 20;

/**
 * Events at a steady rate; for every tenth the time from sending it to the answer of a read that shows it
 * (`GET /v1/leads/{id}?after=position`), both over HTTP, so two round trips are part of the figure.
 */
export const runLive: Bench = async () => {
  const events = [...benchEvents({ seed: 4, events: RATE * (SECONDS + 3), leads: 5_000 })];
  const { folder, remove } = temporaryFolder();
  try {
    const engine = await startEngine(join(folder, 'engine'));
    const pool = new Pool(engine.url, { connections: 32, pipelining: 1 });
    const visible: number[] = [];
    const underWay: Promise<void>[] = [];
    const began = performance.now();
    for (let n = 0; n < events.length; n += 1) {
      const due = began + (n * 1_000) / RATE;
      if (due > performance.now()) await sleep(due - performance.now());
      // The first three seconds warm up.
      underWay.push(sendAndSee(pool, events[n]!, n >= RATE * 3 && n % 10 === 0 ? visible : undefined));
    }
    await Promise.all(underWay);
    await pool.close();
    await engine.stop();
    visible.sort((a, b) => a - b);
    const bare = await bareLoop(join(folder, 'bare.db'), events);
    const p99 = quantile(visible, 0.99);
    return {
      name: 'live',
      workload: `${RATE} events/s for ${SECONDS} s, one POST each; from sending to an HTTP read that shows the score`,
      figures: { 'median ms': round(quantile(visible, 0.5)), 'p99 ms': round(p99), samples: visible.length },
      baseline: { 'median ms': round(quantile(bare, 0.5), 3), 'p99 ms': round(quantile(bare, 0.99), 3), samples: bare.length },
      ratio: round(quantile(bare, 0.99) / p99, 3),
    };
  } finally {
    remove();
  }
};

async function sendAndSee(pool: Pool, event: CloudEvent, into: number[] | undefined): Promise<void> {
  const began = performance.now();
  const sent = await pool.request({
    path: '/v1/events',
    method: 'POST',
    headers: { ...AS_OWNER, 'content-type': 'application/cloudevents+json' },
    body: JSON.stringify(event),
  });
  const { position, leadId } = (await sent.body.json()) as { position: string; leadId: string };
  if (!into) return;
  const seen = await pool.request({ path: `/v1/leads/${leadId}?after=${position}`, method: 'GET', headers: AS_OWNER });
  await seen.body.dump();
  if (seen.statusCode !== 200) throw new Error(`GET /v1/leads/${leadId} answered ${seen.statusCode}`);
  into.push(performance.now() - began);
}

/** Insert the event and update one document in one durable transaction, then read it back; no HTTP. */
async function bareLoop(file: string, events: readonly CloudEvent[]): Promise<number[]> {
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE event(position INTEGER PRIMARY KEY, body TEXT); CREATE TABLE doc(key TEXT PRIMARY KEY, body TEXT)');
  const insert = db.prepare('INSERT INTO event(body) VALUES (?)');
  const get = db.prepare('SELECT body FROM doc WHERE key = ?').pluck();
  const put = db.prepare('INSERT INTO doc VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET body = excluded.body');
  const times: number[] = [];
  for (const event of events.slice(0, RATE * 4)) {
    const began = performance.now();
    const key = event.subject ?? 'none';
    db.transaction(() => {
      insert.run(JSON.stringify(event));
      const sum = (JSON.parse((get.get(key) as string | undefined) ?? '{"sum":0}') as { sum: number }).sum + 1;
      put.run(key, JSON.stringify({ sum }));
    })();
    get.get(key);
    times.push(performance.now() - began);
    if (times.length % 100 === 0) await sleep(1);
  }
  db.close();
  return times.sort((a, b) => a - b);
}
