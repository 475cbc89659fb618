import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';

export interface DuckDbLimits {
  /** Such as `512MB`; what a query needs beyond goes to disk where it can. */
  memory: string;
  threads: number;
  /** Space on disk for that. */
  spill: string;
}

export interface DuckDb {
  connect(): Promise<DuckDBConnection>;
  /** With all its connections: one that is left open keeps the memory and what was spilled. */
  close(): void;
}

/** The library, loaded with the first database: most programs that know of reports never open one, such as the api and most commands. */
// eslint-disable-next-line @typescript-eslint/no-require-imports
export const duckdb = (): typeof import('@duckdb/node-api') => require('@duckdb/node-api') as typeof import('@duckdb/node-api');

/** Of a machine that is not this one, or under a number that another process has by now. */
const LEFT_MS = 86_400_000;

/**
 * An in-memory database that keeps what does not fit in memory under `folder`, in a folder of its own: two databases that spill into one write over each
 * other's pages, which ends in a crash or in wrong rows.
 */
export async function openDuckDb(folder: string, { memory, threads, spill }: DuckDbLimits): Promise<DuckDb> {
  const spills = join(folder, '.spill');
  mkdirSync(spills, { recursive: true });
  removeLeft(spills);
  const instance = await duckdb().DuckDBInstance.create(':memory:', {
    memory_limit: memory,
    threads: String(threads),
    // Made when something is spilled and removed when the database is closed.
    temp_directory: join(spills, `${hostname()}.${process.pid}.${randomUUID().slice(0, 8)}`),
    max_temp_directory_size: spill,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
  });
  const connections: DuckDBConnection[] = [];
  return {
    async connect() {
      const connection = await instance.connect();
      connections.push(connection);
      return connection;
    },
    close() {
      for (const connection of connections) connection.closeSync();
      instance.closeSync();
    },
  };
}

/** What killed processes have left; others that start may be at it too. */
function removeLeft(spills: string): void {
  for (const name of readdirSync(spills)) {
    const path = join(spills, name);
    const [, host, pid] = /^(.*)\.(\d+)\.[0-9a-f]{8}$/.exec(name) ?? [];
    const changedAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
    if ((host === hostname() && !isAlive(Number(pid))) || Date.now() - changedAt > LEFT_MS) rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there and another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** As a literal of SQL. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
