import { deserialize, serialize } from 'node:v8';
import type { DuckDBBlobValue, DuckDBConnection } from '@duckdb/node-api';
import { formOf, quoted, type ArchiveReader } from '@leadlog/archive';
import type { Position } from '@leadlog/event-log';
import { CHANGED_KEYS, findChangedKeys } from './changed-keys';
import { PART_COLUMNS } from './generation-files';
import { notKeepable } from './keepable';
import { conditionsOf, foldEvents, FoldFailed, partOfKeys, rowOf } from './replay';
import type { ReplayReport, ReplaySpan } from './replay-report';

export interface PartTask {
  span: ReplaySpan;
  part: number;
  parts: number;
  /** Parquet file that is to be made (generation-files.ts). */
  file: string;
  /** With states, so that the replay can continue from it. */
  live: boolean;
  /** The generation from which to continue. */
  previous?: { position: Position; lastEvent: string | null; form: string; states: string };
}

/** What is known of a part besides its file. */
export interface PartMade {
  key: string;
  lastEvent: string | null;
  /** It holds all keys of the part, not those alone that are others than in `previous`. */
  whole: boolean;
}

/** Of events and states: states are written as this version of V8 does it. */
export const keptForm = (timezone: string): string => `${formOf(timezone)}-${process.versions.v8}`;

/**
 * Writes a part of a replay: keys with their states and documents. With `previous`, only the keys that changed since then: keys with new
 * events continue from their states, keys whose past was corrected are folded from the start. The result equals that of a replay from the
 * start. Throws FoldFailed.
 */
export async function writeReplayPart(
  reader: ArchiveReader,
  report: ReplayReport,
  timezone: string,
  { span, part, parts, file, live, previous }: PartTask,
  onProgress: (events: number) => void,
): Promise<PartMade> {
  const { until } = span;
  const { connection } = await reader.snapshot({ until });
  const lastEvent = await lastEventAt(connection, until);
  const goesOn =
    previous !== undefined &&
    previous.form === keptForm(timezone) &&
    previous.lastEvent === (await lastEventAt(connection, previous.position));
  const states = new Map<string, unknown>();
  const gone = new Set<string>();
  if (goesOn) {
    for (const key of await findChangedKeys(reader, report, span, previous.position)) gone.add(key);
    if (gone.size > 0) await foldEvents(reader, report, states, { ...span, where: `${report.key} IN (FROM ${CHANGED_KEYS})` }, onProgress);
    for (const key of states.keys()) gone.delete(key);
    await readStates(connection, report, span, previous, states);
    await foldEvents(
      reader,
      report,
      states,
      { ...span, after: previous.position, where: `${report.key} NOT IN (FROM ${CHANGED_KEYS})` },
      onProgress,
    );
  } else await foldEvents(reader, report, states, { ...span, where: partOfKeys(report, part, parts) }, onProgress);
  await write(connection, report, states, gone, file, live);
  return { key: report.key, lastEvent, whole: !goesOn };
}

/** Id of the last event up to there. */
async function lastEventAt(connection: DuckDBConnection, position: Position): Promise<string | null> {
  const found = await connection.runAndReadAll(
    `SELECT event_id::VARCHAR FROM archive.events WHERE position <= ${position} ORDER BY position DESC LIMIT 1`,
  );
  return (found.getRows()[0]?.[0] as string | undefined) ?? null;
}

/** States of the keys that have new events, but for those that are folded from the start. */
async function readStates(
  connection: DuckDBConnection,
  report: ReplayReport,
  span: ReplaySpan,
  { position, states: file }: NonNullable<PartTask['previous']>,
  states: Map<string, unknown>,
): Promise<void> {
  const found = await connection.stream(`
    SELECT key, state FROM read_parquet(${quoted(file)})
    WHERE key IN (SELECT ${report.key} FROM archive.counted WHERE ${conditionsOf(report, span)} AND position > ${position}) AND key NOT IN (FROM ${CHANGED_KEYS})`);
  for (let chunk = await found.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await found.fetchChunk()) {
    for (const [key, state] of chunk.getRows() as [string, DuckDBBlobValue][]) states.set(key, deserialize(state.bytes));
  }
}

async function write(
  connection: DuckDBConnection,
  report: ReplayReport,
  states: ReadonlyMap<string, unknown>,
  gone: ReadonlySet<string>,
  file: string,
  live: boolean,
): Promise<void> {
  await connection.run(`CREATE OR REPLACE TABLE archive.part(${PART_COLUMNS})`);
  const appender = await connection.createAppender('part', 'archive');
  for (const [key, state] of states) {
    appender.appendVarchar(key);
    if (live) appender.appendBlob(keptState(key, state));
    else appender.appendNull();
    const document = documentOf(report, key, state);
    if (document === undefined) appender.appendNull();
    else appender.appendVarchar(document);
    appender.endRow();
  }
  for (const key of gone) {
    appender.appendVarchar(key);
    appender.appendNull();
    appender.appendNull();
    appender.endRow();
  }
  appender.closeSync();
  await connection.run(`COPY archive.part TO ${quoted(file)} (FORMAT parquet, COMPRESSION zstd)`);
  await connection.run('DROP TABLE archive.part');
}

function keptState(key: string, state: unknown): Uint8Array {
  const wrong = notKeepable(state);
  if (wrong !== undefined)
    throw new FoldFailed(
      `the state of the key ${JSON.stringify(key)} cannot be stored: ${wrong}; expected plain objects, lists, Map, Set, Date, strings and numbers`,
    );
  return serialize(state);
}

function documentOf(report: ReplayReport, key: string, state: unknown): string | undefined {
  const row = rowOf(report, key, state);
  try {
    return row === undefined ? undefined : JSON.stringify(row);
  } catch (error) {
    throw new FoldFailed(`the row of the report for the key ${JSON.stringify(key)} cannot be written as JSON`, error);
  }
}
