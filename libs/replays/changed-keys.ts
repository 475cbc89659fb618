import { listOf, type ArchiveReader } from '@leadlog/archive';
import type { Position } from '@leadlog/event-log';
import { factIds, leadCorrections } from '@leadlog/events';
import { conditionsOf } from './replay';
import type { ReplayReport, ReplaySpan } from './replay-report';

/** Table with one column `key`, the result of `findChangedKeys`. */
export const CHANGED_KEYS = 'archive.changed_keys';

/**
 * Keys whose events at or before `before` were changed by later corrections: an event counts for another lead, or no longer, or again;
 * a repeated report of a fact is such a correction too.
 * They are found by comparing what was known then with what is known at `until`; if the key is not the lead, they are the
 * keys of the events concerned. Leaves the reader at `until`.
 */
export async function findChangedKeys(
  reader: ArchiveReader,
  report: ReplayReport,
  { until, ...days }: ReplaySpan,
  before: Position,
): Promise<string[]> {
  const { connection } = await reader.snapshot({ until });
  await connection.run(`CREATE OR REPLACE TABLE ${CHANGED_KEYS}(key VARCHAR)`);
  const corrections = await connection.runAndReadAll(
    `SELECT 1 FROM archive.events WHERE position > ${before} AND type IN (${listOf([...leadCorrections.types, ...report.handles.filter((type) => factIds.has(type))])}) LIMIT 1`,
  );
  if (corrections.currentRowCount === 0) return [];
  await reader.snapshot({ until: before });
  for (const table of ['survivors', 'voided', 'voided_in', 'superseded'])
    await connection.run(`CREATE OR REPLACE TABLE archive.${table}_before AS FROM archive.${table}`);
  await reader.snapshot({ until });
  const keyOf = (survivors: string) => (report.key === 'lead' ? `coalesce(${survivors}.survivor, events.lead)` : `events.${report.key}`);
  const differing = (table: string, column: string) => `
    SELECT ${column} FROM (FROM archive.${table} EXCEPT FROM archive.${table}_before) UNION SELECT ${column} FROM (FROM archive.${table}_before EXCEPT FROM archive.${table})`;
  await connection.run(`
    INSERT INTO ${CHANGED_KEYS}
    SELECT DISTINCT unnest([${keyOf('was')}, ${keyOf('now')}])
    FROM (
      SELECT * FROM archive.events
      WHERE ${conditionsOf(report, days)} AND position <= ${before} AND (lead IN (${differing('survivors', 'lead')}) OR event_id IN (${differing('voided', 'event_id')}) OR event_id IN (${differing('voided_in', 'event_id')}) OR position IN (${differing('superseded', 'position')}))
    ) AS events
    LEFT JOIN archive.survivors_before AS was ON was.lead = events.lead
    LEFT JOIN archive.survivors AS now ON now.lead = events.lead`);
  return (await connection.runAndReadAll(`FROM ${CHANGED_KEYS}`)).getRows().map(([key]) => key as string);
}
