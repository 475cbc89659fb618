import { createHash } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { syncFile } from './durable-files';
import type { SqlAnswer } from './sql-answers';
import type { SqlParameter } from './sql-runner';

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
  answer: Omit<SqlAnswer, 'file'>;
}

/** Answers of reports that were to be kept, each with the position that it was made at; never changed. */
export class ReportResults {
  constructor(private readonly folder: string) {}

  /** Durable when it returns. What is due at a moment is kept once: of a second answer nothing is kept, and the first is given. */
  keep(result: Omit<ReportResult, 'id'>): ReportResult {
    const { report, madeAt, dueAt } = result;
    for (let n = 1; ; n += 1) {
      const id = dueAt !== undefined ? scheduledId(dueAt) : n === 1 ? idOf(madeAt) : `${idOf(madeAt)}_${n}`;
      const kept = { id, ...result };
      if (this.publish(report, `${id}.json`, JSON.stringify(kept))) return kept;
      if (dueAt !== undefined) return this.read(report, id);
    }
  }

  /** The newest first, without their rows. */
  of(report: string): (Omit<ReportResult, 'answer'> & { position: string; rowCount: number })[] {
    return this.ids(report).slice(0, MOST_LISTED).map((id) => {
      const { answer, ...rest } = this.read(report, id);
      return { ...rest, position: answer.position, rowCount: answer.rowCount };
    });
  }

  get(report: string, id: string): ReportResult | undefined {
    return this.ids(report).includes(id) ? this.read(report, id) : undefined;
  }

  /** The last one that was made by the schedule. */
  lastScheduled(report: string): ReportResult | undefined {
    const id = this.ids(report).find((one) => one.endsWith(SCHEDULED));
    return id === undefined ? undefined : this.read(report, id);
  }

  hasScheduled(report: string, dueAt: string): boolean {
    return existsSync(this.pathOf(report, `${scheduledId(dueAt)}.json`));
  }

  /** When a schedule of a report was first seen, ms: `now` where it never was. What was due before was not missed. */
  seenSince(report: string, schedule: string, now: number): number {
    const file = `${createHash('sha256').update(schedule).digest('hex').slice(0, 16)}.since`;
    if (!existsSync(this.pathOf(report, file))) this.publish(report, file, new Date(now).toISOString());
    return Date.parse(readFileSync(this.pathOf(report, file), 'utf8'));
  }

  /** Whole or not at all; false where somebody else was first. */
  private publish(report: string, file: string, text: string): boolean {
    mkdirSync(join(this.folder, report), { recursive: true });
    const temporary = this.pathOf(report, `.${file}-${process.pid}-${Math.random().toString(36).slice(2)}`);
    try {
      writeFileSync(temporary, text);
      syncFile(temporary);
      linkSync(temporary, this.pathOf(report, file));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      rmSync(temporary, { force: true });
    }
    syncFile(join(this.folder, report));
    return true;
  }

  private read(report: string, id: string): ReportResult {
    return JSON.parse(readFileSync(this.pathOf(report, `${id}.json`), 'utf8')) as ReportResult;
  }

  private pathOf(report: string, file: string): string {
    return join(this.folder, report, file);
  }

  private ids(report: string): string[] {
    const folder = join(this.folder, report);
    if (!existsSync(folder)) return [];
    return readdirSync(folder).flatMap((file) => /^(\w+)\.json$/.exec(file)?.[1] ?? []).sort().reverse();
  }
}

const SCHEDULED = '_scheduled';
const idOf = (moment: string): string => moment.replace(/[-:.]/g, '');
const scheduledId = (dueAt: string): string => `${idOf(dueAt)}${SCHEDULED}`;
