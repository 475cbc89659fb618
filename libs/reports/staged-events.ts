import { BIGINT, DOUBLE, DuckDBDataChunk, INTEGER, VARCHAR, type DuckDBAppender, type DuckDBConnection } from '@duckdb/node-api';
import type { RecordedEvent } from '@leadlog/event-log';
import { decode } from '@leadlog/lead';
import { STAGED_COLUMNS } from './archive-form';
import { EventHash, readable, textsOf } from './event-hash';

const TYPES = [BIGINT, DOUBLE, DOUBLE, VARCHAR, VARCHAR, VARCHAR, INTEGER, VARCHAR, VARCHAR, VARCHAR];
/** Rows of a DuckDB vector. */
const CHUNK = 2_048;

/** Events of the log in a table of DuckDB, as rows that `archivedRows` understands, with the hash of what was added. */
export class StagedEvents {
  readonly hash = new EventHash();

  private constructor(
    readonly table: string,
    private readonly connection: DuckDBConnection,
    private readonly appender: DuckDBAppender,
  ) {}

  /** In a new table of the schema `archive`. */
  static async create(connection: DuckDBConnection, name: string): Promise<StagedEvents> {
    const table = `archive.${name}`;
    await connection.run(`CREATE SCHEMA IF NOT EXISTS archive; CREATE OR REPLACE TABLE ${table}(${STAGED_COLUMNS})`);
    return new StagedEvents(table, connection, await connection.createAppender(name, 'archive'));
  }

  get events(): number {
    return this.hash.events;
  }

  add(events: readonly RecordedEvent[]): void {
    for (let at = 0; at < events.length; at += CHUNK) this.addChunk(events.slice(at, at + CHUNK));
  }

  /** What was added can be read from now on. */
  flush(): void {
    this.appender.flushSync();
  }

  async drop(): Promise<void> {
    this.appender.closeSync();
    await this.connection.run(`DROP TABLE ${this.table}`);
  }

  private addChunk(events: readonly RecordedEvent[]): void {
    const columns: unknown[][] = TYPES.map(() => new Array<unknown>(events.length));
    events.forEach((event, row) => {
      const { data, metadata } = textsOf(event);
      this.hash.add(event, data, metadata);
      const current = currentForm(event);
      const values = [event.position, event.recordedAt, event.occurredAt, event.id, event.type, event.stream, Number(event.revision), current ?? data, current === undefined ? null : data, metadata];
      for (let column = 0; column < values.length; column += 1) columns[column]![row] = values[column];
    });
    const chunk = DuckDBDataChunk.create(TYPES, events.length);
    chunk.setColumns(columns as Parameters<typeof chunk.setColumns>[0]);
    this.appender.appendDataChunk(chunk);
  }
}

/** The data in today's form, where that is another than the recorded one. What cannot be decoded is kept as it was recorded: it is history all the same. */
function currentForm(event: RecordedEvent): string | undefined {
  try {
    const decoded = decode(event);
    return (decoded as RecordedEvent) === event ? undefined : readable(JSON.stringify(decoded.data));
  } catch {
    return undefined;
  }
}
