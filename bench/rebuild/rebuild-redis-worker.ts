import { once } from 'node:events';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode } from '@leadlog/events';
import { LiveReadModels, ProjectionEngine } from '@leadlog/projections';
import { RedisReadModelStore } from '@leadlog/projections/redis/redis-read-model-store';
import { dataFiles } from '../../apps/setup/data-folder';
import { readSettings } from '../../apps/setup/settings';
import { projectionSources } from '../../apps/setup/projections';

/** One of the workers of `rebuild-redis`: says that it is there, and builds its share of the slices from the word on its standard input. */
async function main(folder: string, url: string, worker: string, prefix: string): Promise<void> {
  const log = SqliteEventLog.open({ file: dataFiles(folder).log });
  const store = await RedisReadModelStore.open({ url, prefix });
  const sources = projectionSources(readSettings({ LEADLOG_DATA: folder }));
  // So that each knows of the other before it takes slices: what is measured is a build, not a change of hands.
  await store.stay('projections', worker, 60_000);
  process.stdout.write('there\n');
  await once(process.stdin, 'data');
  const engine = new ProjectionEngine({
    log,
    store,
    sources,
    decode,
    clock: Date.now,
    worker,
    onWarning: (message) => process.stderr.write(`${worker}: ${message}\n`),
  });
  await engine.start();
  await new LiveReadModels(store).reached(
    sources.map((source) => source.name),
    await log.head(),
    600_000,
  );
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  process.stdout.write(`${JSON.stringify({ cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, residentMiB: maxRSS / 1_024 })}\n`);
  await once(process.stdin, 'data');
  await engine.stop();
  await store.close();
  await log.close();
  process.exit(0);
}

void main(process.argv[2]!, process.argv[3]!, process.argv[4]!, process.argv[5]!);
