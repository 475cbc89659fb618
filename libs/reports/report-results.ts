import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SqlAnswer } from './sql-answers';
import type { SqlParameter } from './sql-runner';

export interface ReportResult {
  /** Of the report: when it was made, in UTC. */
  id: string;
  report: string;
  madeAt: string;
  parameters: Readonly<Record<string, SqlParameter>>;
  asOf?: string;
  answer: Omit<SqlAnswer, 'file'>;
}

/** Answers of reports that were to be kept, each with the position that it was made at; never changed. */
export class ReportResults {
  constructor(private readonly folder: string) {}

  keep(result: Omit<ReportResult, 'id'>): ReportResult {
    const id = result.madeAt.replace(/[-:.]/g, '');
    const folder = join(this.folder, result.report);
    mkdirSync(folder, { recursive: true });
    const kept = { id, ...result };
    // Whole or not at all.
    const temporary = join(folder, `.${id}-${process.pid}`);
    writeFileSync(temporary, JSON.stringify(kept));
    renameSync(temporary, join(folder, `${id}.json`));
    return kept;
  }

  /** The newest first, without their rows. */
  of(report: string): (Omit<ReportResult, 'answer'> & { position: string; rowCount: number })[] {
    return this.ids(report).map((id) => {
      const { answer, ...rest } = this.read(report, id);
      return { ...rest, position: answer.position, rowCount: answer.rowCount };
    });
  }

  get(report: string, id: string): ReportResult | undefined {
    return this.ids(report).includes(id) ? this.read(report, id) : undefined;
  }

  private read(report: string, id: string): ReportResult {
    return JSON.parse(readFileSync(join(this.folder, report, `${id}.json`), 'utf8')) as ReportResult;
  }

  private ids(report: string): string[] {
    const folder = join(this.folder, report);
    if (!existsSync(folder)) return [];
    return readdirSync(folder).flatMap((file) => /^(\w+)\.json$/.exec(file)?.[1] ?? []).sort().reverse();
  }
}
