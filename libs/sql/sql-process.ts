import { ArchiveReader, type ArchiveReaderOptions } from '@leadlog/archive';
import type { EventLog } from '@leadlog/event-log';
import type { AnswerFile } from './sql-answers';
import { SqlRunner, SqlStopped, type SqlQuestion } from './sql-runner';

/** How often memory is looked at. What a query takes outside of DuckDB's own accounts (long texts) grows at some GB a second at most. */
const WATCH_MS = 50;

export type ToSqlProcess = { ask: SqlQuestion } | { cancel: true };
export type FromSqlProcess = { ready: true } | { answer: AnswerFile } | { progress: number } | { error: { name: string; message: string; reason?: string } };

/**
 * The program of a process that answers SQL, for one parent: a question that takes all memory there is, or the process itself with it, harms
 * nobody else. `residentMiB`: beyond it the process ends itself.
 */
export async function serveSql(options: Omit<ArchiveReaderOptions, 'log'> & { log: EventLog; answers: string; residentMiB: number }): Promise<void> {
  const reader = await ArchiveReader.open(options);
  const runner = new SqlRunner(reader, options.answers);
  const tell = (message: FromSqlProcess): void => void process.send?.(message);
  const watch = setInterval(() => {
    const { progress } = runner;
    if (progress !== undefined) tell({ progress });
    if (process.memoryUsage.rss() / 2 ** 20 < options.residentMiB) return;
    clearInterval(watch);
    const stopped = new SqlStopped('memory', `stopped at ${options.residentMiB} MiB of memory; narrow it down, or aggregate before joining`);
    process.send?.({ error: { name: stopped.name, message: stopped.message, reason: stopped.reason } } satisfies FromSqlProcess, () => process.kill(process.pid, 'SIGKILL'));
  }, WATCH_MS);
  process.on('message', (message: ToSqlProcess) => {
    if ('cancel' in message) return runner.cancel();
    void runner.answer(message.ask).then(
      (answer) => tell({ answer }),
      (error: Error & { reason?: string }) => tell({ error: { name: error.name, message: error.message, reason: error.reason } }),
    );
  });
  process.on('disconnect', () => process.exit(0));
  tell({ ready: true });
}
