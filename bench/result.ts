import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

/** What a bench answers: figures of the engine, the same of the barest hand-written loop in the same run, and their ratio. */
export interface BenchResult {
  name: string;
  workload: string;
  figures: Record<string, number | string>;
  baseline: Record<string, number | string>;
  /** Engine to baseline in the bench's main figure; above 1 the engine is the better one. */
  ratio: number;
  machine: string;
  versions: Record<string, string>;
}

export type Bench = () => Promise<Omit<BenchResult, 'machine' | 'versions'>>;

export function machine(): string {
  const [first] = cpus();
  return `${cpus().length} × ${first?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ${process.arch}`;
}

export function versions(): Record<string, string> {
  const of = (name: string) => (JSON.parse(readFileSync(require.resolve(`${name}/package.json`), 'utf8')) as { version: string }).version;
  return {
    node: process.version.slice(1),
    'better-sqlite3': of('better-sqlite3'),
    '@nestjs/core': of('@nestjs/core'),
    fastify: of('fastify'),
    commit: commit(),
  };
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

export function perSecond(count: number, ms: number): number {
  return Math.round((count / ms) * 1_000);
}

/** The value below which `share` of the sorted values lie. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

export function round(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}
