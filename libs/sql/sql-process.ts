import { ArchiveReader, type ArchiveReaderOptions } from '@leadlog/archive';
import { answerParent, tellParent, told } from '@leadlog/children';
import type { EventLog } from '@leadlog/event-log';
import { SqlRunner, SqlStopped, type SqlQuestion } from './sql-runner';

/** How often memory is looked at. What a query takes outside of DuckDB's own accounts (long texts) grows at some GB a second at most. */
const WATCH_MS = 50;

/**
 * The program of a process that answers SQL, for one parent: a question that takes all memory there is, or the process itself with it, harms
 * nobody else. `residentMiB`: beyond it the process ends itself.
 */
export async function serveSql(options: Omit<ArchiveReaderOptions, 'log'> & { log: EventLog; answers: string; residentMiB: number }): Promise<void> {
  const reader = await ArchiveReader.open(options);
  const runner = new SqlRunner(reader, options.answers);
  const watch = setInterval(() => {
    const { progress } = runner;
    if (progress !== undefined) tellParent({ progress });
    if (process.memoryUsage.rss() / 2 ** 20 < options.residentMiB) return;
    clearInterval(watch);
    const stopped = new SqlStopped('memory', `stopped at ${options.residentMiB} MiB of memory; narrow it down, or aggregate before joining`);
    tellParent({ error: told(stopped) }, () => process.kill(process.pid, 'SIGKILL'));
  }, WATCH_MS);
  answerParent((question: SqlQuestion) => runner.answer(question), { cancel: () => runner.cancel() });
  tellParent({ ready: true });
}
