import type { DuckDBConnection, DuckDBVector } from '@duckdb/node-api';
import { catalogue, nearestEventType, type EventType } from '@leadlog/lead';
import type { ArchiveReader } from './archive-reader';
import { ENVELOPE, DATA_COLUMNS } from './columns';
import { quoted } from './duckdb';

/** Events a step goes through, by positions; each is put in order by itself. */
const STEP = 250_000n;

/** An event as a replay gives it: counted (merged leads as their survivor, without voided ones), its data in today's form. */
export interface ReplayEvent<Data = Record<string, unknown>> {
  readonly type: EventType;
  readonly position: number;
  /** Milliseconds since 1970. */
  readonly occurredAt: number;
  /** Parsed when first asked for. */
  readonly data: Data;
}

/**
 * A fold in one file, run over all of history: `export default { … } satisfies ReplayReport`. Events come in the order of their
 * positions for each key; keys are spread over threads, so a state must use nothing but its own events.
 */
export interface ReplayReport<State = unknown> {
  name: string;
  /** Types of events that are folded. */
  handles: readonly EventType[];
  /** Column of the archive whose value an event belongs to; one without a value belongs to nothing. */
  key: string;
  initial(key: string): State;
  /** May change `state` and return it. */
  evolve(state: State, event: ReplayEvent): State;
  /** What is shown of a key; the state itself by default, undefined: nothing. */
  row?(state: State, key: string): Record<string, unknown> | undefined;
}

export interface ReplaySpan {
  /** Days on which events happened, YYYY-MM-DD; `to` is not included. */
  from?: string;
  to?: string;
  /** Nothing behind this position. */
  until: bigint;
}

export class WrongReplay extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WrongReplay';
  }
}

const KEYS = [...ENVELOPE, ...DATA_COLUMNS].filter(({ type }) => type === 'VARCHAR').map(({ name }) => name);

/** Throws WrongReplay that says what was expected. */
export function checkReplay(report: Partial<ReplayReport> | undefined): asserts report is ReplayReport {
  const wrong = (what: string): never => {
    throw new WrongReplay(`the report ${what}`);
  };
  if (typeof report !== 'object' || report === null) return wrong('has no default export; expected export default { name, handles, key, initial, evolve }');
  if (typeof report.name !== 'string') wrong(`has no name; expected name: 'a-text'`);
  if (!Array.isArray(report.handles) || report.handles.length === 0) wrong('handles nothing; expected handles: [names of event types]');
  const unknown = (report.handles as readonly string[]).find((type) => !catalogue.has(type));
  if (unknown !== undefined) wrong(`handles ${unknown}, which is no event type; the nearest is ${nearestEventType(unknown)}`);
  if (!KEYS.includes(report.key as string)) wrong(`has the key ${JSON.stringify(report.key)}; expected one of ${KEYS.join(', ')}`);
  if (typeof report.initial !== 'function' || typeof report.evolve !== 'function') wrong('cannot fold; expected functions initial(key) and evolve(state, event)');
}

/** Part `part` of `parts` of the keys, folded. Answers rows of its keys, in the order of keys. */
export async function replayPart(reader: ArchiveReader, report: ReplayReport, { from, to, until }: ReplaySpan, part: number, parts: number, onProgress: (events: number) => void): Promise<[string, unknown][]> {
  const { connection } = await reader.snapshot();
  const states = new Map<string, unknown>();
  const conditions = [
    `type IN (${report.handles.map(quoted).join(', ')})`,
    `${report.key} IS NOT NULL`,
    ...(parts > 1 ? [`hash(${report.key}) % ${parts} = ${part}`] : []),
    ...(from === undefined ? [] : [`day >= ${quoted(from)}::DATE`]),
    ...(to === undefined ? [] : [`day < ${quoted(to)}::DATE`]),
  ].join(' AND ');
  for (let after = -1n; after < until; after += STEP) {
    const through = after + STEP < until ? after + STEP : until;
    let events = 0;
    for await (const some of eventsOf(connection, report, `${conditions} AND position > ${after} AND position <= ${through}`)) {
      for (const event of some) {
        const { key } = event;
        const state = states.get(key);
        states.set(key, report.evolve(state === undefined && !states.has(key) ? report.initial(key) : state, event));
      }
      events += some.length;
    }
    onProgress(events);
  }
  const keys = [...states.keys()].sort();
  return keys.flatMap((key) => {
    const state = states.get(key);
    const row = report.row ? report.row(state, key) : state;
    return row === undefined ? [] : [[key, row] as [string, unknown]];
  });
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
  const result = await connection.stream(`SELECT ${type}, ${key}, position::DOUBLE, epoch_ms(occurred_at)::DOUBLE, data FROM archive.counted WHERE ${condition} ORDER BY position`);
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const [types, keys, positions, times] = [0, 1, 2, 3].map((column) => chunk!.getColumnValues(column)) as [number[], string[], number[], number[]];
    const texts = chunk.getColumnVector(4);
    yield types.map((place, row) => new ArchivedEvent(handles[place - 1]!, keys[row]!, positions[row]!, times[row]!, texts, row));
  }
}
