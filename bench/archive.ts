import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { DuckDBConnection } from '@duckdb/node-api';
import { ArchiveFiles, ArchiveReader, ArchiveWriter, throughOf, type Manifest } from '@leadlog/archive';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { readSettings } from '../apps/setup/settings';
import { replay } from '../apps/children/replay/replays';
import { temporaryFolder } from '../test/support/engine-process';
import { recordHistory } from './history';
import { rebuildBare } from './rebuild/rebuild';
import { perSecond, round, type Bench } from './result';

export const EVENTS = 1_000_000;
export const LEADS = 100_000;
const TIMES = 10;
export const TIMEZONE = 'Asia/Tokyo';
export const LIMITS = { memory: '1GB', threads: 2, spill: '8GB' };
const WORKLOAD = `${EVENTS} events of ${LEADS} leads`;

export interface History {
  folder: string;
  log: SqliteEventLog;
  files: ArchiveFiles;
  buildMs: number;
}

/** The log to Parquet; the bare loop reads and parses it and does nothing else. */
export const runArchiveBuild: Bench = () =>
  onArchive(async ({ folder, buildMs }) => {
    const began = performance.now();
    const rows = new Database(join(folder, 'event-log.db'), { readonly: true })
      .prepare('SELECT data, metadata FROM events ORDER BY position')
      .raw()
      .iterate() as Iterable<[string, string]>;
    let bytes = 0;
    for (const [data, metadata] of rows)
      bytes += Object.keys(JSON.parse(data) as object).length + Object.keys(JSON.parse(metadata) as object).length;
    const bareMs = performance.now() - began;
    return {
      name: 'archive-build',
      workload: `${WORKLOAD} from the embedded log into Parquet; the bare loop reads and parses them (${bytes} members)`,
      figures: { 'events/s': perSecond(EVENTS, buildMs), seconds: round(buildMs / 1_000) },
      baseline: { 'events/s': perSecond(EVENTS, bareMs), seconds: round(bareMs / 1_000) },
      ratio: round(bareMs / buildMs),
    };
  });

export const runArchiveSize: Bench = () =>
  onArchive(({ folder, files }) => {
    const { texts } = new Database(join(folder, 'event-log.db'), { readonly: true })
      .prepare('SELECT sum(length(CAST(data AS BLOB)) + length(CAST(metadata AS BLOB))) AS texts FROM events')
      .get() as { texts: number };
    const bytes = files.read()!.segments.reduce((sum, one) => sum + one.bytes, 0);
    return Promise.resolve({
      name: 'archive-size',
      workload: `${WORKLOAD}; beside it the data and metadata as JSON, without names of streams and types`,
      figures: { 'bytes an event': round(bytes / EVENTS) },
      baseline: { 'bytes an event': round(texts / EVENTS) },
      ratio: round(bytes / texts),
    });
  });

/** Of every lead a decayed score over all of history; the bare loop keeps one such sum a lead, and more. */
export const runSqlScore: Bench = () =>
  onArchive(async (history) => {
    const ms = await timed(
      history,
      `
      SELECT lead, sum(CASE type WHEN 'WebPageViewed' THEN 5 WHEN 'ContentDownloaded' THEN 20 WHEN 'EmailOpened' THEN 1 WHEN 'WebinarAttended' THEN 15 WHEN 'InquiryReceived' THEN 30 ELSE 0 END
        * pow(2, (epoch_ms(occurred_at) - 1793404800000) / (7 * 86400000.0))) AS score
      FROM touchpoints WHERE initiator = 'customer' GROUP BY lead ORDER BY score DESC LIMIT 1000`,
    );
    const bare = rebuildBare(history.folder);
    return {
      name: 'sql-score',
      workload: `${WORKLOAD}: the decayed score of every lead, the first thousand shown; the median of five`,
      figures: { seconds: round(ms / 1_000) },
      baseline: { seconds: round(bare.ms / 1_000) },
      ratio: round(bare.ms / ms),
    };
  });

/** Calls, answers and reaches of every representative on every day. */
export const runSqlKpi: Bench = () =>
  onArchive(async (history) => {
    await multiply(history);
    const ms = await timed(
      history,
      `
      SELECT rep, started_day, count(*) AS calls, count(*) FILTER (answered) AS answered, count(*) FILTER (reached) AS reached, count(*) FILTER (outcome <> 'wrongNumber') AS answerable
      FROM calls GROUP BY ALL ORDER BY ALL`,
    );
    const bare = rebuildBare(history.folder);
    return {
      name: 'sql-kpi',
      workload: `${EVENTS * TIMES} events (the same million ${TIMES} times, under leads and ids of their own): calls, answers and reaches by representative and day; the median of five; the bare loop on one million`,
      figures: { seconds: round(ms / 1_000) },
      baseline: { 'seconds for a tenth': round(bare.ms / 1_000) },
      ratio: round((bare.ms * TIMES) / ms),
    };
  });

/** Of every lead its events, the last of them and its looks at prices. */
export const runReplay: Bench = () =>
  onArchive(async ({ folder }) => {
    const code = `export default { name: 'activity', key: 'lead',
      handles: ['LeadCaptured', 'WebPageViewed', 'EmailDelivered', 'EmailOpened', 'EmailLinkClicked', 'ContentDownloaded', 'InquiryReceived', 'CallCompleted', 'MeetingHeld', 'DealOpened', 'DealWon', 'DealLost'],
      initial: () => ({ events: 0, last: 0, prices: 0 }),
      evolve(state, event) {
        state.events += 1;
        if (event.occurredAt > state.last) state.last = event.occurredAt;
        if (event.type === 'WebPageViewed' && event.data.category === 'price') state.prices += 1;
        return state;
      } };`;
    const began = performance.now();
    const { rows, events } = await replay(readSettings({ LEADLOG_DATA: folder }), code, { threads: 2 });
    const ms = performance.now() - began;
    const bare = rebuildBare(folder);
    return {
      name: 'replay',
      workload: `${WORKLOAD} through a small fold by lead in two threads, ${rows.length} rows`,
      figures: { 'events/s': perSecond(events, ms), seconds: round(ms / 1_000) },
      baseline: { 'events/s': perSecond(EVENTS, bare.ms), seconds: round(bare.ms / 1_000) },
      ratio: round(bare.ms / ms),
    };
  });

export async function onArchive<T>(work: (history: History) => Promise<T>): Promise<T> {
  const { folder, remove } = temporaryFolder();
  try {
    await recordHistory(folder, { seed: 3, events: EVENTS, leads: LEADS });
    const log = SqliteEventLog.open({ file: join(folder, 'event-log.db') });
    const files = new ArchiveFiles(join(folder, 'archive'));
    const head = await log.head();
    const writer = new ArchiveWriter({ log, files, clock: Date.now, timezone: TIMEZONE, restMs: 50 });
    const began = performance.now();
    writer.start();
    const isDone = (manifest: Manifest | undefined) => manifest !== undefined && throughOf(manifest) >= head;
    while (!isDone(files.read())) await new Promise((later) => setTimeout(later, 5));
    const buildMs = performance.now() - began;
    await writer.stop();
    const answer = await work({ folder, log, files, buildMs });
    await log.close();
    return answer;
  } finally {
    remove();
  }
}

/** In the middle of five times, the first of which also opens the files. */
async function timed({ files, log }: History, sql: string): Promise<number> {
  const reader = await ArchiveReader.open({ files, log, timezone: TIMEZONE, limits: LIMITS });
  const { connection } = await reader.snapshot();
  const times: number[] = [];
  for (let n = 0; n < 5; n += 1) {
    const began = performance.now();
    await connection.runAndReadAll(sql);
    times.push(performance.now() - began);
  }
  reader.close();
  return times.sort((a, b) => a - b)[2]!;
}

/** The archive ten times over: positions go on, leads and calls are others. The log keeps the first million, so nothing is tail. */
async function multiply({ files, log }: History): Promise<void> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const connection: DuckDBConnection = await (await DuckDBInstance.create(':memory:', { memory_limit: '2GB', threads: '2' })).connect();
  const manifest = files.read()!;
  const head = await log.head();
  const segments = [...manifest.segments];
  for (let time = 1; time < TIMES; time += 1) {
    for (const segment of manifest.segments) {
      const shift = (head + 1n) * BigInt(time);
      const file = `${time}-${segment.file}`;
      await connection.run(`COPY (SELECT * REPLACE (position + ${shift} AS position, lead || '-${time}' AS lead, call || '-${time}' AS call) FROM read_parquet('${files.pathOf(segment.file)}'))
        TO '${files.pathOf(file)}' (FORMAT parquet, COMPRESSION zstd)`);
      segments.push({ ...segment, file, after: segment.after + shift, through: segment.through + shift });
    }
  }
  files.write({ ...manifest, number: manifest.number + 1, segments });
}
