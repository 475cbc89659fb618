import { join } from 'node:path';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode } from '@leadlog/events';
import { Ingestion, parseLine } from '@leadlog/ingestion';
import { namesInClear, namesByKey } from '@leadlog/lead';
import { MasterKey, SealedEventLog, storedAs } from '@leadlog/personal';
import { SqlitePersonalKeys } from '@leadlog/personal/sqlite/sqlite-personal-keys';
import { LiveReadModels, ProjectionEngine } from '@leadlog/projections';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { projectionSources } from '../../apps/setup/projections';
import { readSettings } from '../../apps/setup/settings';
import { benchLines, type Workload } from '../workload';

export interface SealedRun {
  /** Of this process, user and system, in seconds. */
  cpu: number;
  recorded: number;
  /** Recorded events with a ciphertext. */
  ciphertexts: number;
  dataBytes: number;
}

const AT_ONCE = 500;

/** Half of the bench in a process of its own: takes the workload in, or folds what is there, on a log in clear or sealed. */
async function main(folder: string, half: 'ingest' | 'rebuild', how: 'clear' | 'sealed', workload: Workload): Promise<SealedRun> {
  const stored = SqliteEventLog.open({ file: join(folder, 'log.db') });
  const keys =
    how === 'sealed' ? SqlitePersonalKeys.open({ file: join(folder, 'keys.db'), master: new MasterKey(Buffer.alloc(32, 7)) }) : undefined;
  const log = keys ? new SealedEventLog(stored, keys) : stored;
  const run: SealedRun = { cpu: 0, recorded: 0, ciphertexts: 0, dataBytes: 0 };
  if (half === 'ingest') {
    const lines = Buffer.concat(benchLines(workload)).toString().trimEnd().split('\n');
    const ingestion = new Ingestion(log, {
      clock: Date.now,
      names: keys ? namesByKey(keys.identityKey) : namesInClear,
      forgotten: keys && (() => keys.forgotten()),
    });
    run.cpu = await cpuOf(async () => {
      for (let at = 0; at < lines.length; at += AT_ONCE)
        for (const { result } of await ingestion.ingest(lines.slice(at, at + AT_ONCE).map(parseLine)))
          if (result !== 'accepted') throw new Error(`an event of the workload is ${result}`);
    });
  } else {
    const store = SqliteReadModelStore.open({ file: join(folder, 'read-models.db') });
    const sources = projectionSources(readSettings({ LEADLOG_DATA: folder }));
    const onWarning = (message: string) => void process.stderr.write(`${message}\n`);
    const engine = new ProjectionEngine({ log, store, sources, decode, clock: Date.now, onWarning });
    const head = await log.head();
    run.cpu = await cpuOf(async () => {
      await engine.start();
      await new LiveReadModels(store).reached(
        sources.map(({ name }) => name),
        head,
        600_000,
      );
    });
    await engine.stop();
    await store.close();
  }
  for await (const { events } of stored.read())
    for (const { type, data } of events) {
      run.recorded += 1;
      run.dataBytes += Buffer.byteLength(JSON.stringify(data));
      if (storedAs(type, data as object) === 'sealed') run.ciphertexts += 1;
    }
  await log.close();
  await keys?.close();
  return run;
}

async function cpuOf(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

const [folder, half, how, workload] = process.argv.slice(2) as [string, 'ingest' | 'rebuild', 'clear' | 'sealed', string];
void main(folder, half, how, JSON.parse(workload) as Workload).then((run) => process.stdout.write(`${JSON.stringify(run)}\n`));
