import type { BullMQAdapter as Shown } from '@bull-board/api/bullMQAdapter';
import type { BullmqJobs } from './bullmq-jobs';
import type { Carried } from './carried-job';

/** The part of the HTTP server that is needed; a Fastify plugin. */
interface Server {
  register(plugin: (scope: Scope, options: object, done: () => void) => void, options: { prefix: string }): unknown;
}

interface Scope {
  addHook(name: 'preHandler', hook: () => Promise<void>): unknown;
}

/**
 * Bull Board over the queues that exist at each request. It is read-only: its changes (retry, remove, clean, add) would
 * break guarantees of the port, that an id runs once and that a redrive resets the attempts. Payloads are left out: they hold what is known
 * about leads, which whoever operates queues need not see.
 */
export function addBullBoard(server: Server, jobs: BullmqJobs, path: string): void {
  // Loaded only on demand, because loading takes a third of a second.
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
        for (const queue of await jobs.bullQueues())
          if (!shown.has(queue.name)) {
            const adapter = new BullMQAdapter(queue, { readOnlyMode: true, displayName: decodeURIComponent(queue.name) });
            adapter.setFormatter('data', ({ payload: _, ...rest }: Carried) => rest);
            shown.set(queue.name, adapter);
          }
        board.replaceQueues([...shown.values()]);
      });
      plugin(scope, options, done);
    },
    { prefix: path },
  );
}
