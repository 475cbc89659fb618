import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { fromCode, LiveReadModels, ProjectionEngine, type Projection } from '@leadlog/projections';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { decode } from './decode';
import { asAppend } from './recorded.testing';

export interface EngineOnFiles {
  folder: string;
  log: SqliteEventLog;
  store: SqliteReadModelStore;
  readModels: LiveReadModels;
  start(): Promise<void>;
  /** Resolves once the projections have folded all that is in the log. */
  folded(): Promise<void>;
  /** Records these, one after another, and waits until they are folded. */
  tell(...events: Parameters<typeof asAppend>[0][]): Promise<void>;
  end(): Promise<void>;
}

/** A log, and an engine that folds it by these projections, on files in a folder of their own. */
export function engineOnFiles(...projections: readonly unknown[]): EngineOnFiles {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-spec-'));
  const log = SqliteEventLog.open({ file: join(folder, 'log.db') });
  const store = SqliteReadModelStore.open({ file: join(folder, 'read-models.db') });
  const sources = (projections as readonly Projection[]).map(fromCode);
  const engine = new ProjectionEngine({ log, store, sources, decode, clock: Date.now });
  const readModels = new LiveReadModels(store);
  const folded = async (): Promise<void> =>
    readModels.reached(
      sources.map(({ name }) => name),
      await log.head(),
      300_000,
    );
  return {
    folder,
    log,
    store,
    readModels,
    start: () => engine.start(),
    folded,
    tell: async (...events) => {
      for (const event of events) await log.appendMany([asAppend(event)]);
      await folded();
    },
    end: async () => {
      await engine.stop();
      await store.close();
      await log.close();
      rmSync(folder, { recursive: true });
    },
  };
}
