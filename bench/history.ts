import { join } from 'node:path';
import { appendAll, type Append, type EventMetadata, type NewEvent } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { activityStream, catalogue, dealStream, eventIdOf, leadStream } from '@leadlog/events';
import { benchEvents, type CloudEvent } from '@leadlog/simulation';
import type { Workload } from './workload';

/** Fills the event log of a data folder with the bench workload, as ingestion would have written it. Answers the number of events. */
export function recordHistory(dataFolder: string, workload: Workload): Promise<number> {
  return recordEvents(dataFolder, benchEvents(workload));
}

export async function recordEvents(dataFolder: string, events: Iterable<CloudEvent>): Promise<number> {
  const log = SqliteEventLog.open({ file: join(dataFolder, 'event-log.db') });
  let batch: Append[] = [];
  let count = 0;
  const flush = async () => {
    await appendAll(log, batch);
    count += batch.length;
    batch = [];
  };
  for (const event of events) {
    const definition = catalogue.get(event.type)!;
    const data = event.data as { leadId?: string; dealId?: string };
    const leadId = data.leadId ?? event.subject!;
    const metadata: EventMetadata = {
      occurredAt: event.time,
      source: event.source,
      sourceId: event.id,
      initiator: definition.initiator,
      actor: { kind: 'integration', id: event.source },
      schemaVersion: definition.schemaVersion,
    };
    const recorded: NewEvent = { id: eventIdOf(event.source, event.id), type: event.type, data: { leadId, ...data }, metadata };
    batch.push({
      stream: streamOf(definition.stream, leadId, data.dealId),
      events: [recorded],
      expected: 'any',
    });
    if (batch.length === 2_000) await flush();
  }
  await flush();
  await log.close();
  return count;
}

function streamOf(kind: string, leadId: string, dealId?: string): string {
  if (kind === 'deal') return dealStream(dealId!);
  return kind === 'lead' ? leadStream(leadId) : activityStream(leadId);
}
