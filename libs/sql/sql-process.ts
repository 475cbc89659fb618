import { ArchiveReader, type ArchiveReaderOptions } from '@leadlog/archive';
import { answerParent, tellParent, told } from '@leadlog/children';
import type { EventLog } from '@leadlog/event-log';
import { SqlRunner, SqlStopped, type SqlQuestion } from './sql-runner';

/** How often memory is checked. Memory of a query outside DuckDB's own accounting (long texts) grows by at most some GB per second. */
const WATCH_MS = 50;

/**
 * The program of a process that answers SQL for one parent, so that a query that exhausts the memory or crashes its process does not affect
 * others. `residentMiB`: the process exits when it exceeds this.
 */
export async function serveSql(
  options: Omit<ArchiveReaderOptions, 'log'> & { log: EventLog; answers: string; residentMiB: number },
): Promise<void> {
  const reader = await ArchiveReader.open(options);
  const runner = new SqlRunner(reader, options.answers);
  const watch = setInterval(() => {
    const { progress } = runner;
    if (progress !== undefined) tellParent({ progress });
    if (process.memoryUsage.rss() / 2 ** 20 < options.residentMiB) return;
    clearInterval(watch);
    const stopped = new SqlStopped(
      'memory',
      `stopped at ${options.residentMiB} MiB of memory; narrow it down, or aggregate before joining`,
    );
    tellParent({ error: told(stopped) }, () => process.kill(process.pid, 'SIGKILL'));
  }, WATCH_MS);
  answerParent((question: SqlQuestion) => runner.answer(question), { cancel: () => runner.cancel() });
  tellParent({ ready: true });
}
