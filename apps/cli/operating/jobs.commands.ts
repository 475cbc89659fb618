import { Command, Option } from 'commander';
import { counted } from '@leadlog/events';
import { callApi } from '../api-client';
import { wholeNumber } from '../arguments';
import { tableText } from '../tables';
import type { Common, Terminal } from '../terminal';

interface QueueItem {
  queue: string;
  waiting: number;
  delayed: number;
  active: number;
  done: number;
  dead: number;
}

interface JobItem {
  id: string;
  state: string;
  attempts: number;
  dueAt: string;
  lastError?: string;
  finishedAt?: string;
}

/** What happens outside the log; each is one request to the API. */
export function addJobs(program: Command, terminal: Terminal): void {
  const jobs = program.command('jobs').description('webhook deliveries and other work outside the log: what is waiting, what is dead');
  const print = (command: Command, answer: unknown, text: () => string): void =>
    terminal.out(command.optsWithGlobals<Common>().json ? `${JSON.stringify(answer)}\n` : text());
  const urlOf = (command: Command): string => command.optsWithGlobals<Common>().url;
  const pathOf = (queue: string): string => `/v1/jobs/${encodeURIComponent(queue)}`;

  jobs
    .command('list')
    .description('list queues, with the number of jobs in each state')
    .action(async (_: unknown, command: Command) => {
      const answer = await callApi<{ items: QueueItem[] }>(urlOf(command), 'GET', '/v1/jobs');
      const row = ({ queue, waiting, delayed, active, done, dead }: QueueItem) => [queue, waiting - delayed, delayed, active, done, dead];
      print(command, answer, () => tableText(['queue', 'waiting', 'delayed', 'active', 'done', 'dead'], answer.items.map(row)));
    });
  jobs
    .command('show')
    .description('list the jobs of a queue that are in one state, newest first')
    .argument('<queue>')
    .addOption(new Option('--state <state>', 'state of the jobs').choices(['waiting', 'active', 'done', 'dead']).default('dead'))
    .option('--limit <number>', 'maximum number of results', wholeNumber(1, 500))
    .action(async (queue: string, { state, limit }: { state: string; limit?: number }, command: Command) => {
      const answer = await callApi<{ items: JobItem[] }>(urlOf(command), 'GET', pathOf(queue), {
        query: { state, limit: limit === undefined ? undefined : String(limit) },
      });
      const row = ({ id, attempts, dueAt, finishedAt, lastError }: JobItem) => [id, attempts, dueAt, finishedAt, lastError];
      print(command, answer, () => tableText(['job', 'tries', 'due', 'ended', 'last error'], answer.items.map(row)));
    });
  jobs
    .command('redrive')
    .description('retry dead jobs once their cause is fixed; without --id, all jobs of the queue')
    .argument('<queue>')
    .option('--id <id>')
    .action(async (queue: string, { id }: { id?: string }, command: Command) => {
      const answer = await callApi<{ redriven: string[]; dead: number }>(urlOf(command), 'POST', `${pathOf(queue)}/redrive`, {
        body: { id },
      });
      const count = answer.redriven.length;
      print(
        command,
        answer,
        () =>
          `${counted(count, `job of ${queue} is`, `jobs of ${queue} are`)} tried anew; ${counted(answer.dead, 'dead is', 'dead are')} left\n`,
      );
    });
}
