import Database from 'better-sqlite3';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { request } from 'undici';
import { startEngine, temporaryFolder } from '../../test/support/engine-process';
import { AS_OWNER } from '../../test/support/owner-key';
import { perSecond, round, type Bench } from '../result';
import { benchLines } from '../workload';

const EVENTS = 300_000;
const LEADS = 30_000;
const CONNECTIONS = 2;

/** Durable events per second over HTTP as NDJSON, each line answered; the projections run meanwhile. */
export const runIngestBulk: Bench = async () => {
  const chunks = benchLines({ seed: 1, events: EVENTS, leads: LEADS });
  const { folder, remove } = temporaryFolder();
  try {
    const engine = await startEngine(join(folder, 'engine'));
    const began = performance.now();
    const accepted = await Promise.all(
      Array.from({ length: CONNECTIONS }, (_, index) =>
        send(
          engine.url,
          chunks.filter((_chunk, n) => n % CONNECTIONS === index),
        ),
      ),
    );
    const ms = performance.now() - began;
    await engine.stop();
    const total = accepted.reduce((sum, one) => sum + one, 0);
    if (total !== EVENTS) throw new Error(`${total} of ${EVENTS} events were accepted`);
    const bareMs = await bareLoop(join(folder, 'bare.db'), chunks);
    return {
      name: 'ingest-bulk',
      workload: `${EVENTS} events of ${LEADS} leads, ${CONNECTIONS} NDJSON streams over HTTP, every line answered after its durable commit, projections running`,
      figures: { 'events/s': perSecond(EVENTS, ms), seconds: round(ms / 1_000) },
      baseline: { 'events/s': perSecond(EVENTS, bareMs), seconds: round(bareMs / 1_000) },
      ratio: round(bareMs / ms),
    };
  } finally {
    remove();
  }
};

async function send(url: string, chunks: readonly Buffer[]): Promise<number> {
  const response = await request(`${url}/v1/events`, {
    method: 'POST',
    headers: { ...AS_OWNER, 'content-type': 'application/x-ndjson' },
    body: Readable.from(chunks),
  });
  let last = '';
  for await (const line of createInterface({ input: response.body })) last = line;
  return (JSON.parse(last) as { accepted: number }).accepted;
}

/** JSON.parse every line and insert it, a durable transaction for a thousand; no HTTP, no validation, no projections. */
async function bareLoop(file: string, chunks: readonly Buffer[]): Promise<number> {
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE event(position INTEGER PRIMARY KEY, id TEXT UNIQUE, type TEXT, lead TEXT, data TEXT)');
  const insert = db.prepare('INSERT INTO event(id, type, lead, data) VALUES (?, ?, ?, ?)');
  const began = performance.now();
  let pending = 0;
  db.exec('BEGIN');
  for await (const line of createInterface({ input: Readable.from(chunks) })) {
    const event = JSON.parse(line) as { id: string; type: string; subject: string; data: object };
    insert.run(event.id, event.type, event.subject, JSON.stringify(event.data));
    if ((pending += 1) === 1_000) {
      db.exec('COMMIT; BEGIN');
      pending = 0;
    }
  }
  db.exec('COMMIT');
  const ms = performance.now() - began;
  db.close();
  return ms;
}
