import { parse } from 'csv-parse/sync';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Random } from '@leadlog/simulation';
import { getJson, startEngine, temporaryFolder, type EngineProcess } from '../support/engine-process';
import { OWNED } from '../support/owner-key';

/**
 * The real files have a licence (CC BY-NC-SA) that keeps them out of the project; where they are not, rows of our own of the same form are
 * imported.
 */
const REAL = process.env.OLIST_DATA ?? resolve('../shared/data/olist-marketing-funnel');
const present = existsSync(`${REAL}/qualified_leads.csv`);

interface Summary {
  accepted: number;
  duplicates: number;
  rejected: number;
}
interface KpiRow {
  group?: string;
  period: string;
  numerator: number;
  denominator: number | null;
  value: number | null;
}

describe(`the Olist marketing funnel${present ? '' : ', made up'}, imported`, () => {
  const { folder, remove } = temporaryFolder();
  const data = present ? REAL : folder;
  if (!present) makeUp(folder);
  let engine: EngineProcess;
  const imported = (file: string, mapping: string): Summary =>
    JSON.parse(
      execFileSync(
        process.execPath,
        ['bin/leadlog', 'import', `${data}/${file}`, '--mapping', `test/real-data/${mapping}`, '--url', engine.url, '--json'],
        {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'inherit'],
          env: { ...process.env, ...OWNED },
        },
      ),
    ) as Summary;

  beforeAll(async () => {
    engine = await startEngine(folder, { LEADLOG_TIMEZONE: 'America/Sao_Paulo' });
  });
  afterAll(async () => {
    await engine.stop();
    remove();
  });

  it('takes every row once, also when it is imported again', () => {
    expect(imported('qualified_leads.csv', 'olist-leads.yaml')).toMatchObject({ duplicates: 0, rejected: 0 });
    const deals = imported('closed_deals.csv', 'olist-deals.yaml');
    expect(deals).toMatchObject({ duplicates: 0, rejected: 0 });
    expect(imported('qualified_leads.csv', 'olist-leads.yaml')).toMatchObject({
      accepted: 0,
      duplicates: rows(data, 'qualified_leads.csv').length,
      rejected: 0,
    });
    expect(imported('closed_deals.csv', 'olist-deals.yaml')).toMatchObject({ accepted: 0, duplicates: deals.accepted, rejected: 0 });
  });

  it.each(['none', 'origin'] as const)('gives leads, wins and lead → won rates by %s and month that equal the files', async (by) => {
    const leads = rows(data, 'qualified_leads.csv');
    const deals = rows(data, 'closed_deals.csv');
    const wonIds = new Set(deals.map((row) => row.mql_id));
    const { position } = await getJson<{ position: string }>(`${engine.url}/v1/log/head`);
    const ask = async (kpi: string) =>
      (
        await getJson<{ items: KpiRow[] }>(
          `${engine.url}/v1/kpis?kpi=${kpi}&by=${by}&period=month&from=2017-01-01&to=2019-01-01&after=${position}&timeout=60000`,
        )
      ).items;

    const expected = count(leads, by, (row) => row.first_contact_date!.slice(0, 7));
    expect(counts(await ask('leads'))).toEqual(expected);
    const byId = new Map(leads.map((row) => [row.mql_id, row]));
    const wins = count(
      deals.map((row) => ({ ...row, origin: byId.get(row.mql_id)?.origin ?? '' })),
      by,
      (row) => row.won_date!.slice(0, 7),
    );
    expect(counts(await ask('wins'))).toEqual(wins);

    const won = count(
      leads.filter((row) => wonIds.has(row.mql_id)),
      by,
      (row) => row.first_contact_date!.slice(0, 7),
    );
    const rates = await ask('lead-to-won');
    expect(rates.filter((row) => row.denominator !== 0)).toHaveLength(Object.keys(expected).length);
    for (const row of rates) {
      const cell = `${row.group ?? ''} ${row.period}`;
      if (row.denominator === 0) expect([cell, row.value]).toEqual([cell, null]);
      else
        expect([cell, row.numerator, row.denominator, row.value]).toEqual([
          cell,
          won[cell] ?? 0,
          expected[cell],
          (won[cell] ?? 0) / expected[cell]!,
        ]);
    }
  });
});

/** As in the real files: some rows name no origin, one lead in ten buys, and a few before their first contact. */
function makeUp(folder: string): void {
  const random = new Random(1);
  const [leads, deals] = [['mql_id,first_contact_date,landing_page_id,origin'], ['mql_id,sr_id,won_date,declared_monthly_revenue']];
  for (let n = 0; n < 2_000; n += 1) {
    const contact = Date.UTC(2017, 5, 14) + Math.floor(random.next() * 350) * 86_400_000;
    const origin = ['organic_search', 'paid_search', 'social', 'unknown', 'email', ''][Math.floor(random.next() * 6)]!;
    leads.push(`lead${n},${new Date(contact).toISOString().slice(0, 10)},page${n % 40},${origin}`);
    if (random.next() > 0.1) continue;
    const won = new Date(contact + (random.next() * 95 - 5) * 86_400_000).toISOString().slice(0, 19).replace('T', ' ');
    deals.push(`lead${n},rep${n % 20},${won},${n % 3 ? '0.0' : `${n}.5`}`);
  }
  writeFileSync(join(folder, 'qualified_leads.csv'), leads.join('\n'));
  writeFileSync(join(folder, 'closed_deals.csv'), deals.join('\n'));
}

function rows(folder: string, file: string): Record<string, string | undefined>[] {
  return parse(readFileSync(join(folder, file)), { columns: true, bom: true });
}

function count(
  all: readonly Record<string, string | undefined>[],
  by: 'none' | 'origin',
  month: (row: Record<string, string | undefined>) => string,
): Record<string, number> {
  const result: Record<string, number> = {};
  for (const row of all) {
    const cell = `${by === 'origin' ? row.origin : ''} ${month(row)}`;
    result[cell] = (result[cell] ?? 0) + 1;
  }
  return result;
}

function counts(items: readonly KpiRow[]): Record<string, number> {
  return Object.fromEntries(items.filter((row) => row.numerator > 0).map((row) => [`${row.group ?? ''} ${row.period}`, row.numerator]));
}
