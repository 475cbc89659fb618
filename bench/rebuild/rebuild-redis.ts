import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { temporaryFolder } from '../../test/support/engine-process';
import { recordHistory } from '../history';
import { perSecond, round, type Bench } from '../result';
import { redisServer } from '../servers';
import { rebuildBare } from './rebuild';

const EVENTS = 1_000_000;
const LEADS = 100_000;

/**
 * All built-in projections from the embedded log into Redis, by two workers that share the slices; the bare loop as in `rebuild`, writing
 * to Redis.
 */
export const runRebuildRedis: Bench = () =>
  onHistory(async (folder) => {
    const two = await build(folder, 2);
    const bare = await withRedis((url) => Promise.resolve(rebuildBare(folder, url)));
    return {
      name: 'rebuild-redis',
      workload: `${EVENTS} events of ${LEADS} leads in the embedded log, all built-in projections into an empty Redis on the same two cores, two workers`,
      figures: figuresOf(two),
      baseline: { 'events/s': perSecond(EVENTS, bare.ms), seconds: round(bare.ms / 1_000), documents: bare.documents },
      ratio: round(bare.ms / two.ms),
    };
  });

/** The same by one worker and by two. */
export const runScaleOut: Bench = () =>
  onHistory(async (folder) => {
    const one = await build(folder, 1);
    const two = await build(folder, 2);
    return {
      name: 'scale-out',
      workload: `${EVENTS} events of ${LEADS} leads in the embedded log, all built-in projections into an empty Redis on the same two cores: two workers, against one`,
      figures: figuresOf(two),
      baseline: figuresOf(one),
      ratio: round(one.ms / two.ms),
    };
  });

interface Built {
  ms: number;
  workers: { cpuSeconds: number; residentMiB: number }[];
  redisCpuSeconds: number;
  redisMiB: number;
}

function figuresOf({ ms, workers, redisCpuSeconds, redisMiB }: Built) {
  return {
    'events/s': perSecond(EVENTS, ms),
    seconds: round(ms / 1_000),
    'processor seconds of workers': round(workers.reduce((sum, one) => sum + one.cpuSeconds, 0)),
    'processor seconds of Redis': round(redisCpuSeconds),
    'MiB resident a worker': Math.round(Math.max(...workers.map((one) => one.residentMiB))),
    'MiB used in Redis': Math.round(redisMiB),
  };
}

async function build(folder: string, count: number): Promise<Built> {
  return withRedis(async (url, prefix, info) => {
    const workers = Array.from({ length: count }, (_, n) => new Worker(folder, url, `worker-${n}`, prefix));
    await Promise.all(workers.map((worker) => worker.says()));
    const began = performance.now();
    for (const worker of workers) worker.tell();
    const told = await Promise.all(workers.map((worker) => worker.says()));
    const ms = performance.now() - began;
    const answers = await info();
    for (const worker of workers) worker.tell();
    await Promise.all(workers.map((worker) => worker.ended));
    return { ms, workers: told.map((text) => JSON.parse(text) as Built['workers'][number]), ...answers };
  });
}

class Worker {
  readonly ended: Promise<unknown>;
  private readonly child: ChildProcess;
  private readonly lines: AsyncIterator<string>;

  constructor(folder: string, url: string, name: string, prefix: string) {
    const args = [
      ...process.execArgv,
      '--max-old-space-size=384',
      '--max-semi-space-size=32',
      join(__dirname, 'rebuild-redis-worker.js'),
      folder,
      url,
      name,
      prefix,
    ];
    this.child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.ended = once(this.child, 'exit');
    this.lines = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
  }

  async says(): Promise<string> {
    const { value, done } = await this.lines.next();
    if (done) throw new Error('a worker of the bench ended early');
    return value;
  }

  tell(): void {
    this.child.stdin!.write('go\n');
  }
}

async function withRedis<T>(
  work: (url: string, prefix: string, info: () => Promise<Pick<Built, 'redisCpuSeconds' | 'redisMiB'>>) => Promise<T>,
): Promise<T> {
  const server = await redisServer();
  const redis = new Redis(server.url);
  const used = async () => {
    const info = await redis.info();
    const number = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)![1]);
    return { redisCpuSeconds: number('used_cpu_user') + number('used_cpu_sys'), redisMiB: number('used_memory') / 2 ** 20 };
  };
  try {
    const before = await used();
    return await work(server.url, server.namespace, async () => {
      const { redisCpuSeconds, redisMiB } = await used();
      return { redisCpuSeconds: redisCpuSeconds - before.redisCpuSeconds, redisMiB: redisMiB - before.redisMiB };
    });
  } finally {
    redis.disconnect();
    await server.end();
  }
}

async function onHistory<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const { folder, remove } = temporaryFolder();
  try {
    await recordHistory(folder, { seed: 3, events: EVENTS, leads: LEADS });
    return await work(folder);
  } finally {
    remove();
  }
}
