import { join } from 'node:path';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode } from '@leadlog/lead';
import { LiveReadModels, ProjectionEngine } from '@leadlog/projections';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { dataFiles } from '../apps/data-folder';
import { readSettings } from '../apps/settings';
import { projectionSources } from '../apps/worker/projections';
import type { RebuildRun } from './rebuild';

/** Builds every built-in projection of a data folder from the first event, as a worker does when it finds none. */
async function main(folder: string): Promise<RebuildRun> {
  const log = SqliteEventLog.open({ file: dataFiles(folder).log });
  const store = SqliteReadModelStore.open({ file: join(folder, 'rebuilt.db') });
  const sources = projectionSources(readSettings({ LEADLOG_DATA: folder }));
  const head = await log.head();
  const began = performance.now();
  const engine = new ProjectionEngine({ log, store, sources, decode, clock: Date.now, onWarning: (message) => process.stderr.write(`${message}\n`) });
  await engine.start();
  await new LiveReadModels(store).reached(sources.map((source) => source.name), head, 600_000);
  const ms = performance.now() - began;
  const residentMiB = process.resourceUsage().maxRSS / 1_024;
  await engine.stop();
  let documents = 0;
  for (const { id } of (await store.registry()).generations) for await (const _ of store.scan(id)) documents += 1;
  await store.close();
  await log.close();
  return { ms, residentMiB, documents };
}

void main(process.argv[2]!).then((run) => process.stdout.write(`${JSON.stringify(run)}\n`));
