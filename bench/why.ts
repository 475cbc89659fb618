import Database from 'better-sqlite3';
import { join } from 'node:path';
import { Pool } from 'undici';
import { benchEvents, type CloudEvent } from '@leadlog/simulation';
import { startEngine, temporaryFolder, untilReady } from '../test/support/engine-process';
import { AS_OWNER } from '../test/support/owner-key';
import { recordEvents } from './history';
import { quantile, round, type Bench } from './result';

const TOUCHPOINTS = 1_000;
const LEAD = 'lead-asked';
const ASKED = 500;
const WARM_UP = 100;

/**
 * GET /v1/leads/{id}/why of a lead with many touchpoints, one after another; with the contributions, what is missing and the smallest
 * change.
 */
export const runWhy: Bench = async () => {
  const { folder, remove } = temporaryFolder();
  try {
    await recordEvents(folder, benchEvents({ seed: 5, events: 10_000, leads: 1_000 }));
    await recordEvents(folder, manyTouchpoints());
    const engine = await startEngine(folder);
    await untilReady(engine.url);
    const pool = new Pool(engine.url, { connections: 1, pipelining: 1 });
    const times: number[] = [];
    let last = '';
    for (let n = 0; n < WARM_UP + ASKED; n += 1) {
      const began = performance.now();
      const { body, statusCode } = await pool.request({ path: `/v1/leads/${LEAD}/why`, method: 'GET', headers: AS_OWNER });
      const text = await body.text();
      if (n >= WARM_UP) times.push(performance.now() - began);
      if (statusCode !== 200) throw new Error(`why answered ${statusCode}: ${text}`);
      last = text;
    }
    const { contributions } = JSON.parse(last) as { contributions: unknown[] };
    await pool.close();
    await engine.stop();
    // Only now, so that nothing of it is left to be collected while the engine is timed.
    const bare = bareLoop(folder);
    times.sort((a, b) => a - b);
    const p99 = quantile(times, 0.99);
    return {
      name: 'why',
      workload: `a lead with ${TOUCHPOINTS} touchpoints beside 1000 others, ${contributions.length} contributions (${Buffer.byteLength(last)} bytes) an answer, ${ASKED} requests one after another; the bare loop sums up its decayed points without HTTP`,
      figures: { 'median ms': round(quantile(times, 0.5)), 'p99 ms': round(p99) },
      baseline: { 'median ms': round(quantile(bare, 0.5)), 'p99 ms': round(quantile(bare, 0.99)) },
      ratio: round(quantile(bare, 0.99) / p99),
    };
  } finally {
    remove();
  }
};

function* manyTouchpoints(): Iterable<CloudEvent> {
  let left = TOUCHPOINTS;
  for (const event of benchEvents({ seed: 6, events: 2 * TOUCHPOINTS, leads: 1 })) {
    if (event.type !== 'LeadCaptured' && event.source !== '/web' && event.source !== '/mail') continue;
    yield { ...event, subject: LEAD };
    if (event.type !== 'LeadCaptured' && (left -= 1) === 0) return;
  }
}

function bareLoop(folder: string): number[] {
  const db = new Database(join(folder, 'event-log.db'), { readonly: true });
  const events = db
    .prepare(
      'SELECT t.name, e.data, e.occurred_at FROM events e JOIN types t ON t.id = e.type JOIN streams s ON s.id = e.stream WHERE s.name = ? ORDER BY e.position',
    )
    .raw();
  const points: Record<string, number> = {
    WebPageViewed: 3,
    ContentDownloaded: 20,
    EmailOpened: 1,
    EmailLinkClicked: 4,
    InquiryReceived: 40,
  };
  const times: number[] = [];
  const now = Date.now();
  let sum = 0;
  for (let n = 0; n < ASKED; n += 1) {
    const began = performance.now();
    for (const [type, data, at] of events.all(`activity-${LEAD}`) as [string, string, number][]) {
      const { kind } = JSON.parse(data) as { kind?: string };
      sum += (points[type] ?? 0) * (kind === 'other' ? 0.5 : 1) * 2 ** ((at - now) / 604_800_000);
    }
    times.push(performance.now() - began);
  }
  db.close();
  if (!(sum > 0)) throw new Error(`expected points in the stream of ${LEAD}, got ${sum}`);
  return times.sort((a, b) => a - b);
}
