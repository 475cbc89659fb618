import { START, type EventLog } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode, type LeadlogEvent } from '@leadlog/events';
import { asAppend } from '@leadlog/events/recorded.testing';
import { fromCode, LiveReadModels, ProjectionEngine, type Projection, type ReadModelView } from '@leadlog/projections';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { scoresProjection, type CompiledModel } from '@leadlog/scoring';

/** Histories at the same time, each in its own order. */
export function interleaved(histories: readonly LeadlogEvent[][]): LeadlogEvent[] {
  const longest = Math.max(...histories.map(({ length }) => length));
  return Array.from({ length: longest }, (_, n) => histories.flatMap((events) => events[n] ?? [])).flat();
}

export async function logOf(file: string, events: readonly LeadlogEvent[]): Promise<SqliteEventLog> {
  const log = SqliteEventLog.open({ file });
  for (let at = 0; at < events.length; at += 500)
    for (const outcome of await log.appendMany(events.slice(at, at + 500).map(asAppend))) if (!outcome.ok) throw outcome.error;
  return log;
}

export async function eventsOf(log: EventLog): Promise<LeadlogEvent[]> {
  const events: LeadlogEvent[] = [];
  for await (const slice of log.read({ after: START, until: await log.head() })) events.push(...slice.events.map(decode));
  return events;
}

/** The documents of an engine that has followed the log with all models side by side. */
export async function folded(file: string, log: EventLog, models: readonly CompiledModel[]): Promise<ReadModelView[]> {
  const store = SqliteReadModelStore.open({ file });
  const projections = models.map((model, i) => ({ ...scoresProjection(model), name: `scores-${i}` }) as Projection);
  const engine = new ProjectionEngine({ log, store, sources: projections.map(fromCode), decode, clock: Date.now });
  await engine.start();
  const readModels = new LiveReadModels(store);
  await readModels.reached(
    projections.map(({ name }) => name),
    await log.head(),
    300_000,
  );
  await engine.stop();
  return Promise.all(projections.map(({ name }) => readModels.view(name)));
}
