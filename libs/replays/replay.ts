import type { DuckDBConnection, DuckDBVector } from '@duckdb/node-api';
import { quoted, type ArchiveReader } from '@leadlog/archive';
import { LeadlogError } from '@leadlog/errors';
import { START, type Position } from '@leadlog/event-log';
import { factIds, type EventType } from '@leadlog/events';
import { WrongReplay, type ReplayEvent, type ReplayReport, type ReplaySpan } from './replay-report';

/** Approximate number of events in a step; each step is sorted separately. */
const STEP = 250_000n;

/** The code of the report failed or returned an unusable value; names the event. */
export class FoldFailed extends LeadlogError {
  readonly kind = 'invalid';

  constructor(what: string, cause?: unknown) {
    super(cause === undefined ? what : `${what}: ${saidBy(cause)}`);
  }
}

/** The file of a report cannot be loaded. */
export const loadFailed = (error: unknown): WrongReplay => new WrongReplay(`the report cannot be loaded: ${saidBy(error)}`);

/** Part `part` of `parts` of the keys, folded. Answers rows of its keys, in the order of keys. */
export async function replayPart(
  reader: ArchiveReader,
  report: ReplayReport,
  span: ReplaySpan,
  part: number,
  parts: number,
  onProgress: (events: number) => void,
): Promise<[string, unknown][]> {
  const states = new Map<string, unknown>();
  await foldEvents(reader, report, states, { ...span, where: partOfKeys(report, part, parts) }, onProgress);
  return [...states.keys()].sort().flatMap((key) => {
    const row = rowOf(report, key, states.get(key));
    return row === undefined ? [] : [[key, row] as [string, unknown]];
  });
}

export const partOfKeys = ({ key }: ReplayReport, part: number, parts: number): string =>
  parts > 1 ? `hash(${key}) % ${parts} = ${part}` : 'true';

/** The row for a key. Throws FoldFailed. */
export function rowOf({ row }: ReplayReport, key: string, state: unknown): unknown {
  if (!row) return state;
  try {
    return row(state, key);
  } catch (error) {
    throw new FoldFailed(`row failed for the key ${JSON.stringify(key)}`, error);
  }
}

/** The columns that every condition of a report is about: its types, its key, its days. */
export function conditionsOf({ handles, key }: ReplayReport, { from, to }: Pick<ReplaySpan, 'from' | 'to'>): string {
  return [
    `type IN (${handles.map(quoted).join(', ')})`,
    `${key} IS NOT NULL`,
    ...(from === undefined ? [] : [`day >= ${quoted(from)}::DATE`]),
    ...(to === undefined ? [] : [`day < ${quoted(to)}::DATE`]),
  ].join(' AND ');
}

/**
 * Folds events after `after` that meet `where`, a condition on columns of the archive, into `states`. Throws FoldFailed.
 * `onProgress` is called as events are folded.
 */
export async function foldEvents(
  reader: ArchiveReader,
  report: ReplayReport,
  states: Map<string, unknown>,
  { after = START, until, where, ...days }: ReplaySpan & { after?: Position; where: string },
  onProgress: (events: number) => void,
): Promise<void> {
  const { connection } = await reader.snapshot({ until });
  const counted = await connection.runAndReadAll(`SELECT count(*) FROM archive.events WHERE position > ${after}`);
  // Positions of a log need not be side by side.
  const tellsFacts = report.handles.some((type) => factIds.has(type));
  // Computed once for all steps.
  if (tellsFacts) await connection.run('CREATE OR REPLACE TABLE archive.superseded_then AS FROM archive.superseded');
  const once = tellsFacts ? 'position NOT IN (SELECT position FROM archive.superseded_then)' : 'true';
  const step = ((until - after) * STEP) / ((counted.getRows()[0]![0] as bigint) || 1n) + 1n;
  for (let from = after; from < until; from += step) {
    const through = from + step < until ? from + step : until;
    // Segments are merged meanwhile, and the old files are deleted after a while.
    await reader.snapshot({ until });
    for await (const some of eventsOf(
      connection,
      report,
      `${conditionsOf(report, days)} AND (${where}) AND ${once} AND position > ${from} AND position <= ${through}`,
    )) {
      foldSome(report, states, some);
      onProgress(some.length);
    }
  }
}

function foldSome(report: ReplayReport, states: Map<string, unknown>, events: readonly ArchivedEvent[]): void {
  let event = events[0]!;
  try {
    for (event of events) {
      const { key } = event;
      const before = states.get(key);
      const state = report.evolve(before === undefined ? report.initial(key) : before, event);
      if (state === undefined) throw new Error('it returned nothing; expected the state');
      states.set(key, state);
    }
  } catch (error) {
    throw new FoldFailed(`the fold failed at ${event.type} at position ${event.position}, key ${JSON.stringify(event.key)}`, error);
  }
}

/** Its message, with the line in the report's file if the stack shows it. */
function saidBy(error: unknown): string {
  const { name, message, stack } = Object(error) as Partial<Error>;
  if (message === undefined) return `it threw ${String(error)}`;
  const line = /^.*data:text\/javascript.*?:(\d+)(:\d+)?\)?$/m.exec(stack ?? '')?.[1];
  return `${name === 'Error' ? '' : `${name}: `}${message}${line === undefined ? '' : ` (line ${line})`}`;
}

/** Its data are taken out of DuckDB's vector and parsed when first asked for: of most events a fold needs no more than that they were. */
class ArchivedEvent implements ReplayEvent {
  private parsed: Record<string, unknown> | undefined;
  constructor(
    readonly type: EventType,
    readonly key: string,
    readonly position: number,
    readonly occurredAt: number,
    private readonly texts: DuckDBVector,
    private readonly row: number,
  ) {}

  get data(): Record<string, unknown> {
    return (this.parsed ??= JSON.parse(this.texts.getItem(this.row) as string) as Record<string, unknown>);
  }
}

async function* eventsOf(connection: DuckDBConnection, { key, handles }: ReplayReport, condition: string): AsyncGenerator<ArchivedEvent[]> {
  // Types as numbers: a text less to be made for every event.
  const type = `list_position([${handles.map(quoted).join(', ')}], type)::DOUBLE`;
  const result = await connection.stream(
    `SELECT ${type}, ${key}, position::DOUBLE, epoch_ms(occurred_at)::DOUBLE, data FROM archive.counted WHERE ${condition} ORDER BY position`,
  );
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const [types, keys, positions, times] = [0, 1, 2, 3].map((column) => chunk!.getColumnValues(column)) as [
      number[],
      string[],
      number[],
      number[],
    ];
    const texts = chunk.getColumnVector(4);
    yield types.map((place, row) => new ArchivedEvent(handles[place - 1]!, keys[row]!, positions[row]!, times[row]!, texts, row));
  }
}
