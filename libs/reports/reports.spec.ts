import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { asAppend, recorded } from '@leadlog/lead/recorded.testing';
import { parse } from 'yaml';
import type { ArchiveReader } from './archive-reader';
import { guarded } from './sql-guard';
import { archiveOf, rowsOf, SIMULATED_TO, simulatedLog, testFolder } from './views-history.testing';
import { VIEWS } from './views';

const GALLERY = join(__dirname, '../../reports');
const NAMES = VIEWS.filter(({ internal }) => !internal).map(({ name }) => name);

interface Report {
  title: string;
  description: string;
  parameters: { name: string; type: 'date' | 'text' | 'number' | 'integer'; default: string | number | null; description: string }[];
  chart: { type: string; x: string; y: string | string[]; series?: string };
  sql: string;
}

function reportOf(file: string): Report {
  const [, front, sql] = /^---\n(.*?)\n---\n(.*)$/s.exec(readFileSync(join(GALLERY, file), 'utf8'))!;
  return { ...(parse(front!) as Omit<Report, 'sql'>), sql: sql! };
}

const files = readdirSync(GALLERY).filter((file) => file.endsWith('.sql'));
const folder = testFolder();
let archive: ArchiveReader;
let connection: DuckDBConnection;
beforeAll(async () => {
  const log = await simulatedLog(folder('log.db'));
  archive = await archiveOf(log, folder('archive'), 'segments');
  ({ connection } = await archive.snapshot());
  // The simulated history has a now of its own.
  await connection.run(`CREATE OR REPLACE MACRO now_known() AS make_timestamptz(${SIMULATED_TO * 1_000})`);
});
afterAll(() => archive.close());

const DAY = 86_400_000;
type Row = Record<string, unknown>;
const view = (name: string): Promise<Row[]> => rowsOf(connection, `FROM ${name}`);
const grouped = (rows: readonly Row[], key: (row: Row) => string): [string, Row[]][] => {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), row]);
  return [...groups];
};

/** As a reader of the gallery runs it: through the guard, with what is left out at its default. */
async function run(file: string, given: Record<string, string | number> = {}): Promise<Record<string, unknown>[]> {
  const { sql, parameters } = reportOf(file);
  const values = Object.fromEntries(parameters.map(({ name, default: value }) => [name, given[name] ?? value]));
  return rowsOf(connection, await guarded(connection, sql, NAMES), values);
}

describe('the gallery', () => {
  it.each(files)('%s runs with its defaults, answers rows, and has the columns that its chart shows', async (file) => {
    const { title, description, parameters, chart, sql } = reportOf(file);
    expect([title, description].every((text) => /^[A-Z]/.test(text))).toBe(true);
    for (const { name, type } of parameters) {
      expect(sql).toContain(`$${name}::${{ date: 'DATE', text: 'VARCHAR', number: 'DOUBLE', integer: '' }[type]}`);
      expect(['date', 'text', 'number', 'integer']).toContain(type);
    }
    const rows = await run(file);
    expect(rows.length).toBeGreaterThan(0);
    const shown = [chart.x, chart.y, chart.series ?? []].flat();
    expect(Object.keys(rows[0]!)).toEqual(expect.arrayContaining(shown));
  });
});

describe('reports against the same done by hand', () => {
  it('Kaplan and Meier: the curve of a published example', async () => {
    // Weeks of remission under 6-MP, the example of most textbooks.
    const ended = [6, 6, 6, 7, 10, 13, 16, 22, 23];
    const going = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35];
    const opened = (n: number, days: number) => recorded('DealOpened', { leadId: `l${n}`, dealId: `d${n}` }, { at: SIMULATED_TO - days * DAY });
    const events = [
      ...ended.flatMap((days, n) => [opened(n, 100), recorded('DealLost', { leadId: `l${n}`, dealId: `d${n}` }, { at: SIMULATED_TO - (100 - days) * DAY })]),
      ...going.map((days, n) => opened(100 + n, days)),
    ];
    const log = SqliteEventLog.open({ file: folder('log.db') });
    await log.appendMany(events.map(asAppend));
    const other = await archiveOf(log, folder('archive'), 'tail');
    const snapshot = (await other.snapshot()).connection;
    await snapshot.run(`CREATE OR REPLACE MACRO now_known() AS make_timestamptz(${SIMULATED_TO * 1_000})`);
    const rows = await rowsOf(snapshot, reportOf('stage-time.sql').sql, { from: null, to: null });
    const curve = rows.filter(({ leaving }) => leaving !== 0).map(({ days, still_there: share }) => [days, Number((share as number).toFixed(3))]);
    expect(curve).toEqual([[6, 0.857], [7, 0.807], [10, 0.753], [13, 0.69], [16, 0.627], [22, 0.538], [23, 0.448]]);
    expect(new Set(rows.map(({ median_days: median }) => median))).toEqual(new Set([23]));
    other.close();
    await log.close();
  });

  it('Kaplan and Meier: every stage of the simulated history', async () => {
    const firstDeals = new Map(grouped(await view('deals'), ({ lead }) => lead as string).map(([lead, deals]) => [lead, Math.min(...deals.map(({ opened_at: at }) => at as number))]));
    const stays = [
      ...(await view('leads')).filter(({ captured_at: at }) => at !== null).map(({ lead, captured_at: from }) => ({ stage: 'lead until its first deal', from, to: firstDeals.get(lead as string) ?? null })),
      ...(await view('handoffs')).map(({ handed_at: from, first_contact_at: to }) => ({ stage: 'handoff until its first contact', from, to })),
      ...(await view('deals')).map(({ opened_at: from, closed_at: to }) => ({ stage: 'deal until its outcome', from, to })),
    ].filter(({ from }) => from !== null) as { stage: string; from: number; to: number | null }[];
    const rows = await run('stage-time.sql');
    expect(new Set(rows.map(({ stage }) => stage)).size).toBe(3);
    for (const { stage, days, still_there: share, there, median_days: median } of rows as { stage: string; days: number; still_there: number; there: number; median_days: number | null }[]) {
      const lengths = stays.filter((one) => one.stage === stage).map(({ from, to }) => ({ days: Math.floor(Math.max(0, (to ?? SIMULATED_TO) - from) / DAY), left: to !== null }));
      expect(there).toBe(lengths.filter((one) => one.days >= days).length);
      const after = (day: number): number => {
        let left = 1;
        for (let d = 0; d <= day; d += 1) {
          const risk = lengths.filter((one) => one.days >= d).length;
          if (risk > 0) left *= 1 - lengths.filter((one) => one.days === d && one.left).length / risk;
        }
        return left;
      };
      expect(share).toBeCloseTo(after(days), 10);
      if (median !== null) expect([after(median) <= 0.5, median === 0 || after(median - 1) > 0.5]).toEqual([true, true]);
    }
  });

  it('Beta-Binomial: each slot is drawn towards the mean of all, which stays what it was', async () => {
    const appointed = new Set((await view('appointment_calls')).map(({ lead, call }) => `${lead} ${call}`));
    const calls = (await view('calls')).filter(({ outcome }) => outcome !== 'wrongNumber');
    const mean = (of: Row[], is: (row: Row) => boolean) => of.filter(is).length / of.length;
    const chances: [string, (row: Row) => boolean][] = [['answer_chance', ({ answered }) => answered === true], ['appointment_chance', ({ lead, call }) => appointed.has(`${lead} ${call}`)]];
    for (const prior of [0, 20, 1e9]) {
      const rows = await run('call-timing.sql', { prior });
      expect(rows.reduce((sum, row) => sum + (row['calls'] as number), 0)).toBe(calls.length);
      for (const row of rows) {
        const inTokyo = ({ started_at: at }: Row) => new Date((at as number) + 9 * 3_600_000);
        const slot = calls.filter((call) => inTokyo(call).getUTCHours() === row['hour'] && (inTokyo(call).getUTCDay() || 7) === row['weekday']);
        expect([row['calls'], row['sure']]).toEqual([slot.length, slot.length >= 30]);
        for (const [column, is] of chances) expect(row[column]).toBeCloseTo((slot.filter(is).length + prior * mean(calls, is)) / (slot.length + prior), 6);
      }
    }
  });

  it('attribution: every column adds up to the wins, and each part is what the weights say', async () => {
    const wins = (await view('deals')).filter(({ status }) => status === 'won') as { lead: string; closed_at: number }[];
    const rows = await run('attribution.sql', { days: 60, half_life: 7 });
    for (const column of ['first_act', 'last_act', 'equal_parts', 'closer_is_more']) expect(rows.reduce((sum, row) => sum + (row[column] as number), 0)).toBeCloseTo(wins.length, 8);

    const acts = (await view('touchpoints')).filter(({ type }) => ['LeadCaptured', 'WebPageViewed', 'ContentDownloaded', 'InquiryReceived', 'EmailLinkClicked', 'WebinarAttended', 'SurveyAnswered'].includes(type as string));
    const expected = new Map<string, number[]>();
    for (const { lead, closed_at: won } of wins) {
      const before = acts
        .filter((act) => act['lead'] === lead && (act['occurred_at'] as number) <= won && (act['occurred_at'] as number) > won - 60 * DAY)
        .sort((a, b) => (a['occurred_at'] as number) - (b['occurred_at'] as number) || (String(a['event_id']) < String(b['event_id']) ? -1 : 1))
        .map((act) => ({ name: act['type'] === 'WebPageViewed' ? `page: ${String(act['category'])}` : act['type'] === 'EmailLinkClicked' ? 'click in a mail' : 'else', weight: 2 ** -((won - (act['occurred_at'] as number)) / (7 * DAY)) }));
      const all = before.reduce((sum, { weight }) => sum + weight, 0);
      before.forEach(({ name, weight }, place) => {
        const sums = expected.get(name) ?? [0, 0, 0, 0];
        [place === 0 ? 1 : 0, place === before.length - 1 ? 1 : 0, 1 / before.length, weight / all].forEach((part, k) => (sums[k]! += part));
        expected.set(name, sums);
      });
    }
    for (const row of rows.filter(({ act }) => /^(page|click)/.test(act as string))) {
      expected.get(row['act'] as string)!.forEach((sum, k) => expect(row[['first_act', 'last_act', 'equal_parts', 'closer_is_more'][k]!]).toBeCloseTo(sum, 8));
    }
  });

  it('first response: what was never answered is longer than anything', async () => {
    const recent = (await view('handoffs')).filter(({ handed_at: at }) => (at as number) >= SIMULATED_TO - 89 * DAY);
    const rows = await run('first-response-time.sql');
    expect(rows.some(({ handoffs, answered }) => handoffs !== answered)).toBe(true);
    for (const [rep, handoffs] of grouped(recent, (row) => (row['rep'] as string | null) ?? '(nobody)')) {
      const minutes = handoffs.map(({ handed_at: from, first_contact_at: to }) => (to === null ? Infinity : ((to as number) - (from as number)) / 60_000)).sort((a, b) => a - b);
      const at = (q: number) => minutes[Math.ceil(q * minutes.length) - 1]!;
      const shown = (value: number) => (value === Infinity ? null : Math.round(value * 10) / 10);
      expect(rows.find((row) => row['rep'] === rep)).toEqual({
        rep, handoffs: minutes.length, answered: minutes.filter((one) => one !== Infinity).length, median_minutes: shown(at(0.5)), p90_minutes: shown(at(0.9)),
        within_5_minutes: minutes.filter((one) => one <= 5).length / minutes.length, within_1_hour: minutes.filter((one) => one <= 60).length / minutes.length,
      });
    }
  });

  it('visits per win: the best quarter and the others are all wins, each once', async () => {
    const won = (await view('deals')).filter(({ status }) => status === 'won');
    const meetings = await view('subjects');
    for (const wins of [1, 5]) {
      const rows = await run('visits-per-win.sql', { wins });
      expect(rows.reduce((sum, row) => sum + (row['won_deals'] as number), 0)).toBe(won.length);
      expect(rows.reduce((sum, row) => sum + (row['visits'] as number), 0)).toBe(new Set(meetings.filter(({ meeting, deal }) => meeting !== null && won.some((one) => one['deal'] === deal)).map(({ meeting }) => meeting)).size);
    }
    const amounts = grouped(won, (row) => row['closed_rep'] as string).map(([, deals]) => deals.reduce((sum, { amount_minor: minor }) => sum + (minor as number), 0));
    expect((await run('visits-per-win.sql', { wins: 1 }))[0]).toMatchObject({ who: 'best quarter', reps: Math.ceil(amounts.length / 4) });
  });

  it('conversion: every cohort has its months one by one, and its share only grows', async () => {
    for (const [, months] of grouped(await run('cohort-conversion.sql'), ({ cohort }) => cohort as string)) {
      expect(months.map((row) => row['months'])).toEqual(months.map((_, month) => month));
      const shares = months.map(({ share }) => share as number);
      expect(shares).toEqual([...shares].sort((a, b) => a - b));
    }
  });

  it('rejections: a handoff counts under each rule that it is owed to, and by no other', async () => {
    const hot = await view('tier_changes');
    const handoffs = (await view('handoffs')).filter(({ handoff }) => (handoff as string).endsWith('.1'));
    for (const row of await run('rejection-by-rule.sql', { to: '2026-06-28' })) {
      const under = handoffs.filter(({ lead }) => hot.some((one) => one['lead'] === lead && String(one['causes']).includes(`"${String(row['rule'])}"`)));
      expect([row['handoffs'], row['rejected']]).toEqual([under.length, under.filter(({ rejected_at: at }) => at !== null).length]);
    }
  });
});
