import Database from 'better-sqlite3';
import { OutcomeUnknown, type EventFilter } from '../log';
import { StreamPositions } from './stream-positions';

/** position, id (32 hex digits), stream number, revision, type, recordedAt, occurredAt, data, metadata */
export type Row = [
  position: number,
  id: string,
  stream: number,
  revision: number,
  type: string,
  recordedAt: number,
  occurredAt: number,
  data: string,
  metadata: string,
];
/** One object shared by all events of a stream. */
export interface StreamName {
  name: string;
  /** The part after the first hyphen. */
  subject: string;
}
export const streamName = (name: string): StreamName => ({ name, subject: name.slice(name.indexOf('-') + 1) });

/**
 * Documents keep ids by the million. `join` makes one flat string of 36 characters; a template would make a tree of nine
 * strings, eight times as large and expensive to collect.
 */
export function canonical(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** The same with the type as its number, as read from the file. */
type RawRow = [number, string, number, number, number | string, number, number, string, string];

// The id as text: a Buffer per row costs more to create and collect than the rest of the row.
const SELECTED = 'position, lower(hex(id)), stream, revision, type, recorded_at, occurred_at, data, metadata';

/**
 * One connection to the file, with its caches.
 *
 * There is one index besides the position: (stream, tag), the tag being the first 48 bits of the event id. It answers both "is this id in
 * the stream" and, since revisions follow positions, "what is in the stream, in order". A second index on ids alone would touch a random
 * page for every event and make a durable bulk append four times as slow. The names of streams and types never change once written; the
 * last revision and position do, by other connections too, so they are trusted only inside a transaction and only while `data_version`
 * shows that no other connection has committed.
 */
export class LogConnection {
  private readonly db: Database.Database;
  private readonly typeNumbers = new Map<string, number>();
  private readonly typeNames = new Map<number, string>();
  private readonly streamNames = new Map<number, StreamName>();
  /** The next stream number after the last one whose name was read. */
  private expectedStream = 1;
  private readonly streams = new Map<string, { number: number; revision: number }>();
  private dataVersion = -1;
  private lastPosition = -1;
  private lastRecordedAt = 0;
  private lastPrepared: { sql: string; statement: Database.Statement } | undefined;
  private readonly sql;
  private readonly streamPositions: StreamPositions;

  /** `readOnly`: the file must exist and is not changed. */
  constructor(file: string, readOnly = false) {
    const db = new Database(file, { timeout: 20, readonly: readOnly, fileMustExist: readOnly });
    try {
      db.pragma('cache_size = -16384');
      if (!readOnly) prepareFile(db);
      this.sql = {
        begin: db.prepare('BEGIN IMMEDIATE'),
        commit: db.prepare('COMMIT'),
        rollback: db.prepare('ROLLBACK'),
        head: db.prepare('SELECT max(position) FROM events').pluck(),
        last: db.prepare('SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1').raw(),
        stream: db.prepare('SELECT id, (SELECT count(*) FROM events WHERE stream = streams.id) FROM streams WHERE name = ?').raw(),
        streamNumber: db.prepare('SELECT id FROM streams WHERE name = ?').pluck(),
        streamName: db.prepare('SELECT name FROM streams WHERE id = ?').pluck(),
        typeName: db.prepare('SELECT name FROM types WHERE id = ?').pluck(),
        typeNumber: db.prepare('SELECT id FROM types WHERE name = ?').pluck(),
        addStream: db.prepare('INSERT INTO streams(name) VALUES (?)'),
        addType: db.prepare('INSERT INTO types(name) VALUES (?)'),
        find: db.prepare('SELECT position, revision FROM events WHERE stream = ? AND tag = ? AND id = ?').raw(),
        insert: db.prepare(
          `INSERT INTO events(tag, position, id, stream, revision, type, recorded_at, occurred_at, data, metadata) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        ),
        positions: db.prepare('SELECT position FROM events WHERE stream = ? ORDER BY position').pluck(),
        positionsSince: db.prepare('SELECT position FROM events INDEXED BY events_by_stream WHERE stream = ? AND position > ?').pluck(),
        event: db.prepare(`SELECT ${SELECTED} FROM events WHERE position = ?`).raw(),
        eventsAt: db.prepare(`SELECT ${SELECTED} FROM events WHERE position IN (SELECT value FROM json_each(?)) ORDER BY position`).raw(),
        streamsAfter: db.prepare('SELECT id, name FROM streams WHERE id > ? ORDER BY id LIMIT ?').raw(),
        positionsBetween: db
          .prepare(
            'SELECT position FROM events INDEXED BY events_by_stream WHERE stream IN (SELECT value FROM json_each(?)) AND position > ? AND position <= ?',
          )
          .pluck(),
        places: db.prepare('SELECT position, lower(hex(id)), stream FROM events WHERE position < ? ORDER BY position DESC LIMIT ?').raw(),
        range: db.prepare(`SELECT ${SELECTED} FROM events WHERE position > ? AND position <= ? ORDER BY position LIMIT ?`).raw(),
        rangeOfTypes: db
          .prepare(
            `SELECT ${SELECTED} FROM events WHERE position > ? AND position <= ? AND type IN (SELECT value FROM json_each(?)) ORDER BY position LIMIT ?`,
          )
          .raw(),
      };
    } catch (error) {
      db.close();
      throw error;
    }
    this.db = db;
    this.streamPositions = new StreamPositions(this.sql.positions, this.sql.positionsSince);
  }

  close(): void {
    this.db.close();
  }

  /** -1 for an empty log. */
  head(): number {
    return (this.sql.head.get() as number | null) ?? -1;
  }

  /** The places of events before a position, last first. */
  placesBefore(position: number, limit: number): { position: number; id: string; stream: string }[] {
    const rows = this.sql.places.all(position, limit) as [number, string, number][];
    return rows.map(([at, id, stream]) => ({ position: at, id: canonical(id), stream: this.streamName(stream).name }));
  }

  /** Runs `work` in one durable transaction. Its argument is the log time, which never decreases. */
  transaction<T>(work: (recordedAt: number) => T, now: number): T {
    this.sql.begin.run();
    try {
      this.refreshIfOthersWrote();
      this.lastRecordedAt = Math.max(this.lastRecordedAt, now);
      const result = work(this.lastRecordedAt);
      this.commit();
      return result;
    } catch (error) {
      // Nothing was written, so nothing may stay in the caches.
      this.forget();
      if (this.db.inTransaction) this.sql.rollback.run();
      throw error;
    }
  }

  private commit(): void {
    try {
      this.sql.commit.run();
    } catch (error) {
      // The commit may be in the file although the disk did not confirm it: the next process that opens the file may find it there.
      const { code, message } = error as { code?: unknown; message: string };
      throw code === 'SQLITE_IOERR_FSYNC' ? new OutcomeUnknown(`the disk did not confirm the commit: ${message}`) : error;
    }
  }

  /** Inside a transaction: the last revision; undefined if there is no such stream. */
  revisionOf(stream: string): number | undefined {
    const known = this.stream(stream);
    return known && known.revision >= 0 ? known.revision : undefined;
  }

  find(stream: string, id: string): [position: number, revision: number] | undefined {
    const bytes = idBytes(id);
    return this.sql.find.get(this.stream(stream)!.number, tagOf(bytes), bytes) as [number, number] | undefined;
  }

  insert(
    stream: string,
    id: string,
    type: string,
    recordedAt: number,
    occurredAt: number,
    data: string,
    metadata: string,
  ): { position: number; revision: number } {
    let known = this.stream(stream);
    if (!known) {
      known = { number: Number(this.sql.addStream.run(stream).lastInsertRowid), revision: -1 };
      this.remember(stream, known);
    }
    known.revision += 1;
    this.lastPosition += 1;
    const bytes = idBytes(id);
    this.sql.insert.run(
      tagOf(bytes),
      this.lastPosition,
      bytes,
      known.number,
      known.revision,
      this.typeNumber(type),
      recordedAt,
      occurredAt,
      data,
      metadata,
    );
    return { position: this.lastPosition, revision: known.revision };
  }

  /** Positions of the events of a stream from a revision on, up to a limit: the one at index n has the revision `from` + n. */
  positionsOf(stream: string, from = 0, limit = -1): number[] {
    const number = this.streams.get(stream)?.number ?? (this.sql.streamNumber.get(stream) as number | undefined);
    return number === undefined ? [] : this.streamPositions.of(number, this.head(), from, limit);
  }

  /** In the order of the log; if there are many, without those that may be skipped. */
  readPositions(positions: readonly number[], skips?: EventFilter['skips']): Row[] {
    // One query for all takes half the time of one query for each, except for a few.
    if (positions.length > FEW && skips)
      return this.named(this.eventsAtWithout(skips).all(JSON.stringify(positions), ...skips.without) as RawRow[]);
    if (positions.length > FEW) return this.named(this.sql.eventsAt.all(JSON.stringify(positions)) as RawRow[]);
    return this.named([...positions].sort((a, b) => a - b).map((position) => this.sql.event.get(position) as RawRow));
  }

  /** Rows with after < position <= until, of these types if given, without those that may be skipped. */
  readRange(after: number, until: number, filter: Pick<EventFilter, 'types' | 'skips'> | undefined, limit: number): Row[] {
    const { types, skips } = filter ?? {};
    if (types) return this.named(this.sql.rangeOfTypes.all(after, until, JSON.stringify(this.numbersOf(types)), limit) as RawRow[]);
    if (skips) return this.named(this.rangeWithout(skips).all(after, until, ...skips.without, limit) as RawRow[]);
    return this.named(this.sql.range.all(after, until, limit) as RawRow[]);
  }

  private numbersOf(types: readonly string[]): number[] {
    return types.flatMap((type) => (this.sql.typeNumber.get(type) as number | undefined) ?? []);
  }

  private rangeWithout(skips: NonNullable<EventFilter['skips']>): Database.Statement {
    return this.prepared(
      `SELECT ${SELECTED} FROM events WHERE position > ? AND position <= ? AND ${this.notSkipped(skips)} ORDER BY position LIMIT ?`,
    );
  }

  private eventsAtWithout(skips: NonNullable<EventFilter['skips']>): Database.Statement {
    return this.prepared(
      `SELECT ${SELECTED} FROM events WHERE position IN (SELECT value FROM json_each(?)) AND ${this.notSkipped(skips)} ORDER BY position`,
    );
  }

  /** SQLite checks whether a name occurs in the text: a row that is not passed to JavaScript costs a fifth. */
  private notSkipped({ types, without }: NonNullable<EventFilter['skips']>): string {
    return `NOT (type IN (${this.numbersOf(types).join()})${without.map(() => ' AND instr(data, ?) = 0').join('')})`;
  }

  /** Callers read many pages with one filter. */
  private prepared(sql: string): Database.Statement {
    if (this.lastPrepared?.sql !== sql) this.lastPrepared = { sql, statement: this.db.prepare(sql).raw() };
    return this.lastPrepared.statement;
  }

  /** The next streams by number, with their names. */
  streamsAfter(number: number, limit: number): [number: number, name: string][] {
    return this.sql.streamsAfter.all(number, limit) as [number, string][];
  }

  /** Positions of the events of these streams with after < position <= until, in no order; without reading the events. */
  positionsIn(streams: readonly number[], after: number, until: number): Float64Array {
    return Float64Array.from(this.sql.positionsBetween.all(JSON.stringify(streams), after, until) as number[]);
  }

  streamName(number: number): StreamName {
    const known = this.streamNames.get(number);
    if (known !== undefined) return known;
    if (this.streamNames.size >= MOST_NAMES) this.streamNames.clear();
    // Streams are numbered in order of appearance. A reader of the log meets them in that order, so the next ones are looked up too.
    const expected = number === this.expectedStream;
    const names = expected ? this.streamsAfter(number - 1, NAMES_PAGE) : [[number, this.sql.streamName.get(number) as string] as const];
    for (const [each, name] of names) this.streamNames.set(each, streamName(name));
    this.expectedStream = names.at(-1)![0] + 1;
    return this.streamNames.get(number)!;
  }

  private stream(name: string): { number: number; revision: number } | undefined {
    const known = this.streams.get(name);
    if (known) return known;
    const row = this.sql.stream.get(name) as [number, number] | undefined;
    return row && this.remember(name, { number: row[0], revision: row[1] - 1 });
  }

  private remember(name: string, stream: { number: number; revision: number }): { number: number; revision: number } {
    if (this.streams.size >= MOST_REMEMBERED) this.streams.clear();
    this.streams.set(name, stream);
    return stream;
  }

  private typeNumber(name: string): number {
    let number = this.typeNumbers.get(name);
    if (number === undefined) {
      number = (this.sql.typeNumber.get(name) as number | undefined) ?? Number(this.sql.addType.run(name).lastInsertRowid);
      this.typeNumbers.set(name, number);
    }
    return number;
  }

  /** In place, because a rebuild does this a million times. */
  private named(rows: RawRow[]): Row[] {
    for (const row of rows) {
      let name = this.typeNames.get(row[4] as number);
      if (name === undefined) {
        name = this.sql.typeName.get(row[4]) as string;
        this.typeNames.set(row[4] as number, name);
      }
      row[4] = name;
    }
    return rows as Row[];
  }

  private refreshIfOthersWrote(): void {
    const version = this.db.pragma('data_version', { simple: true }) as number;
    if (version === this.dataVersion) return;
    this.forget();
    const last = this.sql.last.get() as [number, number] | undefined;
    this.lastPosition = last?.[0] ?? -1;
    this.lastRecordedAt = Math.max(this.lastRecordedAt, last?.[1] ?? 0);
    this.dataVersion = version;
  }

  private forget(): void {
    this.streams.clear();
    // Types and streams added by a failed transaction must not keep their numbers.
    this.typeNumbers.clear();
    this.typeNames.clear();
    this.streamNames.clear();
    this.dataVersion = -1;
  }
}

function prepareFile(db: Database.Database): void {
  db.pragma('page_size = 4096');
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('wal_autocheckpoint = 16000');
  db.exec(`
    CREATE TABLE IF NOT EXISTS types(id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL);
    CREATE TABLE IF NOT EXISTS streams(id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL);
    CREATE TABLE IF NOT EXISTS events(
      position INTEGER PRIMARY KEY, tag INTEGER NOT NULL, id BLOB NOT NULL, stream INTEGER NOT NULL, revision INTEGER NOT NULL,
      type INTEGER NOT NULL, recorded_at INTEGER NOT NULL, occurred_at INTEGER NOT NULL, data TEXT NOT NULL, metadata TEXT NOT NULL);
    CREATE INDEX IF NOT EXISTS events_by_stream ON events(stream, tag);
  `);
}

const MOST_REMEMBERED = 500_000;
const MOST_NAMES = 200_000;
const NAMES_PAGE = 1_000;
/** Up to this many positions are read one by one. */
const FEW = 4;

function tagOf(id: Buffer): number {
  return id.readUIntBE(0, 6);
}

function idBytes(id: string): Buffer {
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
  if (bytes.length !== 16) throw new RangeError(`event id: expected a UUID, got ${JSON.stringify(id)}`);
  return bytes;
}
