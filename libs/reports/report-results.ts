import { createHash } from 'node:crypto';
import { closeSync, createReadStream, existsSync, mkdirSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { link, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { namesIn, syncFile } from '@leadlog/archive';
import type { SqlAnswer, SqlParameter } from '@leadlog/sql';

/** Listed at once. */
const MOST_LISTED = 100;

export interface ReportResult {
  /** Of the report: when it was made, or was due, in UTC. */
  id: string;
  report: string;
  madeAt: string;
  /** When it was due, where it was made by its schedule. */
  dueAt?: string;
  parameters: Readonly<Record<string, SqlParameter>>;
  asOf?: string;
  /** Nothing personal is in it. Absent: it was kept while the archive still held what was recorded in clear. */
  personal?: false;
  answer: SqlAnswer;
}

/** A kept result without its rows, which may be more than a process can hold. */
export type KeptResult = Omit<ReportResult, 'answer'> & {
  answer: Pick<SqlAnswer, 'columns' | 'rowCount' | 'truncated' | 'position' | 'replays'>;
};

/** Kept results of reports, each with the position at which it was made; never changed. */
export class ReportResults {
  constructor(private readonly folder: string) {}

  /**
   * Keeps the result whose JSON document is in `file`, which is moved. Durable when it resolves. Each due time has one result: a second one
   * is discarded and the first is returned.
   */
  async keep(result: Omit<ReportResult, 'id' | 'personal' | 'answer'>, file: string): Promise<KeptResult> {
    const { report, madeAt, dueAt } = result;
    try {
      for (let n = 1; ; n += 1) {
        const id = dueAt !== undefined ? scheduledId(dueAt) : n === 1 ? idOf(madeAt) : `${idOf(madeAt)}_${n}`;
        const head = `${JSON.stringify({ id, ...result, personal: false }).slice(0, -1)},"answer":`;
        const published = await this.publish(report, `${id}.json`, async function* () {
          yield head;
          yield* createReadStream(file);
          yield '}';
        });
        if (published || dueAt !== undefined) return this.read(report, id);
      }
    } finally {
      await rm(file, { force: true });
    }
  }

  /** Newest first, without rows. */
  of(report: string): (Omit<KeptResult, 'answer'> & { position: string; rowCount: number })[] {
    return this.ids(report)
      .slice(0, MOST_LISTED)
      .map((id) => {
        const { answer, ...rest } = this.read(report, id);
        return { ...rest, position: answer.position, rowCount: answer.rowCount };
      });
  }

  /** The file that holds the ReportResult as JSON. */
  fileOf(report: string, id: string): string | undefined {
    return this.ids(report).includes(id) ? this.pathOf(report, `${id}.json`) : undefined;
  }

  /** Whether something personal may be in it. */
  mayBePersonal(report: string, id: string): boolean {
    return this.read(report, id).personal !== false;
  }

  /** Deletes those in which something personal may be; none that is made today is. Returns how many. */
  dropPersonal(): number {
    let dropped = 0;
    for (const report of namesIn(this.folder)) {
      const personal = this.ids(report).filter((id) => this.isPersonalOrDamaged(report, id));
      for (const id of personal) rmSync(this.pathOf(report, `${id}.json`), { force: true });
      if (personal.length > 0) syncFile(join(this.folder, report));
      dropped += personal.length;
    }
    return dropped;
  }

  private isPersonalOrDamaged(report: string, id: string): boolean {
    try {
      return this.mayBePersonal(report, id);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      return true;
    }
  }

  /** The last result made by the schedule. */
  lastScheduled(report: string): KeptResult | undefined {
    const id = this.ids(report).find((one) => one.endsWith(SCHEDULED));
    return id === undefined ? undefined : this.read(report, id);
  }

  hasScheduled(report: string, dueAt: string): boolean {
    return existsSync(this.pathOf(report, `${scheduledId(dueAt)}.json`));
  }

  /** When the schedule of a report was first seen, ms; `now` if never. Earlier due times do not count as missed. */
  async seenSince(report: string, schedule: string, now: number): Promise<number> {
    const file = `${createHash('sha256').update(schedule).digest('hex').slice(0, 16)}.since`;
    if (!existsSync(this.pathOf(report, file))) await this.publish(report, file, () => [new Date(now).toISOString()]);
    return Date.parse(readFileSync(this.pathOf(report, file), 'utf8'));
  }

  /** Complete or not at all; false if another process was first. */
  private async publish(report: string, file: string, parts: () => Iterable<string> | AsyncIterable<string | Buffer>): Promise<boolean> {
    mkdirSync(join(this.folder, report), { recursive: true });
    const temporary = this.pathOf(report, `.${file}-${process.pid}-${Math.random().toString(36).slice(2)}`);
    try {
      await writeFile(temporary, parts(), { flush: true });
      await link(temporary, this.pathOf(report, file));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      await rm(temporary, { force: true });
    }
    syncFile(join(this.folder, report));
    return true;
  }

  private read(report: string, id: string): KeptResult {
    return headOf(this.pathOf(report, `${id}.json`));
  }

  private pathOf(report: string, file: string): string {
    return join(this.folder, report, file);
  }

  private ids(report: string): string[] {
    return namesIn(join(this.folder, report))
      .flatMap((file) => /^(\w+)\.json$/.exec(file)?.[1] ?? [])
      .sort()
      .reverse();
  }
}

const SCHEDULED = '_scheduled';
const idOf = (moment: string): string => moment.replace(/[-:.]/g, '');
const scheduledId = (dueAt: string): string => `${idOf(dueAt)}${SCHEDULED}`;

/** Inside JSON strings, quotation marks are always escaped. */
const ROWS = ',"rows":[';
const HEAD_BYTES = 65_536;

/** What stands before the rows. */
function headOf(file: string): KeptResult {
  const opened = openSync(file, 'r');
  try {
    let head = Buffer.alloc(0);
    for (;;) {
      const more = Buffer.alloc(HEAD_BYTES);
      const length = readSync(opened, more, 0, HEAD_BYTES, head.length);
      head = Buffer.concat([head, more.subarray(0, length)]);
      const end = head.indexOf(ROWS);
      if (end !== -1) return JSON.parse(`${head.subarray(0, end).toString()}}}`) as KeptResult;
      if (length === 0) throw new Error(`expected the result of a report in ${file}, got something else; delete the file`);
    }
  } finally {
    closeSync(opened);
  }
}
