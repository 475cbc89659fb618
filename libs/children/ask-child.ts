import { fork, type ChildProcess, type ForkOptions } from 'node:child_process';
import { errorOf, type FromChild, type ToChild } from './messages';

/** Starts a program that answers by `answerParent`. An aborted `signal` kills it. */
export function startChild(program: string, options: Pick<ForkOptions, 'env' | 'execArgv' | 'stdio' | 'signal'> = {}): ChildProcess {
  const child = fork(program, {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    killSignal: 'SIGKILL',
    ...options,
  });
  // What fails behind an answer is nobody's any more, and would be uncaught.
  child.on('error', () => undefined);
  return child;
}

export interface Asking {
  onProgress?: (part: number) => void;
  /** Why there will be no answer: the process has ended with this status, or by this signal. */
  died: (by: number | NodeJS.Signals | null) => Error;
}

/**
 * Asks a child; whoever started it ends it. Rejects with what went wrong there, under the name that it has there, and with what
 * `onProgress` throws.
 */
export function askChild<Question, Answer>(child: ChildProcess, question: Question, { onProgress, died }: Asking): Promise<Answer> {
  let stopListening = (): void => undefined;
  return new Promise<Answer>((answered, failed) => {
    const heard = (message: FromChild<Answer>): void => {
      if ('answer' in message) answered(message.answer);
      else if ('error' in message) failed(errorOf(message.error));
      else if ('progress' in message) {
        try {
          onProgress?.(message.progress);
        } catch (error) {
          failed(error as Error);
        }
      }
    };
    const ended = (status: number | null, signal: NodeJS.Signals | null): void => failed(died(status ?? signal));
    child.on('message', heard).once('error', failed).once('exit', ended);
    stopListening = () => void child.off('message', heard).off('error', failed).off('exit', ended);
    child.send({ ask: question } satisfies ToChild<Question>, (error) => error && failed(error));
  }).finally(() => stopListening());
}
