import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { KPI_BYS, type KpiBy } from '@leadlog/sales';
import { localDay } from '@leadlog/time';
import { archiveOf, rowsOf, SIMULATED_TO, simulatedLog, testFolder, TOKYO } from '../archived-history.testing';
import { KPI_PARTS, kpiFactsSql, metricOf } from './kpi-facts-sql';
import { canSplit, FORMULAS, kpiSql } from './kpi-sql';

const folder = testFolder();
const FROM = '2026-03-01';
const TEAMS = [
  { id: 'inside-1', kind: 'inside', employer: 'own' },
  { id: 'field-1', kind: 'field', employer: 'agency' },
];
const REQUIRED = ['budget', 'authority'];
type Row = Record<string, string | number | null>;

const place = (...names: unknown[]): string => names.map((name) => name ?? '').join('|');
/** Amounts are divided by the smallest unit each, so their sums may differ in the last of sixteen digits. */
const rounded = (n: number): number => Math.round(n * 1e6) / 1e6;

/** Place → number, as the table of KPIs has it; only what is not 0, since of that there is nothing to list. */
function numbersOf(rows: readonly Row[]): Map<string, number> {
  const numbers = new Map<string, number>();
  const add = (n: number | null, ...at: unknown[]): void => {
    if (n !== null && rounded(n) !== 0) numbers.set(place(...at), rounded(n));
  };
  for (const { kpi, period, group, currency, weekday, hour, numerator, denominator, open_share: open } of rows) {
    const part = weekday === null ? currency : `${weekday}-${String(hour).padStart(2, '0')}`;
    add(numerator as number, kpi, 'numerator', period, group, part);
    add(denominator as number | null, kpi, 'denominator', period, group, part);
    add(open === null ? null : (open as number) * (denominator as number), kpi, 'open', period, group, part);
  }
  return numbers;
}

describe('what KPIs count', () => {
  let archive: Awaited<ReturnType<typeof archiveOf>>;
  let log: Awaited<ReturnType<typeof simulatedLog>>;
  let connection: Awaited<ReturnType<typeof archive.snapshot>>['connection'];
  beforeAll(async () => {
    log = await simulatedLog(folder('log.db'), { days: 120, accounts: 30, reps: 4 });
    archive = await archiveOf(log, folder('archive'), 'tail');
    ({ connection } = await archive.snapshot());
  });
  afterAll(async () => {
    archive.close();
    await log.close();
  });
  const parameters = { from: FROM, to: localDay(SIMULATED_TO, TOKYO), today: localDay(SIMULATED_TO, TOKYO) };

  it.each(KPI_BYS.map((by): [KpiBy] => [by]))('by %s, one by one, is as much as each number says', async (by) => {
    const kpis = Object.keys(FORMULAS).filter((name) => canSplit(FORMULAS[name]!, by));
    const parts = kpis.flatMap((kpi) => KPI_PARTS.filter((part) => metricOf(FORMULAS[kpi]!, part)).map((part) => ({ kpi, part })));
    const known = { by, teams: TEAMS, required: REQUIRED, period: 'month' as const };
    const numbers = numbersOf((await rowsOf(connection, kpiSql({ ...known, kpis }), parameters)) as Row[]);
    const facts = (await rowsOf(connection, kpiFactsSql({ ...known, parts }), parameters)) as Row[];
    const sums = new Map<string, number>();
    for (const { kpi, part, period, group, currency, adds } of facts) {
      const { perCurrency, perHour } = FORMULAS[kpi as string]!;
      // Of what counts once by its name, the currency is the name.
      const at = place(kpi, part, period, group, perCurrency || perHour ? currency : '');
      sums.set(at, (sums.get(at) ?? 0) + (adds as number));
    }
    const said = [...sums].map(([at, sum]) => [at, rounded(sum)] as const).filter(([, sum]) => sum !== 0);
    expect(Object.fromEntries(said.filter(([at]) => !at.includes('|open|') || numbers.has(at)))).toEqual(Object.fromEntries(numbers));
    expect(numbers.size).toBeGreaterThan(20);
    for (const { fact, day } of facts.slice(0, 50))
      expect([typeof JSON.parse(fact as string), day]).toEqual(['object', expect.any(String)]);
  });

  it('once by its name is told by the same fact each time, where several of a day have that name', async () => {
    const day = { at: '2026-06-01T10:00:00+09:00' };
    const cards = Array.from({ length: 40 }, (_, n) => ({
      leadId: `lead-${(n * 7 + 3) % 40}`,
      cardId: `card-${(n * 7 + 3) % 40}`,
      repId: 'rep-1',
    }));
    const few = SqliteEventLog.open({ file: folder('few.db') });
    await few.appendMany(cards.map((card) => asAppend(recorded('BusinessCardExchanged', card, day))));
    const ofFew = await archiveOf(few, folder('few'), 'tail');
    const snapshot = await ofFew.snapshot();
    const asked = { parts: [{ kpi: 'cards-per-rep', part: 'denominator' as const }], by: 'none' as const, period: 'none' as const };
    const facts = (await rowsOf(snapshot.connection, kpiFactsSql(asked), parameters)) as Row[];
    const all = { ...asked, parts: [{ kpi: 'cards-per-rep', part: 'numerator' as const }] };
    const [least] = ((await rowsOf(snapshot.connection, kpiFactsSql(all), parameters)) as Row[]).map(({ fact }) => fact as string).sort();
    expect(facts.map(({ fact }) => fact)).toEqual([least]);
    ofFew.close();
    await few.close();
  });

  it('in one row of the table comes in pages, each with how many there are', async () => {
    const asked = { parts: [{ kpi: 'calls', part: 'numerator' as const }], by: 'rep' as const, period: 'month' as const };
    const [row] = (await rowsOf(connection, kpiSql({ kpis: ['calls'], by: 'rep', period: 'month' }), parameters)) as Row[];
    const only = { period: row!['period'] as string, group: row!['group'] as string };
    const pages: Row[] = [];
    for (let offset = 0; offset < (row!['numerator'] as number); offset += 3)
      pages.push(...((await rowsOf(connection, kpiFactsSql({ ...asked, only, page: { limit: 3, offset } }), parameters)) as Row[]));
    expect(pages.map(({ total, sum }) => [total, sum])).toEqual(pages.map(() => [row!['numerator'], row!['numerator']]));
    expect(new Set(pages.map(({ fact }) => fact)).size).toBe(row!['numerator']);
    // Whatever is asked for is a text, and no part of the statement.
    expect(
      await rowsOf(connection, kpiFactsSql({ ...asked, only: { group: "' OR true --" }, page: { limit: 3, offset: 0 } }), parameters),
    ).toEqual([]);
  });
});
