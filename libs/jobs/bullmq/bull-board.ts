import type { BullMQAdapter as Shown } from '@bull-board/api/bullMQAdapter';
import type { BullmqJobs } from './bullmq-jobs';

/** What is asked of the HTTP server; a plugin of Fastify. */
interface Server {
  register(plugin: (scope: Scope, options: object, done: () => void) => void, options: { prefix: string }): unknown;
}

interface Scope {
  addHook(name: 'preHandler', hook: () => Promise<void>): unknown;
}

/**
 * Bull Board over the queues that there are at each look. It only shows: what it would change (retry, remove, clean, add) goes
 * around what the port promises, that an id runs once and that a redrive counts tries anew.
 */
export function addBullBoard(server: Server, jobs: BullmqJobs, path: string): void {
  // Only where it is asked for: it takes a third of a second to load.
  /* eslint-disable @typescript-eslint/no-require-imports */
  const { createBullBoard } = require('@bull-board/api') as typeof import('@bull-board/api');
  const { BullMQAdapter } = require('@bull-board/api/bullMQAdapter') as typeof import('@bull-board/api/bullMQAdapter');
  const { FastifyAdapter } = require('@bull-board/fastify') as typeof import('@bull-board/fastify');
  /* eslint-enable @typescript-eslint/no-require-imports */
  const pages = new FastifyAdapter().setBasePath(path);
  const board = createBullBoard({ queues: [], serverAdapter: pages, options: { uiConfig: { boardTitle: 'Leadlog jobs' } } });
  const shown = new Map<string, Shown>();
  const plugin = pages.registerPlugin() as unknown as (scope: Scope, options: object, done: () => void) => void;
  void server.register(
    (scope, options, done) => {
      scope.addHook('preHandler', async () => {
        for (const queue of await jobs.bullQueues()) if (!shown.has(queue.name)) shown.set(queue.name, new BullMQAdapter(queue, { readOnlyMode: true, displayName: decodeURIComponent(queue.name) }));
        board.replaceQueues([...shown.values()]);
      });
      plugin(scope, options, done);
    },
    { prefix: path },
  );
}
