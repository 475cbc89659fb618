import type { DuckDBConnection } from '@duckdb/node-api';
import { LeadlogError } from '@leadlog/errors';
import { START, type EventLog, type Position, type RecordedEvent } from '@leadlog/event-log';
import { leadCorrections } from '@leadlog/events';
import { Families } from '@leadlog/projections';
import { archivedRows, formOf } from './archive-form';
import { throughOf, type ArchiveFiles, type Manifest } from './archive-files';
import { COLUMNS } from './columns';
import { openDuckDb, quoted, type DuckDb, type DuckDbLimits } from './duckdb';
import { StagedEvents } from './staged-events';
import { namePeriods } from './period-names';
import { useOwnTimeZones } from './time-zones';
import { VIEWS } from './views/views';
import { listOf } from './views/counted-events';

/** Maximum number of events that a query reads into memory because the archive lags behind the log. */
const LONGEST_TAIL = 500_000;

export interface ArchiveReaderOptions {
  files: ArchiveFiles;
  log: EventLog;
  /** IANA name of the time zone in which days begin. */
  timezone: string;
  /** Month with which a fiscal year begins, 1 to 12. Default: 4. */
  fiscalYearStart?: number;
  limits: DuckDbLimits;
  /** Folder for answers and for data that does not fit in memory. Default: the folder of the archive. */
  workFolder?: string;
}

/** The events to look at: everything up to the head of the log, or what was known at an earlier time or position. */
export interface Known {
  /** Known by this time, ms: recorded by then, or `occurred` by then, for a history imported later than it happened. */
  asOf?: number;
  by?: 'recorded' | 'occurred';
  /** At or before this position. */
  until?: Position;
}

/** Everything recorded, as SQL sees it. */
export interface Snapshot {
  connection: DuckDBConnection;
  /** Contains every event up to here. */
  position: Position;
}

export class ArchiveBehind extends LeadlogError {
  readonly kind = 'unavailable';

  constructor(archived: Position, head: Position) {
    super(
      `the archive is at ${archived} and the log at ${head}, too far behind to read the rest at once; run a worker with the role archive until it has caught up (leadlog archive status)`,
    );
  }
}

/**
 * The archive together with the tail of the log that is not archived yet. Parquet files are read in place; the tail is kept in memory and
 * grows with every query. Merges and voided touchpoints are computed again for what is known at each query, so history itself stays as
 * recorded.
 */
export class ArchiveReader {
  private manifest: Manifest | undefined;
  /** The tail holds archived < position ≤ through. */
  private archived: Position = START;
  private through: Position = START;
  /** The state of knowledge for which the tables of corrections were made. */
  private corrected: string | undefined;

  static async open(options: ArchiveReaderOptions): Promise<ArchiveReader> {
    const { files, workFolder = files.folder } = options;
    const db = await openDuckDb(workFolder, options.limits);
    const connection = await db.connect();
    const reader = new ArchiveReader(options, db, connection);
    await connection.run(`SET TimeZone = ${quoted(options.timezone)}`);
    await useOwnTimeZones(connection, options.timezone);
    await namePeriods(connection, options.fiscalYearStart);
    // Required for it to report the progress of a statement.
    await connection.run('SET enable_progress_bar = true; SET enable_progress_bar_print = false');
    await connection.run('CREATE SCHEMA archive');
    await connection.run(`CREATE TABLE archive.tail(${COLUMNS.map(({ name, type }) => `${name} ${type}`).join(', ')})`);
    await connection.run('CREATE TABLE archive.survivors(lead VARCHAR, survivor VARCHAR)');
    await connection.run('CREATE TABLE archive.voided(lead VARCHAR, event_id UUID)');
    await connection.run('CREATE TABLE archive.voided_in(lead VARCHAR, event_id UUID, stream VARCHAR)');
    await reader.setArchived([]);
    await reader.setKnown({});
    for (const { name, sql } of VIEWS) await connection.run(`CREATE VIEW ${name} AS ${sql}`);
    // From here on, statements can reach only the files of the archive and the work folder.
    for (const setting of [
      `allowed_directories = [${[files.folder, workFolder].map((folder) => quoted(`${folder}/`)).join(', ')}]`,
      'enable_external_access = false',
      'lock_configuration = true',
    ])
      await connection.run(`SET GLOBAL ${setting}`);
    return reader;
  }

  private constructor(
    private readonly options: ArchiveReaderOptions,
    private readonly db: DuckDb,
    private readonly connection: DuckDBConnection,
  ) {}

  /**
   * Everything that is known, now or as given by `known`, with the corrections known at that time. Statements see it until the next call.
   */
  async snapshot(known: Known = {}): Promise<Snapshot> {
    const { until } = known;
    await this.readManifest();
    if (until === undefined || this.through < until) {
      const head = await this.options.log.head();
      await this.readTail(until === undefined || head < until ? head : until);
    }
    await this.setKnown(known);
    const position = until === undefined || this.through < until ? this.through : until;
    await this.correctAsOf(`${known.asOf} ${known.by} ${position}`);
    return { connection: this.connection, position };
  }

  /** IANA name of the time zone for days and local times. */
  get timezone(): string {
    return this.options.timezone;
  }

  /** Of the archive. */
  get folder(): string {
    return this.options.files.folder;
  }

  close(): void {
    this.db.close();
  }

  private async readManifest(): Promise<void> {
    const manifest = this.options.files.read();
    if (manifest === undefined || manifest.number === this.manifest?.number || manifest.form !== formOf(this.options.timezone)) return;
    await this.setArchived(manifest.segments.map(({ file }) => this.options.files.pathOf(file)));
    this.manifest = manifest;
    // It may belong to another log.
    this.corrected = undefined;
    const archived = throughOf(manifest);
    if (archived >= this.archived) await this.connection.run(`DELETE FROM archive.tail WHERE position <= ${archived}`);
    else {
      // It was rebuilt and is behind the state read before.
      await this.connection.run('DELETE FROM archive.tail');
      this.through = archived;
    }
    this.archived = archived;
    if (this.through < archived) this.through = archived;
  }

  private async readTail(head: Position): Promise<void> {
    if (this.through >= head) return;
    const staged = await StagedEvents.create(this.connection, 'staged');
    let through = this.through;
    for await (const slice of this.options.log.read({ after: this.through, until: head, sliceSize: 2_048 })) {
      staged.add(slice.events);
      if (staged.events > LONGEST_TAIL) throw new ArchiveBehind(this.through, head);
      through = slice.through;
    }
    staged.flush();
    await this.connection.run(`INSERT INTO archive.tail ${archivedRows(staged.table, this.options.timezone)}`);
    await staged.drop();
    this.through = through;
  }

  private async setArchived(paths: readonly string[]): Promise<void> {
    const rows =
      paths.length === 0 ? 'SELECT * FROM archive.tail WHERE false' : `SELECT * FROM read_parquet([${paths.map(quoted).join(', ')}])`;
    await this.connection.run(`CREATE OR REPLACE VIEW archive.segments AS ${rows}`);
  }

  private async setKnown({ asOf, by = 'recorded', until }: Known): Promise<void> {
    const conditions = [
      ...(asOf === undefined ? [] : [`${by}_at <= make_timestamptz(${asOf * 1_000})`]),
      ...(until === undefined ? [] : [`position <= ${until}`]),
    ];
    const known = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
    await this.connection.run(
      `CREATE OR REPLACE VIEW archive.events AS SELECT * FROM archive.segments${known} UNION ALL SELECT * FROM archive.tail${known}`,
    );
    await this.connection.run(
      `CREATE OR REPLACE MACRO now_known() AS ${asOf === undefined ? 'now()' : `make_timestamptz(${asOf * 1_000})`}`,
    );
  }

  /** The log never changes up to a position, and neither do the corrections known from it. */
  private async correctAsOf(known: string): Promise<void> {
    if (this.corrected === known) return;
    this.corrected = undefined;
    await this.workOutCorrections();
    this.corrected = known;
  }

  private async workOutCorrections(): Promise<void> {
    const families = Families.none();
    const merged = new Set<string>();
    const types = listOf(leadCorrections.types);
    const found = await this.connection.runAndReadAll(
      `SELECT position, event_id::VARCHAR, type, lead, data FROM archive.events WHERE type IN (${types}) ORDER BY position`,
    );
    for (const [position, id, type, key, data] of found.getRows() as [bigint, string, string, string, string][]) {
      const correction = leadCorrections.of({ type, data: JSON.parse(data) as unknown } as RecordedEvent);
      if (correction.kind === 'void') continue;
      if (correction.kind === 'merge') merged.add(correction.from).add(correction.to);
      families.correct(correction.kind === 'merge' ? correction : { ...correction, key }, id, position);
    }
    await this.connection.run('DELETE FROM archive.survivors');
    await this.connection.run('DELETE FROM archive.voided');
    await this.connection.run('DELETE FROM archive.voided_in');
    const appender = await this.connection.createAppender('survivors', 'archive');
    for (const lead of merged) {
      const survivor = families.root(lead);
      if (survivor === lead) continue;
      appender.appendVarchar(lead);
      appender.appendVarchar(survivor);
      appender.endRow();
    }
    appender.closeSync();
    // In separate tables, so that each is left out by an equality join alone.
    const voids = `FROM (
      SELECT coalesce(survivors.survivor, events.lead) AS lead, try_cast(target_event AS UUID) AS event_id, json_extract_string(data, '$.targetStream') AS stream
      FROM archive.events AS events LEFT JOIN archive.survivors AS survivors ON survivors.lead = events.lead
      WHERE type IN ('TouchpointInvalidated', 'LeadRequalified'))`;
    await this.connection.run(`INSERT INTO archive.voided SELECT DISTINCT lead, event_id ${voids} WHERE stream IS NULL`);
    await this.connection.run(`INSERT INTO archive.voided_in SELECT DISTINCT lead, event_id, stream ${voids} WHERE stream IS NOT NULL`);
  }
}
