import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { throughOf, type Manifest } from '@leadlog/archive';
import type { Position } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode } from '@leadlog/events';
import { LiveReadModels, ProjectionEngine } from '@leadlog/projections';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { ArchiveRole } from '../../apps/worker/archive-role';
import { dataFiles } from '../../apps/setup/data-folder';
import { archivePlace } from '../../apps/setup/history-folders';
import { liveReplaysOn } from '../../apps/children/replay/live';
import { readSettings } from '../../apps/setup/settings';
import { projectionSources } from '../../apps/setup/projections';
import type { RebuildRun } from './rebuild';

/**
 * Builds every built-in projection of a data folder from the first event, as a worker does when it finds none; with `archive` as the role,
 * its archive too.
 */
async function main(folder: string, role?: string): Promise<RebuildRun> {
  const log = SqliteEventLog.open({ file: dataFiles(folder).log });
  const store = SqliteReadModelStore.open({ file: join(folder, 'rebuilt.db') });
  const settings = readSettings({ LEADLOG_DATA: folder });
  const sources = projectionSources(settings);
  const head = await log.head();
  const began = performance.now();
  const onWarning = (message: string) => void process.stderr.write(`${message}\n`);
  const engine = new ProjectionEngine({ log, store, sources, decode, clock: Date.now, onWarning });
  const place = archivePlace(settings);
  const archive =
    role === 'archive'
      ? new ArchiveRole({ log, store, ...place, clock: Date.now, restMs: 50, runReplay: liveReplaysOn(settings), onWarning })
      : undefined;
  await archive?.start();
  await engine.start();
  await new LiveReadModels(store).reached(
    sources.map((source) => source.name),
    head,
    600_000,
  );
  const ms = performance.now() - began;
  while (archive && !isArchived(place.files.read(), head)) await sleep(20);
  const residentMiB = process.resourceUsage().maxRSS / 1_024;
  await archive?.stop();
  await engine.stop();
  let documents = 0;
  for (const { id } of (await store.registry()).generations) for await (const _ of store.scan(id)) documents += 1;
  await store.close();
  await log.close();
  return { ms, residentMiB, documents };
}

const isArchived = (manifest: Manifest | undefined, head: Position) => manifest !== undefined && throughOf(manifest) >= head;

void main(process.argv[2]!, process.argv[3]).then((run) => process.stdout.write(`${JSON.stringify(run)}\n`));
