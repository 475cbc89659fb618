import { existsSync, rmSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { LeadlogError } from '@leadlog/errors';
import { LogUnavailable, START, type EventLog, type LogSlice, type Position } from '@leadlog/event-log';
import { Retry } from '@leadlog/projections';
import { archivedRows, formOf } from './archive-form';
import { voidDoubles } from './doubles';
import { sha256Of, throughOf, type ArchiveFiles, type Manifest, type Segment } from './archive-files';
import { openDuckDb, quoted, type DuckDb } from './duckdb';
import { togetherOf } from './event-hash';
import { StagedEvents } from './staged-events';
import { useOwnTimeZones } from './time-zones';

/** Twice as many take one and a half times the memory and are no faster. */
const SEGMENT_EVENTS = 61_440;
/** Fewer large events make a segment: the batch being gathered, the batch being written and a merge share the memory of the writer. */
const SEGMENT_CHARACTERS = 40_000_000;
/** Compressed size. Larger segments do not fit into memory for a merge. */
const MERGED_BYTES = 16 * 1_048_576;
/** Maximum time that an event waits for others before it is archived. Until then, queries read it from the log. */
const REST_MS = 60_000;
/** Number of neighbours of similar size that are merged into one. */
const MERGED = 8;
const LARGEST = 2 * SEGMENT_EVENTS;
const SMALLEST_SHARE = 1 / 64;

export interface ArchiveWriterOptions {
  log: EventLog;
  files: ArchiveFiles;
  clock: () => number;
  /** IANA name of the tenant's time zone. */
  timezone: string;
  segmentEvents?: number;
  /** Maximum characters of data and metadata in a segment; it ends with the event that exceeds them. */
  segmentCharacters?: number;
  restMs?: number;
  /** Called when the archive has advanced. */
  onWritten?: () => void;
  onWarning?: (message: string, error?: unknown) => void;
}

/**
 * Copies the log into the archive, in order, and continues live. Events are gathered in memory and written as one segment; a crash loses
 * only that memory, because the newest manifest tells where to continue. Small segments are merged in the background.
 */
export class ArchiveWriter {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  /** Fraction of the size of a segment; halved when memory was insufficient. */
  private share = 1;

  constructor(private readonly options: ArchiveWriterOptions) {}

  start(): void {
    this.running ??= this.run();
  }

  /** Gathered events that are not written will be read again by the next writer. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    const { onWarning, files } = this.options;
    const retry = new Retry(signal, (error) => onWarning?.(`the archive waits: ${error.message}`, error));
    while (!signal.aborted) {
      let db: DuckDb | undefined;
      try {
        files.prepare();
        const opened = (db = await openDuckDb(files.folder, { memory: '256MB', threads: 2, spill: '8GB' }));
        await retry.untilAvailable(() => this.follow(opened));
      } catch (error) {
        if (signal.aborted) return;
        if (isOutOfMemory(error)) this.share = Math.max(SMALLEST_SHARE, this.share / 2);
        // A full disk or another writer: the files on disk are complete, so continue from there.
        onWarning?.('the archive continues from what is on disk', error);
        if (!(error instanceof WrittenByAnother)) this.tellFailed(error);
        await sleep(1_000, undefined, { signal }).catch(() => undefined);
      } finally {
        db?.close();
      }
    }
  }

  private tellFailed(error: unknown): void {
    const { files, clock, onWarning } = this.options;
    try {
      const manifest = files.read();
      files.failed({
        position: String(manifest ? throughOf(manifest) : START),
        since: new Date(clock()).toISOString(),
        message: error instanceof Error ? error.message : String(error),
      });
    } catch (untold) {
      // Readiness itself reports a folder that takes no writes.
      onWarning?.('the failure of the archive could not be recorded in its folder', untold);
    }
  }

  private async follow(db: DuckDb): Promise<void> {
    const { log, restMs = REST_MS, segmentEvents = SEGMENT_EVENTS, segmentCharacters = SEGMENT_CHARACTERS } = this.options;
    const { signal } = this.stopping;
    const most = segmentCharacters * this.share;
    const connection = await db.connect();
    await useOwnTimeZones(connection, this.options.timezone);
    const head = await log.head();
    // A connection runs one statement at a time, and gathering must not wait for writing.
    const writing = new Writing(await db.connect(), head, this.options, this.share);
    let after = throughOf(writing.manifest);
    if (after >= head) await writing.settle();
    let through = after;
    let batch = await StagedEvents.create(connection, 'staged_0');
    let number = 0;
    let due: Promise<'due'> | undefined;
    let noLongerDue = new AbortController();
    const flush = async (): Promise<void> => {
      noLongerDue.abort();
      noLongerDue = new AbortController();
      due = undefined;
      const full = batch;
      // The next batch is gathered while this one is being written; a third waits.
      await writing.add(full, after, through);
      after = through;
      batch = await StagedEvents.create(connection, `staged_${(number += 1)}`);
    };
    const slices = log.subscribe({ after, sliceSize: Math.min(2_048, segmentEvents), signal })[Symbol.asyncIterator]();
    try {
      for (let next = slices.next(); ;) {
        const got: IteratorResult<LogSlice> | 'due' = await (due ? Promise.race([next, due]) : next);
        if (got !== 'due') {
          if (got.done) break;
          for (let left = got.value.events; left.length > 0;) {
            const added = batch.add(left, most);
            through = left[added - 1]!.position;
            left = left.slice(added);
            if (left.length > 0) await flush();
          }
          through = got.value.through;
          next = slices.next();
          // While it is behind, batches fill up anyway.
          if (batch.events > 0 && got.value.caughtUp)
            due ??= sleep(restMs, 'due' as const, { signal: noLongerDue.signal }).catch(() => 'due' as const);
        }
        if (batch.events >= segmentEvents || batch.characters >= most || got === 'due') await flush();
      }
    } finally {
      noLongerDue.abort();
      void slices.return?.().catch(() => undefined);
      await writing.end();
    }
  }
}

/** Writes batches one after another, each as a segment named by the next manifest. */
class Writing {
  manifest: Manifest;
  private readonly files: ArchiveFiles;
  private readonly clock: () => number;
  private readonly timezone: string;
  private readonly onWritten: (() => void) | undefined;
  private readonly log: EventLog;
  private readonly onWarning: ArchiveWriterOptions['onWarning'];
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly connection: DuckDBConnection,
    head: Position,
    { log, files, clock, timezone, onWritten, onWarning }: ArchiveWriterOptions,
    private readonly share: number,
  ) {
    this.log = log;
    this.onWarning = onWarning;
    this.onWritten = onWritten;
    this.files = files;
    this.clock = clock;
    this.timezone = timezone;
    this.manifest = this.begin(head);
  }

  /** Resolves as soon as the previous batch is written. */
  async add(batch: StagedEvents, after: Position, through: Position): Promise<void> {
    await this.last;
    this.last = this.write(batch, after, through);
    // Reported to the caller that adds the next one.
    this.last.catch(() => undefined);
  }

  async end(): Promise<void> {
    await this.last.catch(() => undefined);
  }

  /**
   * Continues from the usable part of the archive. Segments of another form, after a missing file, or beyond the log (restored from a
   * backup) are made again.
   */
  private begin(head: Position): Manifest {
    const form = formOf(this.timezone);
    this.files.dropOtherForms(form);
    const found = this.files.read() ?? { number: 0, form, segments: [] };
    const isGone = ({ file, bytes, through }: Segment) =>
      through > head || statSync(this.files.pathOf(file), { throwIfNoEntry: false })?.size !== bytes;
    const gone = found.segments.findIndex(isGone);
    const segments = found.form !== form ? [] : gone === -1 ? found.segments : found.segments.slice(0, gone);
    // Segments made again are checked again: it may be another log.
    return { ...found, form, segments, ...(segments !== found.segments && { checked: undefined }) };
  }

  private async write(batch: StagedEvents, after: Position, through: Position): Promise<void> {
    batch.flush();
    const { events } = batch;
    const segment = await this.segment(archivedRows(`(FROM ${batch.table} ORDER BY type, position)`, this.timezone), {
      after,
      through,
      events,
      hash: batch.hash.digest(),
    });
    await batch.drop();
    this.name([...this.manifest.segments, segment]);
    this.onWritten?.();
    await this.check();
    await this.merge();
    this.files.succeeded();
  }

  /**
   * Looks for duplicate ids in the part not checked yet, at first in the whole archive. If the log takes no writes, this is retried with
   * the next segment.
   */
  private async check(): Promise<void> {
    const { segments, checked = START } = this.manifest;
    const unchecked = segments.filter(({ through }) => through > checked);
    if (unchecked.length === 0) return;
    const paths = segments.map(({ file }) => this.files.pathOf(file));
    try {
      for (const { file } of unchecked) await voidDoubles(this.connection, this.log, this.files.pathOf(file), paths);
    } catch (error) {
      // The archive need not wait for this.
      if (!(error instanceof LogUnavailable && error.reason === 'closed'))
        this.onWarning?.('events recorded twice under one id will be looked for again later', error);
      return;
    }
    this.name(segments, throughOf(this.manifest));
  }

  /** There may be nothing to write for long, and what failed before may work now. */
  async settle(): Promise<void> {
    await this.check();
    await this.merge();
    this.files.succeeded();
  }

  /** Merges neighbours of similar size, so that a quiet year does not leave half a million files. */
  private async merge(): Promise<void> {
    for (let found = mergeable(this.manifest.segments, this.share); found; found = mergeable(this.manifest.segments, this.share)) {
      const { from, to } = found;
      const old = this.manifest.segments.slice(from, to);
      // Never copy a damaged file into a new one.
      for (const { file, sha256 } of old)
        if ((await sha256Of(this.files.pathOf(file))) !== sha256)
          throw new Error(
            `segment ${file} of the archive is damaged; run leadlog archive verify to see whether the log still has its events, and what to do`,
          );
      const files = old.map(({ file }) => quoted(this.files.pathOf(file))).join(', ');
      const merged = await this.segment(`SELECT * FROM read_parquet([${files}]) ORDER BY type, position`, {
        after: old[0]!.after,
        through: old.at(-1)!.through,
        events: old.reduce((sum, one) => sum + one.events, 0),
        hash: togetherOf(old.map((one) => one.hash)),
      });
      this.name([...this.manifest.segments.slice(0, from), merged, ...this.manifest.segments.slice(to)]);
    }
  }

  private async segment(rows: string, { after, through, events, hash }: Omit<Segment, 'file' | 'bytes' | 'sha256'>): Promise<Segment> {
    const file = this.files.nameOf(through, this.manifest.form);
    const temporary = this.files.pathOf(`.${file}`);
    try {
      await this.connection.run(`COPY (${rows}) TO ${quoted(temporary)} (FORMAT parquet, COMPRESSION zstd)`);
      const { size } = statSync(temporary);
      const sha256 = await sha256Of(temporary);
      this.files.publish(temporary, file);
      return { file, after, through, events, bytes: size, sha256, hash };
    } finally {
      if (existsSync(temporary)) rmSync(temporary);
    }
  }

  private name(segments: readonly Segment[], checked = this.manifest.checked): void {
    const next = { ...this.manifest, number: this.manifest.number + 1, segments, checked };
    if (!this.files.write(next)) throw new WrittenByAnother();
    this.manifest = next;
    this.files.clean(this.clock());
  }
}

/** The first run of neighbours that each hold at most an eighth of their total. */
function mergeable(segments: readonly Segment[], share: number): { from: number; to: number } | undefined {
  for (let from = 0; from + MERGED <= segments.length; from += 1) {
    const run = segments.slice(from, from + MERGED);
    const together = run.reduce((sum, { events }) => sum + events, 0);
    const largest = Math.max(...run.map(({ events }) => events));
    const bytes = run.reduce((sum, one) => sum + one.bytes, 0);
    if (together <= LARGEST * share && bytes <= MERGED_BYTES * share && largest * 2 <= together) return { from, to: from + MERGED };
  }
  return undefined;
}

/** Not a failure: the segment of the other writer is there. */
class WrittenByAnother extends LeadlogError {
  readonly kind = 'conflict';

  constructor() {
    super('another process writes to this archive; each process needs its own folder');
  }
}

/** As worded by DuckDB. */
function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && /out of memory/i.test(error.message);
}
