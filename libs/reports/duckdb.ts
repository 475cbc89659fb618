import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

export interface DuckDbLimits {
  /** Such as `512MB`; what a query needs beyond goes to disk where it can. */
  memory: string;
  threads: number;
  /** Space on disk for that. */
  spill: string;
}

/** An in-memory database that keeps what does not fit in memory under `folder`. */
export async function openDuckDb(folder: string, { memory, threads, spill }: DuckDbLimits): Promise<DuckDBInstance> {
  const spillFolder = join(folder, '.spill');
  mkdirSync(spillFolder, { recursive: true });
  return DuckDBInstance.create(':memory:', {
    memory_limit: memory,
    threads: String(threads),
    temp_directory: spillFolder,
    max_temp_directory_size: spill,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
  });
}

/** As a literal of SQL. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
