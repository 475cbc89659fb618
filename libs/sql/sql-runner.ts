import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { kpiFactsSql, kpiSql, quoted, VIEWS, type ArchiveReader, type KpiFactsSqlQuery, type KpiSqlQuery } from '@leadlog/archive';
import { LeadlogError, type ErrorFacts } from '@leadlog/errors';
import { replaysOf, ReplayViews } from '@leadlog/replays';
import type { OnBytes } from './answer-files';
import { spreadsheetCells } from './spreadsheet-cells';
import type { AnswerFile, SqlAnswer, SqlColumn, SqlFormat } from './sql-answers';
import { guarded, RefusedSql } from './sql-guard';
import type { JsonValue } from './sql-values';

export type SqlParameter = string | number | boolean | null;

export interface SqlQuestion {
  /** One SELECT over the views; or KPIs, or what they count, which Leadlog asks in SQL of its own (kpi-sql.ts, kpi-facts-sql.ts). */
  sql: string | KpiSqlQuery | KpiFactsSqlQuery;
  /** By name, without the dollar sign. Days and moments as texts. */
  parameters?: Readonly<Record<string, SqlParameter>>;
  format: SqlFormat;
  /** Maximum number of rows. */
  limit: number;
  timeoutMs: number;
  /** Query what was known at this time (ms). Default: now. */
  asOf?: number;
  /** Members that the JSON document begins with. */
  about?: Readonly<Record<string, JsonValue>>;
}

/** DuckDB cannot run it, or the data does not fit; with its message. */
export class SqlFailed extends LeadlogError {
  readonly kind = 'invalid';

  constructor(message: string) {
    super(message, { errors: [{ pointer: '/sql', expected: 'one SELECT over the views (GET /v1/sql/views)', got: message }] });
  }
}

const WITHIN = {
  time: 'a question that is answered in time (seconds)',
  memory: 'a question that is answered within the memory it may have',
  size: 'a smaller answer',
  cancelled: 'a question that nobody takes back',
};

/** Stopped because of time, memory, size or cancellation. */
export class SqlStopped extends LeadlogError {
  readonly kind = 'busy';

  constructor(
    readonly reason: keyof typeof WITHIN,
    message: string,
  ) {
    super(message, { exactly: 'unprocessable', errors: [{ pointer: '/sql', expected: WITHIN[reason], got: message }] });
  }
}

const COPIED = { csv: 'FORMAT csv, HEADER', parquet: 'FORMAT parquet, COMPRESSION zstd' } as const;
const MIB = 2 ** 20;
/** A JSON document is read as a whole, which most programs cannot do beyond half a gigabyte. */
const MOST_BYTES = { json: 256 * MIB, file: 1_024 * MIB };
/** A row is held in memory with all its columns. */
const MOST_COLUMNS = 5_000;
/** A message of DuckDB may quote a whole value. */
const LONGEST_MESSAGE = 2_000;
/** How often the size of a file that DuckDB writes is checked. */
const LOOK_MS = 50;
const LEFT_MS = 3_600_000;
const VIEW_NAMES = VIEWS.filter(({ internal }) => !internal).map(({ name }) => name);

/** Runs queries one after another. */
export class SqlRunner {
  private readonly replays: ReplayViews;
  private running: { connection?: DuckDBConnection; stopped?: SqlStopped; progress: number } | undefined;

  constructor(
    private readonly reader: ArchiveReader,
    /** Where files of answers go; the reader's database must be allowed to write there. */
    private readonly folder: string,
    private readonly mostBytes = MOST_BYTES,
  ) {
    this.replays = new ReplayViews(replaysOf(reader));
    mkdirSync(folder, { recursive: true });
    // Left by queries whose caller died before fetching the answer.
    for (const file of readdirSync(folder).map((name) => join(folder, name))) {
      const writtenAt = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
      if (Date.now() - writtenAt > LEFT_MS) rmSync(file, { force: true });
    }
  }

  /** Rejects with RefusedSql, SqlFailed, SqlStopped, ArchiveBehind and what the log says. */
  async answer({ sql, parameters = {}, format, limit, timeoutMs, asOf, about = {} }: SqlQuestion): Promise<AnswerFile> {
    const began = performance.now();
    const running: NonNullable<typeof this.running> = { progress: 0 };
    this.running = running;
    const timer = setTimeout(
      () =>
        this.stop(
          new SqlStopped('time', `stopped after ${timeoutMs / 1_000} s; narrow it down (a span of days, fewer leads), or allow more time`),
        ),
      timeoutMs,
    );
    let connection: DuckDBConnection | undefined;
    try {
      const snapshot = await this.reader.snapshot({ asOf });
      ({ connection } = snapshot);
      const replays = await this.replays.readInto(connection);
      // Not earlier, because the reader's work on its own tables must not be interrupted.
      running.connection = connection;
      if (running.stopped) throw running.stopped;
      const { position } = snapshot;
      const { text, views } =
        typeof sql !== 'string'
          ? { text: 'parts' in sql ? kpiFactsSql(sql) : kpiSql(sql), views: new Set<string>() }
          : await guarded(connection, sql, [...VIEW_NAMES, ...replays.map(({ view }) => view)]);
      const asked = replays.filter(({ view }) => views.has(view));
      if (asked.length > 0 && asOf !== undefined)
        throw new RefusedSql(
          `${asked[0]!.view} is a kept replay, which shows only what was known at position ${asked[0]!.position}; query it without as-of`,
        );
      await this.run(connection, `CREATE OR REPLACE TEMP TABLE answer AS SELECT * FROM (${text}) AS asked LIMIT ${limit + 1}`, parameters);
      const { rowCount, truncated } = await this.shorten(connection, limit);
      const described = await connection.runAndReadAll('FROM answer LIMIT 0');
      if (described.columnCount > MOST_COLUMNS)
        throw new RefusedSql(`expected at most ${MOST_COLUMNS} columns, got ${described.columnCount}`);
      const columns = described.columnNames().map((name, index) => ({ name, type: String(described.columnType(index)) }));
      const replayed = asked.length === 0 ? {} : { replays: Object.fromEntries(asked.map((one) => [one.view, String(one.position)])) };
      const facts = { rowCount, truncated, position: String(position), ...replayed };
      const ms = () => Math.round(performance.now() - began);
      const before = JSON.stringify({ ...about, columns, ...facts, timezone: this.reader.timezone } satisfies Partial<SqlAnswer>);
      const file = join(this.folder, `${randomUUID()}.${format}`);
      const bytes = await this.write(connection, format, file, columns, {
        before: `${before.slice(0, -1)},"rows":[`,
        after: () => `],"ms":${ms()}}\n`,
      });
      return { ...facts, file, bytes, ms: ms() };
    } catch (error) {
      throw running.stopped ?? shortened(translated(error));
    } finally {
      clearTimeout(timer);
      this.running = undefined;
      await connection?.run('DROP TABLE IF EXISTS temp.answer').catch(() => undefined);
    }
  }

  cancel(): void {
    this.stop(new SqlStopped('cancelled', 'cancelled by the client'));
  }

  /**
   * Progress of the query, 0 to 1, as far as DuckDB reports it; undefined without a query. Never decreases, although the progress of each
   * part starts at 0.
   */
  get progress(): number | undefined {
    if (!this.running) return undefined;
    this.running.progress = Math.max(this.running.progress, Math.min(1, (this.running.connection?.progress.percentage ?? 0) / 100));
    return this.running.progress;
  }

  private stop(why: SqlStopped): void {
    if (!this.running) return;
    this.running.stopped ??= why;
    this.running.connection?.interrupt();
  }

  private async run(connection: DuckDBConnection, text: string, parameters: Readonly<Record<string, SqlParameter>>): Promise<void> {
    const statement = await connection.prepare(text);
    try {
      const wanted = Array.from({ length: statement.parameterCount }, (_, index) => statement.parameterName(index + 1));
      const missing = wanted.filter((name) => !(name in parameters));
      if (missing.length > 0) throw new RefusedSql(`expected a value for $${missing.join(', $')}; pass it with the query`);
      const unknown = Object.keys(parameters).filter((name) => !wanted.includes(name));
      if (unknown.length > 0)
        throw new RefusedSql(
          `$${unknown.join(', $')} is not in the SQL, which has ${wanted.length > 0 ? `$${wanted.join(', $')}` : 'no parameters'}`,
        );
      if (wanted.length > 0) statement.bind(Object.fromEntries(Object.entries(parameters)) as Record<string, DuckDBValue>);
      await statement.run();
    } finally {
      statement.destroySync();
    }
  }

  private async shorten(connection: DuckDBConnection, limit: number): Promise<{ rowCount: number; truncated: boolean }> {
    const counted = await connection.runAndReadAll('SELECT count(*) FROM answer');
    const found = Number(counted.getRows()[0]![0]);
    if (found <= limit) return { rowCount: found, truncated: false };
    await connection.run(`DELETE FROM answer WHERE rowid >= ${limit}`);
    return { rowCount: limit, truncated: true };
  }

  /** Returns the number of bytes of the file. An interrupted file is deleted. */
  private async write(
    connection: DuckDBConnection,
    format: SqlFormat,
    file: string,
    columns: readonly SqlColumn[],
    parts: Parameters<typeof import('./answer-files').writeJson>[3],
  ): Promise<number> {
    const most = format === 'json' ? this.mostBytes.json : this.mostBytes.file;
    let bytes = 0;
    const onBytes: OnBytes = (more) => {
      if (this.running?.stopped) throw this.running.stopped;
      bytes += more;
      if (bytes > most) throw tooLarge(format, most);
    };
    try {
      if (format === 'csv' || format === 'parquet')
        await this.copy(connection, format === 'csv' ? `(${spreadsheetCells('answer', columns)})` : 'answer', format, file, most);
      else {
        // It loads DuckDB, and processes that only query through other processes import this class too.
        // eslint-disable-next-line @typescript-eslint/no-require-imports
        const { leastBytes, writeJson, writeNdjson } = require('./answer-files') as typeof import('./answer-files');
        if ((await leastBytes(connection, 'answer')) > most) throw tooLarge(format, most);
        if (format === 'json') await writeJson(connection, 'answer', file, parts, onBytes);
        else if (format === 'ndjson') await writeNdjson(connection, 'answer', file, onBytes);
        else {
          // It loads a library that nothing else needs.
          // eslint-disable-next-line @typescript-eslint/no-require-imports
          const { writeArrow } = require('./arrow-file') as typeof import('./arrow-file');
          await writeArrow(connection, 'answer', file, onBytes);
        }
      }
      return statSync(file).size;
    } catch (error) {
      rmSync(file, { force: true });
      throw error;
    }
  }

  private async copy(connection: DuckDBConnection, rows: string, format: keyof typeof COPIED, file: string, most: number): Promise<void> {
    const tooMuch = (): boolean => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > most;
    const watch = setInterval(() => tooMuch() && this.stop(tooLarge(format, most)), LOOK_MS);
    try {
      await connection.run(`COPY ${rows} TO ${quoted(file)} (${COPIED[format]})`);
    } finally {
      clearInterval(watch);
    }
    if (tooMuch()) throw tooLarge(format, most);
  }
}

function tooLarge(format: SqlFormat, most: number): SqlStopped {
  const instead = format === 'json' ? ', or for a file (csv, ndjson, parquet or arrow)' : '';
  return new SqlStopped('size', `the answer is larger than ${Math.round(most / MIB)} MiB; select fewer rows or columns${instead}`);
}

/** Errors are sent to processes and people, and may hold a value of any size. */
function shortened(error: unknown): unknown {
  if (!(error instanceof Error) || error.message.length <= LONGEST_MESSAGE) return error;
  error.message = `${error.message.slice(0, LONGEST_MESSAGE)}…`;
  const { errors } = error as ErrorFacts;
  // What it quotes is also in its parts.
  return errors ? Object.assign(error, { errors: errors.map((part) => ('got' in part ? { ...part, got: error.message } : part)) }) : error;
}

/** DuckDB throws plain Errors. */
function translated(error: unknown): unknown {
  const { name, message } = error as Partial<Error>;
  if (name !== 'Error' || message === undefined) return error;
  if (message.startsWith('Out of Memory Error'))
    return new SqlStopped(
      'memory',
      `it needs more memory than a query may have (${message.split('\n')[0]}); narrow it down, or aggregate before joining`,
    );
  return new SqlFailed(message);
}
