import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArchiveReader, VIEWS } from '@leadlog/archive';
import type { EventLog } from '@leadlog/event-log';
import { kindOf } from '@leadlog/errors';
import { parametersOf } from '@leadlog/reports';
import { SqlRunner, type JsonValue, type SqlParameter, type SqlQuestion } from '@leadlog/sql';
import { openLogToRead } from '../../setup/backends';
import { archivePlace, reportFiles } from '../../setup/history-folders';
import { readSettings, WrongSetting, type Settings } from '../../setup/settings';
import { CommandFailed, WrongUsage } from '../terminal';
import type { Answer, Asked, Asker, ViewItem, Watch } from './asker';

const LOOK_EVERY_MS = 200;
const LIMITS = { memory: '1GB', threads: availableParallelism(), spill: '4GB' };

/**
 * Asks the archive and the embedded log of a data folder themselves, without an api, also while an engine runs on it. Writes nothing there.
 */
export class FolderAsker implements Asker {
  /** Throws WrongUsage where there is no log to read. */
  static async open(folder: string, env: Readonly<Record<string, string | undefined>>): Promise<FolderAsker> {
    const { LEADLOG_TIMEZONE, LEADLOG_FISCAL_YEAR_START, LEADLOG_REPORTS } = env;
    // Its own archive, whatever the environment names: one of another log would be taken for its history.
    return told(async () => {
      const settings = readSettings({ LEADLOG_DATA: folder, LEADLOG_TIMEZONE, LEADLOG_FISCAL_YEAR_START, LEADLOG_REPORTS });
      const log = openToRead(settings);
      const workFolder = mkdtempSync(join(tmpdir(), 'leadlog-sql-'));
      const reader = await ArchiveReader.open({
        ...archivePlace(settings),
        fiscalYearStart: settings.fiscalYearStart,
        log,
        limits: LIMITS,
        workFolder,
      });
      return new FolderAsker(settings, log, reader, workFolder);
    });
  }

  private readonly runner: SqlRunner;

  private constructor(
    private readonly settings: Settings,
    private readonly log: EventLog,
    private readonly reader: ArchiveReader,
    private readonly workFolder: string,
  ) {
    this.runner = new SqlRunner(reader, join(workFolder, 'answers'));
  }

  async sql(sql: string, asked: Asked, watch: Watch): Promise<Answer> {
    return told(() => this.ask(sql, asked, watch));
  }

  async report(name: string, asked: Asked, watch: Watch): Promise<Answer> {
    return told(async () => {
      const report = reportFiles(this.settings).get(name);
      const parameters = parametersOf(report, asked.parameters as Record<string, SqlParameter>);
      const { title, chart } = report;
      // As the api has it.
      return this.ask(report.sql, { ...asked, parameters }, watch, {
        report: name,
        title,
        ...(chart && { chart: chart as unknown as JsonValue }),
        parameters,
      });
    });
  }

  views(): Promise<ViewItem[]> {
    return Promise.resolve(VIEWS.filter(({ internal }) => !internal));
  }

  async close(): Promise<void> {
    this.reader.close();
    await this.log.close();
    rmSync(this.workFolder, { recursive: true, force: true });
  }

  private async ask(
    sql: string,
    { parameters, format, limit, seconds = 30, asOf }: Asked,
    { signal, onProgress }: Watch,
    about?: SqlQuestion['about'],
  ): Promise<Answer> {
    const known = asOf === undefined ? undefined : Date.parse(asOf);
    if (Number.isNaN(known)) throw new WrongUsage(`--as-of: expected a moment, RFC 3339, got ${JSON.stringify(asOf)}`);
    const cancel = (): void => this.runner.cancel();
    signal.addEventListener('abort', cancel);
    const look = onProgress && setInterval(() => onProgress(this.runner.progress ?? 0), LOOK_EVERY_MS);
    try {
      const question = {
        sql,
        parameters: parameters as Record<string, SqlParameter>,
        format,
        about,
        limit: limit ?? (format === 'json' ? 10_000 : 1_000_000),
        timeoutMs: seconds * 1_000,
        ...(known !== undefined && { asOf: known }),
      };
      const { file, ...answer } = await this.runner.answer(question);
      return { ...answer, bytes: createReadStream(file) };
    } finally {
      clearInterval(look);
      signal.removeEventListener('abort', cancel);
    }
  }
}

/** Fails as commands do. */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const kind = kindOf(error);
    // Usage stays usage.
    throw kind && !(error instanceof WrongUsage) ? new CommandFailed((error as Error).message, kind) : error;
  }
}

function openToRead(settings: Settings): EventLog {
  try {
    return openLogToRead(settings);
  } catch (error) {
    throw error instanceof WrongSetting
      ? new WrongUsage(
          error.message.replace('LEADLOG_DATA', '--data').replace(/is named by EVENTSTORE_URL$/, 'is asked through an api (--url)'),
        )
      : error;
  }
}
