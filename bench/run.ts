import { execFileSync } from 'node:child_process';
import Table from 'cli-table3';
import { runAppendClient } from './ingest/append-client';
import { runArchiveBuild, runArchiveSize, runReplay, runSqlKpi, runSqlScore } from './archive';
import { runConsole } from './console';
import { runIngestBulk } from './ingest/ingest-bulk';
import { runIngestEventStoreDb, runIngestSlowEventStoreDb } from './ingest/ingest-eventstoredb';
import { runIngestSingle } from './ingest/ingest-single';
import { runKeyCheck } from './key-check';
import { runKeyRevoked } from './key-revoked';
import { runLargeCompany } from './large-company';
import { runLive } from './live';
import { runMemory } from './memory';
import { runBacktest, runPreview } from './models';
import { runRebuild } from './rebuild/rebuild';
import { runRebuildRedis, runScaleOut } from './rebuild/rebuild-redis';
import { runRedisMemory } from './redis-memory';
import { runRescore } from './rescore';
import { machine, versions, type Bench, type BenchResult } from './result';
import { NAMED_SERVERS } from './servers';
import { runSealed } from './sealed/sealed';
import { runWhy } from './why';

const benches: Record<string, Bench> = {
  'append-client': runAppendClient,
  'ingest-bulk': runIngestBulk,
  'ingest-single': runIngestSingle,
  'ingest-eventstoredb': runIngestEventStoreDb,
  'ingest-eventstoredb-slow': runIngestSlowEventStoreDb,
  rebuild: runRebuild,
  'rebuild-redis': runRebuildRedis,
  'scale-out': runScaleOut,
  console: runConsole,
  live: runLive,
  'large-company': runLargeCompany,
  memory: runMemory,
  'redis-memory': runRedisMemory,
  'archive-build': runArchiveBuild,
  'archive-size': runArchiveSize,
  'sql-score': runSqlScore,
  'sql-kpi': runSqlKpi,
  replay: runReplay,
  preview: runPreview,
  backtest: runBacktest,
  rescore: runRescore,
  why: runWhy,
  'key-check': runKeyCheck,
  'key-revoked': runKeyRevoked,
  sealed: runSealed,
};

/**
 * `npm run bench -- NAME [--json]`: a table, and with --json one JSON object last. `all`: one after another, each in a process of its own.
 */
async function main(): Promise<void> {
  // Limits are on and counted; a bench asks more than people do.
  process.env.LEADLOG_LIMIT_REQUESTS ??= '1000000';
  const [name = '', ...flags] = process.argv.slice(2);
  const bench = benches[name];
  if ((!bench && name !== 'all') || flags.some((flag) => flag !== '--json')) {
    process.stderr.write(`usage: npm run bench -- NAME|all [--json]\nbenches: ${Object.keys(benches).join(', ')}\n`);
    process.exitCode = 2;
    return;
  }
  if (!bench) {
    for (const one of Object.keys(benches))
      execFileSync(process.execPath, [...process.execArgv, __filename, one, ...flags], {
        stdio: 'inherit',
        env: { ...process.env, ...NAMED_SERVERS },
      });
    return;
  }
  const result: BenchResult = { ...(await bench()), machine: machine(), versions: versions() };
  const table = new Table({ head: ['figure', 'engine', 'bare loop'], style: { head: [], border: [] } });
  for (const figure of new Set([...Object.keys(result.figures), ...Object.keys(result.baseline)])) {
    table.push([figure, show(result.figures[figure]), show(result.baseline[figure])]);
  }
  process.stdout.write(
    `${result.name}: ${result.workload}\n${table.toString()}\nratio engine / bare loop: ${result.ratio}\n${result.machine}; node ${result.versions.node}\n`,
  );
  if (flags.includes('--json')) process.stdout.write(`${JSON.stringify(result)}\n`);
}

function show(value: number | string | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'number' ? value.toLocaleString('en-US') : value;
}

void main().catch((error: unknown) => {
  process.stderr.write(`${(error as Error).stack}\n`);
  process.exitCode = 1;
});
