import { namesInClear } from '@leadlog/lead';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBTypeId, type DuckDBConnection } from '@duckdb/node-api';
import { START, type EventLog } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { Ingestion, parseStructured } from '@leadlog/ingestion';
import { simulate } from '@leadlog/simulation';
import { ArchiveFiles, throughOf } from './archive-files';
import { ArchiveReader } from './archive-reader';
import { ArchiveWriter } from './archive-writer';

export const TOKYO = 'Asia/Tokyo';
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A folder that is gone when the file's tests are over. */
export function testFolder(): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-reports-'));
  let number = 0;
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return (name) => join(folder, `${name}-${(number += 1)}`);
}

/** The log as SQL sees it: `tail` reads all of it from the log, `segments` from Parquet files. */
export async function archiveOf(
  log: EventLog,
  folder: string,
  from: 'tail' | 'segments',
  segmentEvents = 400,
  timezone = TOKYO,
): Promise<ArchiveReader> {
  const files = new ArchiveFiles(folder);
  const head = await log.head();
  if (from === 'segments' && head > START) {
    const writer = new ArchiveWriter({ log, files, clock: Date.now, timezone, restMs: 1, segmentEvents });
    writer.start();
    for (let manifest = files.read(); manifest === undefined || throughOf(manifest) < head; manifest = files.read()) await sleep(5);
    await writer.stop();
  }
  return ArchiveReader.open({ files, log, timezone, limits: { memory: '512MB', threads: 2, spill: '1GB' } });
}

/** Rows as objects; a DATE as text, moments as milliseconds, whole numbers as numbers. */
export async function rowsOf(
  connection: DuckDBConnection,
  sql: string,
  parameters: Record<string, string | number | null> = {},
): Promise<Record<string, unknown>[]> {
  const result = await connection.runAndReadAll(sql, parameters);
  const names = result.columnNames();
  const isDay = result.columnTypes().map(({ typeId }) => typeId === DuckDBTypeId.DATE);
  return result.getRowsJS().map((row) => Object.fromEntries(row.map((value, column) => [names[column]!, plain(value, isDay[column]!)])));
}

function plain(value: unknown, isDay: boolean): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Date) return isDay ? value.toISOString().slice(0, 10) : value.getTime();
  return Array.isArray(value) ? value.map((one) => plain(one, isDay)) : value;
}

/** The last full day of the simulated history. */
export const SIMULATED_TO = Date.parse('2026-06-29T00:00:00+09:00');

/**
 * Half a year of a small company as ingestion records it, and what an engine with a scoring model and a policy would have decided:
 * every lead that a deal or a call was about has been hot and handed off before; some are rejected, returned, given up. Some appointments
 * are relayed. Two teams have targets.
 */
export async function simulatedLog(file: string, { days = 180, accounts = 60, reps = 9 } = {}): Promise<SqliteEventLog> {
  const log = SqliteEventLog.open({ file });
  const events = [...simulate({ seed: 4, from: new Date(SIMULATED_TO - days * DAY), to: new Date(SIMULATED_TO), accounts, reps })];
  const ingestion = new Ingestion(log, { names: namesInClear, clock: () => SIMULATED_TO + 4 * DAY });
  for (let at = 0; at < events.length; at += 2_000) await ingestion.ingest(events.slice(at, at + 2_000).map(parseStructured));
  const firstCalls = new Map<string, { at: number; repId: string }>();
  const causes = new Map<string, string[]>();
  const booked: { leadId: string; appointmentId: string; fromRepId: string; at: number }[] = [];
  for await (const { events: slice } of log.read()) {
    for (const { type, id, stream, data, occurredAt } of slice) {
      const known = stream.slice('activity-'.length);
      if (type === 'ContentDownloaded' || type === 'WebPageViewed') causes.set(known, [...(causes.get(known) ?? []), id].slice(0, 3));
      if (type === 'AppointmentBooked') {
        const { leadId, appointmentId, repId } = data as { leadId: string; appointmentId: string; repId: string };
        booked.push({ leadId, appointmentId, fromRepId: repId, at: occurredAt });
      }
      if (type !== 'CallCompleted') continue;
      const { leadId, repId, startedAt } = data as { leadId: string; repId: string; startedAt: string };
      if (!firstCalls.has(leadId)) firstCalls.set(leadId, { at: Date.parse(startedAt), repId });
    }
  }
  let n = 0;
  for (const [leadId, { at, repId }] of firstCalls) {
    n += 1;
    const handoffId = `${leadId}.1`;
    const runId = `${leadId}.run-1`;
    const handed = at - (1 + (n % 30)) * 0.1 * HOUR;
    const iso = (ms: number) => new Date(ms).toISOString();
    const of = { leadId, handoffId };
    const why = (causes.get(leadId) ?? []).map((eventId, k) => ({
      ruleId: ['price-page', 'download', 'newsletter'][(k + n) % 3]!,
      eventId,
      points: 10 + k,
    }));
    const decisions = [
      recorded(
        'LeadTierChanged',
        { leadId, modelId: 'engagement', version: '1', from: 'cold', to: 'hot', score: { engagement: 60 }, causes: why },
        { at: handed - 1_000 },
      ),
      recorded('LeadHandedOff', { ...of, runId, acceptBy: iso(handed + 4 * HOUR), contactBy: iso(handed + DAY) }, { at: handed }),
      recorded('LeadAssigned', { ...of, repId, teamId: 'inside-1', method: 'roundRobin' }, { at: handed + 1 }),
      n % 4 === 0
        ? recorded('HandoffRejected', { ...of, repId, reason: n % 8 === 0 ? 'badFit' : 'noNeed' }, { at: handed + HOUR })
        : recorded('HandoffAccepted', { ...of, repId }, { at: handed + 60_000 }),
      // Nobody has called these back yet.
      ...(n % 9 === 0
        ? [
            recorded(
              'LeadHandedOff',
              { leadId, handoffId: `${leadId}.2`, runId: `${leadId}.run-2`, acceptBy: iso(SIMULATED_TO), contactBy: iso(SIMULATED_TO) },
              { at: SIMULATED_TO - HOUR },
            ),
          ]
        : []),
      ...(n % 4 !== 0 && n % 7 === 0 ? [recorded('LeadReturned', { leadId, runId, reason: 'not now' }, { at: handed + 40 * DAY })] : []),
    ];
    for (const decision of decisions) await log.append(decision.stream, asAppend(decision).events, { expected: 'any' });
  }
  for (const [n, { at, ...of }] of booked.entries()) {
    if (n % 3 === 0) continue;
    const relayed = recorded('AppointmentRelayed', { ...of, toRepId: 'field-rep' }, { at: at + 1 });
    const { leadId, appointmentId } = of;
    const answer = recorded(n % 3 === 1 ? 'RelayAccepted' : 'RelayRejected', { leadId, appointmentId, repId: 'field-rep' }, { at: at + 2 });
    await log.append(
      relayed.stream,
      [relayed, answer].flatMap((event) => asAppend(event).events),
      { expected: 'any' },
    );
  }
  for (const kpi of ['calls', 'appointments', 'first-meetings', 'visits', 'quotes', 'wins', 'answer-rate']) {
    for (const [scope, scopeId] of [
      ['rep', 'rep-04'],
      ['team', 'inside-1'],
      ['team', 'field-2'],
      ['joint', 'company'],
    ] as const) {
      const targets = ['2026-05', '2026-06', '2026-Q2', '2026'].map((period, n) =>
        recorded('KpiTargetSet', { scope, scopeId, kpi, period, value: 10 * (n + 1) }, { at: SIMULATED_TO - 60 * DAY }),
      );
      await log.append(
        targets[0]!.stream,
        targets.flatMap((target) => asAppend(target).events),
        { expected: 'any' },
      );
    }
  }
  return log;
}
