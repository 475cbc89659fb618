import type { ChildProcess } from 'node:child_process';
import { askChild, startChild } from '@leadlog/children';
import { kindOf, LeadlogError } from '@leadlog/errors';
import type { AnswerFile } from './sql-answers';
import { SqlStopped, type SqlQuestion } from './sql-runner';

/** How long a process may exceed the time limit of its query before it is killed. */
const GRACE_MS = 3_000;
/** Several times the rows of the largest answer that the process writes itself. */
const HEAP_MIB = 1_536;

export interface SqlProcessesOptions {
  /** Script that calls `serveSql`, and its environment. */
  program: string;
  env: NodeJS.ProcessEnv;
  /** Queries that run at the same time. */
  processes?: number;
  /** Maximum number of waiting queries; more are refused. */
  maxWaiting?: number;
}

/** The maximum number of queries is waiting. */
export class SqlBusy extends LeadlogError {
  readonly kind = 'busy';

  constructor(waiting: number) {
    super(`${waiting} SQL queries are already waiting; try again in 5 s`, { retryAfterSeconds: 5 });
  }
}

/** The source (log or archive) does not answer or does not exist yet. */
export class HistoryUnavailable extends LeadlogError {
  readonly kind = 'unavailable';
}

export interface AskOptions {
  /** Aborting it cancels the query. */
  signal?: AbortSignal;
  /** 0 when the query starts; then up to 1, as far as progress is known. */
  onProgress?: (part: number) => void;
}

/** Answers SQL in separate processes, which are started on demand and restarted after a crash. */
export class SqlProcesses {
  private readonly idle: ChildProcess[] = [];
  private readonly all = new Set<ChildProcess>();
  private readonly waiting = new Set<() => void>();
  private busy = 0;
  private closed = false;

  constructor(private readonly options: SqlProcessesOptions) {}

  /** Rejects with SqlStopped, SqlBusy, HistoryUnavailable, and with what the process says, under the name and kind that it has there. */
  async ask(question: SqlQuestion, options: AskOptions = {}): Promise<AnswerFile> {
    const { processes = 2, maxWaiting = 20 } = this.options;
    const { signal, onProgress } = options;
    // Checked again, because another query may have arrived between the hand-over and the resumption.
    while (this.busy >= processes) {
      if (this.waiting.size >= maxWaiting) throw new SqlBusy(this.waiting.size);
      await this.turn(signal);
    }
    this.busy += 1;
    try {
      this.stillWanted(signal);
      const child = this.idle.pop() ?? (await this.start());
      onProgress?.(0);
      return await this.askOne(child, question, options);
    } finally {
      this.busy -= 1;
      this.giveTurn();
    }
  }

  close(): void {
    this.closed = true;
    for (const child of this.all) child.kill('SIGKILL');
  }

  /** Rejects as soon as the query is cancelled, so that it does not block others. */
  private async turn(signal: AbortSignal | undefined): Promise<void> {
    this.stillWanted(signal);
    await new Promise<void>((come) => {
      const wake = (): void => {
        this.waiting.delete(wake);
        signal?.removeEventListener('abort', wake);
        come();
      };
      this.waiting.add(wake);
      signal?.addEventListener('abort', wake);
    });
    if (!signal?.aborted) return;
    // Its turn may have come at the same moment.
    this.giveTurn();
    this.stillWanted(signal);
  }

  /** Only where there is one to give: whoever is woken in vain goes to the end. */
  private giveTurn(): void {
    const [next] = this.waiting;
    if (this.busy < (this.options.processes ?? 2)) next?.();
  }

  private stillWanted(signal: AbortSignal | undefined): void {
    if (signal?.aborted || this.closed) throw new SqlStopped('cancelled', 'cancelled before it started');
  }

  private async askOne(child: ChildProcess, question: SqlQuestion, { signal, onProgress }: AskOptions): Promise<AnswerFile> {
    const late = setTimeout(() => child.kill('SIGKILL'), question.timeoutMs + GRACE_MS);
    let unheard: NodeJS.Timeout | undefined;
    let cancel = (): void => undefined;
    let again = false;
    try {
      const cancelled = new Promise<never>((_, failed) => {
        cancel = () => {
          child.send({ cancel: true });
          unheard = setTimeout(() => failed(new SqlStopped('cancelled', 'cancelled by the client')), GRACE_MS).unref();
        };
      });
      const died = () =>
        new SqlStopped('memory', 'the process that ran it died, which usually means that it ran out of memory; narrow it down');
      const answer = askChild<SqlQuestion, AnswerFile>(child, question, { onProgress, died });
      signal?.addEventListener('abort', cancel);
      // Cancelled while the process was starting.
      if (signal?.aborted) cancel();
      const file = await Promise.race([answer, cancelled]);
      again = true;
      return file;
    } catch (error) {
      if (error instanceof SqlStopped) throw error;
      // After any without a kind it is not known what it is doing.
      again = kindOf(error) !== undefined && (error as SqlStopped).reason !== 'memory';
      throw error;
    } finally {
      clearTimeout(late);
      clearTimeout(unheard);
      signal?.removeEventListener('abort', cancel);
      if (again && child.connected) this.idle.push(child);
      else child.kill('SIGKILL');
    }
  }

  private async start(): Promise<ChildProcess> {
    const { program, env } = this.options;
    // Its own heap size, whatever the options of the API.
    const child = startChild(program, { env, execArgv: [`--max-old-space-size=${HEAP_MIB}`] });
    this.all.add(child);
    child.once('exit', () => {
      this.all.delete(child);
      const at = this.idle.indexOf(child);
      if (at !== -1) this.idle.splice(at, 1);
    });
    await new Promise<void>((ready, failed) => {
      child.once('message', () => ready());
      // Where no process can be made (a limit of processes, of files), there is none to exit.
      child.once('error', (error) => {
        this.all.delete(child);
        failed(new HistoryUnavailable(`no process could be started to answer SQL: ${error.message}`));
      });
      child.once('exit', (code) =>
        failed(new HistoryUnavailable(`the process that answers SQL exited with ${code} before it was ready; see its log for the cause`)),
      );
    });
    return child;
  }
}
