import type { DuckDBConnection } from '@duckdb/node-api';
import { FISCAL_YEAR_START } from '@leadlog/time';

/**
 * `period_from(name)` and `period_to(name)`: the first day of a month (2026-06), a quarter (2026-Q2) or a fiscal year (2026), and the day
 * after it, as in libs/time/periods.ts.
 */
export async function namePeriods(connection: DuckDBConnection, fiscalYearStart = FISCAL_YEAR_START): Promise<void> {
  const year = 'left(name, 4)::INTEGER';
  await connection.run(`CREATE OR REPLACE MACRO period_from(name) AS CASE
    WHEN name LIKE '%Q%' THEN make_date(${year}, right(name, 1)::INTEGER * 3 - 2, 1)
    WHEN len(name) = 4 THEN make_date(${year}, ${fiscalYearStart}, 1)
    ELSE make_date(${year}, right(name, 2)::INTEGER, 1) END`);
  await connection.run(`CREATE OR REPLACE MACRO period_to(name) AS
    (period_from(name) + to_months(CASE WHEN name LIKE '%Q%' THEN 3 WHEN len(name) = 4 THEN 12 ELSE 1 END))::DATE`);
}
