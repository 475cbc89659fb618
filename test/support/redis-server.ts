import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';

/** A real redis-server of a test's own, on a free port of 127.0.0.1, writing every command to disk before it answers. */
export interface RedisServer {
  readonly url: string;
  /** kill -9, as a crash; everything acknowledged is on disk. */
  kill(): Promise<void>;
  /** Starts it again on the same port: with all its data, without any, or with what was there at `backUp`. */
  start(data?: 'all' | 'none' | 'backup'): Promise<void>;
  backUp(): void;
  /** Freezes (SIGSTOP) and thaws (SIGCONT) it: connections stay open and nothing answers. */
  freeze(): void;
  thaw(): void;
  /** Ends it and removes its data. */
  end(): Promise<void>;
}

export async function startRedisServer(args: readonly string[] = []): Promise<RedisServer> {
  const { program, env } = redisProgram();
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-redis-'));
  const port = await freePort();
  let child: ChildProcess | undefined;
  let gone: Promise<unknown> = Promise.resolve();

  const [data, backup] = [join(folder, 'appendonlydir'), join(folder, 'backup')];
  const start = async (of: 'all' | 'none' | 'backup' = 'all'): Promise<void> => {
    if (of !== 'all') rmSync(data, { recursive: true, force: true });
    if (of === 'backup') cpSync(backup, data, { recursive: true });
    const settings = [
      '--port',
      `${port}`,
      '--bind',
      '127.0.0.1',
      '--dir',
      folder,
      '--save',
      '',
      '--appendonly',
      'yes',
      '--appendfsync',
      'everysec',
    ];
    const started = spawn(program, [...settings, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    child = started;
    gone = new Promise((done) => started.once('exit', done));
    await new Promise<void>((ready, failed) => {
      let said = '';
      started.stdout.on('data', (text: Buffer) => {
        said += text.toString();
        if (said.includes('Ready to accept connections')) ready();
      });
      started.once('error', failed);
      void gone.then(() => failed(new Error(`redis-server ended before it listened:\n${said}`)));
    });
  };
  const kill = async (): Promise<void> => {
    child?.kill('SIGKILL');
    await gone;
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    start,
    backUp: () => {
      rmSync(backup, { recursive: true, force: true });
      // Nothing is written while it is copied.
      child?.kill('SIGSTOP');
      cpSync(data, backup, { recursive: true });
      child?.kill('SIGCONT');
    },
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    end: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A Redis Cluster of masters without replicas, which share the slots; one that is away is noticed within a second. */
export async function startRedisCluster(count: number): Promise<RedisServer[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => startRedisServer(['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000'])),
  );
  const nodes = servers.map(({ url }) => new Redis(url));
  const slots = (index: number) => Math.ceil((index * 16_384) / count);
  for (const [index, node] of nodes.entries()) {
    await node.call('CLUSTER', 'ADDSLOTSRANGE', slots(index), slots(index + 1) - 1);
    await node.call('CLUSTER', 'MEET', '127.0.0.1', new URL(servers[0]!.url).port);
  }
  for (const node of nodes) while (!(await node.cluster('INFO')).includes('cluster_state:ok')) await sleep(20);
  for (const node of nodes) node.disconnect();
  return servers;
}

/**
 * The redis-server of this machine, else that of the Debian packages, unpacked into node_modules/.cache without being root.
 */
export function redisProgram(): { program: string; env: NodeJS.ProcessEnv } {
  const installed = (process.env.PATH ?? '')
    .split(':')
    .map((folder) => join(folder, 'redis-server'))
    .find((file) => existsSync(file));
  if (installed) return { program: installed, env: process.env };
  const root = resolve(process.cwd(), 'node_modules/.cache/leadlog/redis');
  const program = join(root, 'usr/bin/redis-server');
  if (!existsSync(program)) unpackDebianPackages(root);
  const libraries = readdirSync(join(root, 'usr/lib'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(root, 'usr/lib', name));
  return { program, env: { ...process.env, LD_LIBRARY_PATH: libraries.join(':') } };
}

function unpackDebianPackages(root: string): void {
  const work = mkdtempSync(join(tmpdir(), 'leadlog-redis-packages-'));
  const run = (program: string, ...args: string[]) => execFileSync(program, args, { cwd: work, stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    for (const name of ['lists/partial', 'cache/archives/partial', 'root']) mkdirSync(join(work, name), { recursive: true });
    // Lists of its own, so that it neither needs root nor lists that somebody fetched before.
    const own = ['-o', `Dir::State::Lists=${join(work, 'lists')}`, '-o', `Dir::Cache=${join(work, 'cache')}`];
    run('apt-get', ...own, 'update');
    run('apt-get', ...own, 'download', 'redis-server', 'redis-tools', 'libjemalloc2', 'liblzf1', 'libatomic1');
    for (const file of readdirSync(work)) if (file.endsWith('.deb')) run('dpkg', '-x', file, join(work, 'root'));
    mkdirSync(resolve(root, '..'), { recursive: true });
    // Whole or not at all, also when two test runs do it at once.
    const copy = `${root}.${process.pid}`;
    execFileSync('cp', ['-a', join(work, 'root'), copy]);
    if (existsSync(root)) rmSync(copy, { recursive: true });
    else renameSync(copy, root);
  } catch (error) {
    throw new Error(
      `the tests need redis-server 7 or newer on the PATH; it could not be got from Debian's packages here, so please install it (${(error as Error).message})`,
    );
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function freePort(): Promise<number> {
  return new Promise((found) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => found(port));
    });
  });
}
