import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import type { RecordedEvent } from '@leadlog/event-log';
import { decode } from '@leadlog/events';
import { STAGED_COLUMNS } from './archive-form';
import { duckdb } from './duckdb';
import { archivedForm, EventHash, readable } from './event-hash';

/** Rows of a DuckDB vector. */
const CHUNK = 2_048;

/** Events of the log in a DuckDB table, as rows for `archivedRows`, with the hash of the added events. */
export class StagedEvents {
  readonly hash = new EventHash();
  /** Characters of data and metadata, roughly their size in memory. */
  characters = 0;

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

  /** Adds events until it holds `most` characters, at least one. Returns how many it added. */
  add(events: readonly RecordedEvent[], most = Infinity): number {
    let added = 0;
    while (added < events.length && (added === 0 || this.characters < most))
      added += this.addChunk(events.slice(added, added + CHUNK), most);
    return added;
  }

  /** Makes the added events readable. */
  flush(): void {
    this.appender.flushSync();
  }

  async drop(): Promise<void> {
    this.appender.closeSync();
    await this.connection.run(`DROP TABLE ${this.table}`);
  }

  private addChunk(events: readonly RecordedEvent[], most: number): number {
    const { BIGINT, DOUBLE, INTEGER, VARCHAR, DuckDBDataChunk } = duckdb();
    const types = [BIGINT, DOUBLE, DOUBLE, VARCHAR, VARCHAR, VARCHAR, INTEGER, VARCHAR, VARCHAR, VARCHAR];
    const columns: unknown[][] = types.map(() => new Array<unknown>(events.length));
    let rows = 0;
    for (const recorded of events) {
      const archived = archivedForm(recorded);
      const { event, data, metadata } = archived;
      this.hash.add(archived);
      this.characters += data.length + metadata.length;
      const current = currentForm(event);
      const values = [
        event.position,
        event.recordedAt,
        event.occurredAt,
        event.id,
        event.type,
        event.stream,
        Number(event.revision),
        current ?? data,
        current === undefined ? null : data,
        metadata,
      ];
      for (let column = 0; column < values.length; column += 1) columns[column]![rows] = values[column];
      rows += 1;
      if (this.characters >= most) break;
    }
    for (const column of columns) column.length = rows;
    const chunk = DuckDBDataChunk.create(types, rows);
    chunk.setColumns(columns as Parameters<typeof chunk.setColumns>[0]);
    this.appender.appendDataChunk(chunk);
    return rows;
  }
}

/**
 * The data in its current form, if that differs from the recorded form. Data that cannot be decoded stays as recorded, without its personal
 * part: it is history all the same.
 */
function currentForm(event: RecordedEvent): string | undefined {
  try {
    const decoded = decode(event);
    return (decoded as RecordedEvent) === event ? undefined : readable(JSON.stringify(decoded.data));
  } catch {
    return undefined;
  }
}
