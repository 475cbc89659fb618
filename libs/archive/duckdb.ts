import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';

export interface DuckDbLimits {
  /** Such as `512MB`; a query that needs more spills to disk where possible. */
  memory: string;
  threads: number;
  /** Maximum disk space for spilling. */
  spill: string;
}

export interface DuckDb {
  connect(): Promise<DuckDBConnection>;
  /** Also closes its connections: an open one would keep memory and spilled files. */
  close(): void;
}

/** Loads the library with the first database, because most programs, such as the API and most commands, never open one. */
// eslint-disable-next-line @typescript-eslint/no-require-imports
export const duckdb = (): typeof import('@duckdb/node-api') => require('@duckdb/node-api') as typeof import('@duckdb/node-api');

/** From another machine, or with a process id that another process has by now. */
const LEFT_MS = 86_400_000;

/**
 * An in-memory database that spills into its own folder under `folder`: two databases that spill into the same folder overwrite each
 * other's pages, which leads to a crash or wrong rows.
 */
export async function openDuckDb(folder: string, { memory, threads, spill }: DuckDbLimits): Promise<DuckDb> {
  const spills = join(folder, '.spill');
  mkdirSync(spills, { recursive: true });
  removeLeft(spills);
  const instance = await duckdb().DuckDBInstance.create(':memory:', {
    memory_limit: memory,
    threads: String(threads),
    // Created on the first spill and removed when the database is closed.
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

/** Removes what killed processes left; other starting processes may do so at the same time. */
function removeLeft(spills: string): void {
  for (const name of readdirSync(spills)) {
    const path = join(spills, name);
    const [, host, pid] = /^(.*)\.(\d+)\.[0-9a-f]{8}$/.exec(name) ?? [];
    const changedAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
    if ((host === hostname() && !isAlive(Number(pid))) || Date.now() - changedAt > LEFT_MS)
      rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It exists and belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** As an SQL literal. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
