import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { VIEWS, type ArchiveReader } from '@leadlog/archive';
import { archiveOf, rowsOf, SIMULATED_TO, simulatedLog, testFolder } from '@leadlog/archive/archived-history.testing';
import { kpiSql } from '@leadlog/archive/views/kpi-sql';
import type { RecordedEvent } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { parametersOf, reportOf } from './report-files';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const folder = testFolder();
let history: RecordedEvent[];
let whole: Record<'tail' | 'segments', ArchiveReader>;
/** When the first and the last event were recorded. */
let first: number;
let last: number;

/** A number that depends on the text alone, from 0 to less than `below`. */
function drawn(text: string, below: number): number {
  let value = 7;
  for (const char of text) value = (Math.imul(value, 31) + char.charCodeAt(0)) >>> 0;
  return (value >>> 4) % below;
}

/**
 * What a small company did in five months, as it came to be known: a third of the events hours or weeks late and so out of order; voided
 * events (some before they are known themselves), leads merged and unmerged, calls told again with what they covered, deals that are shared by two leads, targets,
 * consents.
 */
async function knownBitByBit(): Promise<RecordedEvent[]> {
  const simulated = await simulatedLog(folder('simulated.db'), { days: 150, accounts: 24, reps: 4 });
  const happened: RecordedEvent[] = [];
  // Events of a log are read through getters, which a copy would not have.
  for await (const { events } of simulated.read())
    for (const { id, type, stream, revision, position, recordedAt, occurredAt, data, metadata } of events)
      happened.push({ id, type, stream, revision, position, recordedAt, occurredAt, data, metadata });
  await simulated.close();
  const called = new Set(happened.flatMap(({ type, data }) => (type === 'CallCompleted' ? [(data as { leadId: string }).leadId] : [])));
  // Of the many whom nobody ever called, a tenth will do.
  const kept = happened.filter(({ id, data }) => called.has((data as { leadId?: string }).leadId ?? '') || drawn(id, 10) === 0);
  const known = kept.map((event) => ({
    ...event,
    recordedAt: event.occurredAt + [0, 0, 0, 0, 5 * HOUR, drawn(event.id, 30) * DAY][drawn(event.id, 6)]!,
  }));
  const ofLead = (event: RecordedEvent) => (event.data as { leadId?: string }).leadId;
  const of = (...types: string[]) => known.filter(({ type }) => types.includes(type));
  const corrections: RecordedEvent[] = [];
  for (const target of of(
    'DealWon',
    'DealOpened',
    'CallCompleted',
    'MeetingHeld',
    'LeadHandedOff',
    'BusinessCardExchanged',
    'EmailLinkClicked',
    'LeadCaptured',
  )) {
    const leadId = ofLead(target);
    if (leadId === undefined || drawn(`void ${target.id}`, 8) > 0) continue;
    const at = target.occurredAt + drawn(target.id, 20) * DAY;
    corrections.push(recorded('TouchpointInvalidated', { leadId, targetEventId: target.id, reason: 'test' }, { at, recordedAt: at }));
  }
  for (const call of of('CallCompleted')) {
    if (drawn(`again ${call.id}`, 6) > 0) continue;
    const recordedAt = call.recordedAt + drawn(call.id, 20) * DAY;
    corrections.push(
      recorded('CallCompleted', { ...(call.data as object), outcome: 'voicemail', covered: ['need'] }, { at: call.occurredAt, recordedAt }),
    );
  }
  const leads = [...new Set(of('DealOpened', 'CallCompleted').flatMap((event) => ofLead(event) ?? []))];
  for (const [n, leadId] of leads.entries()) {
    const survivorId = leads[(n * 5 + 1) % leads.length]!;
    if (n % 3 > 0 || survivorId === leadId) continue;
    const at = SIMULATED_TO - (1 + drawn(leadId, 80)) * DAY;
    const merge = recorded('LeadsMerged', { leadId, mergedId: leadId, survivorId }, { at, recordedAt: at });
    corrections.push(merge);
    if (n % 2 > 0)
      corrections.push(recorded('MergeReverted', { leadId, mergeEventId: merge.id }, { at: at + 9 * DAY, recordedAt: at + 9 * DAY }));
  }
  for (const [n, { data, occurredAt }] of of('DealOpened').entries()) {
    const { dealId } = data as { dealId: string };
    const at = occurredAt + 3 * DAY;
    corrections.push(
      recorded(
        'QuoteSubmitted',
        { leadId: leads[n % leads.length], dealId, quoteId: 'joint', revision: 1 },
        { at, recordedAt: at + n * HOUR },
      ),
    );
  }
  for (let week = 0; week < 12; week += 1) {
    const at = SIMULATED_TO - week * 7 * DAY;
    corrections.push(
      recorded(
        'KpiTargetSet',
        { scope: 'rep', scopeId: 'rep-01', kpi: 'calls', period: '2026-06', value: 100 + week },
        { at, recordedAt: at },
      ),
      recorded(
        'ConsentChanged',
        { leadId: leads[week % leads.length]!, channel: 'phone', status: week % 2 > 0 ? 'granted' : 'withdrawn' },
        { at, recordedAt: at },
      ),
    );
  }
  return [...known, ...corrections].sort((a, b) => a.recordedAt - b.recordedAt || (a.id < b.id ? -1 : 1));
}

async function logOf(events: readonly RecordedEvent[]): Promise<SqliteEventLog> {
  let now = 0;
  const log = SqliteEventLog.open({ file: folder('log.db'), clock: () => now });
  for (let from = 0, to; from < events.length; from = to) {
    now = events[from]!.recordedAt;
    for (to = from; to < events.length && events[to]!.recordedAt === now;) to += 1;
    for (const outcome of await log.appendMany(events.slice(from, to).map(asAppend))) if (!outcome.ok) throw outcome.error;
  }
  return log;
}

const closing: (() => Promise<void>)[] = [];
async function archived(events: readonly RecordedEvent[], from: 'tail' | 'segments'): Promise<ArchiveReader> {
  const log = await logOf(events);
  const archive = await archiveOf(log, folder('archive'), from);
  closing.push(async () => {
    archive.close();
    await log.close();
  });
  return archive;
}

beforeAll(async () => {
  history = await knownBitByBit();
  [first, last] = [history[0]!.recordedAt, history.at(-1)!.recordedAt];
  whole = { tail: await archived(history, 'tail'), segments: await archived(history, 'segments') };
});
afterAll(async () => {
  for (const close of closing) await close();
});

const texts = (rows: readonly object[]): string[] =>
  rows.map((row) => JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)));
const answer = async (connection: DuckDBConnection, sql: string, parameters: Record<string, string | number | null> = {}) =>
  texts(await rowsOf(connection, sql, parameters));

const GALLERY = join(__dirname, '../../reports');

// How much of the time in which things were recorded has gone by.
it.each([
  [0.4, 'tail'],
  [0.8, 'segments'],
] as const)(
  'as of a moment at which %s of the time has gone by, all answer what they would with nothing recorded since (%s)',
  async (share, from) => {
    const asOf = Math.floor(first + share * (last - first));
    const cut = await archived(
      history.filter(({ recordedAt }) => recordedAt <= asOf),
      from,
    );
    const { connection: plain } = await cut.snapshot();
    // Of the log that ends there, it is the same moment now.
    await plain.run(`CREATE OR REPLACE MACRO now_known() AS make_timestamptz(${asOf * 1_000})`);
    const { connection: then } = await whole[from].snapshot({ asOf });

    for (const { name } of VIEWS)
      expect([name, (await answer(then, `FROM ${name}`)).sort()]).toEqual([name, (await answer(plain, `FROM ${name}`)).sort()]);
    for (const by of ['none', 'rep', 'team', 'origin'] as const) {
      const sql = kpiSql({ by, period: 'week' });
      const parameters = { from: '2026-02-01', to: '2026-08-01', today: new Date(asOf).toISOString().slice(0, 10) };
      expect([by, await answer(then, sql, parameters)]).toEqual([by, await answer(plain, sql, parameters)]);
    }
    for (const file of readdirSync(GALLERY)) {
      const report = reportOf(file.replace('.sql', ''), readFileSync(join(GALLERY, file), 'utf8'));
      const defaults = parametersOf(report, {}) as Record<string, string | number | null>;
      expect([file, await answer(then, report.sql, defaults)]).toEqual([file, await answer(plain, report.sql, defaults)]);
    }
  },
);

it('what was recorded since would have changed the answers', async () => {
  const asOf = Math.floor(first + 0.4 * (last - first));
  const { connection } = await whole.tail.snapshot({ asOf });
  const before: Record<string, string[]> = {};
  for (const { name } of VIEWS) before[name] = await answer(connection, `FROM ${name}`);
  await whole.tail.snapshot();
  for (const { name } of VIEWS) expect([name, await answer(connection, `FROM ${name}`)]).not.toEqual([name, before[name]]);
  // Not only by what happened since.
  const past = `SELECT deal, lead, status FROM deals WHERE opened_at <= make_timestamptz(${asOf * 1_000}) AND (closed_at IS NULL OR closed_at <= make_timestamptz(${asOf * 1_000})) ORDER BY deal`;
  const later = await answer(connection, past);
  await whole.tail.snapshot({ asOf });
  expect(await answer(connection, past)).not.toEqual(later);
});
