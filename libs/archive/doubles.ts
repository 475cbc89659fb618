import type { DuckDBConnection } from '@duckdb/node-api';
import type { EventLog, Position } from '@leadlog/event-log';
import {
  activityStream,
  catalogue,
  decisionId,
  leadFacts,
  ownEvent,
  Voided,
  voidIn,
  type TouchpointInvalidated,
  type Void,
} from '@leadlog/events';
import { quoted } from './duckdb';
import { listOf } from './views/counted-events';

/** Events between customer and seller; decisions about a lead have rules of their own. */
const TOUCHPOINTS = leadFacts.flatMap(({ type }) => (catalogue.get(type)!.stream === 'lead' ? [] : [type]));

interface Copy {
  eventId: string;
  stream: string;
  lead: string;
  position: Position;
  recordedAt: number;
}

/**
 * An id identifies one event, but two processes that receive it at the same time under two visitors or addresses may both write it, and
 * earlier versions could do so at any time. If events in one file of the archive have an id that occurs in several streams, in this or any
 * other file, all of them but the first that counts are voided. Repeated after a crash, this writes the same events under the same ids.
 * Returns how many it voided.
 */
export async function voidDoubles(connection: DuckDBConnection, log: EventLog, file: string, all: readonly string[]): Promise<number> {
  let voided = 0;
  for (const copies of await doublesIn(connection, file, all)) {
    const counting: Copy[] = [];
    let isNothing = false;
    for (const copy of copies) {
      const reason = await voidedAs(log, copy);
      if (reason === undefined) counting.push(copy);
      else isNothing ||= reason !== 'duplicate';
    }
    // A robot in one stream is a robot in the other.
    for (const copy of isNothing ? counting : counting.slice(1)) {
      await log.append(activityStream(copy.lead), [voiding(copy)], { expected: 'any' });
      voided += 1;
    }
  }
  return voided;
}

/** By id, each in the order of the log. */
async function doublesIn(connection: DuckDBConnection, file: string, all: readonly string[]): Promise<Copy[][]> {
  const files = all.map(quoted).join(', ');
  const copiesOf = `SELECT event_id, position FROM read_parquet([${files}]) WHERE event_id IN (SELECT event_id FROM read_parquet(${quoted(file)}))`;
  // Duplicates are rare, so only ids are read to find them.
  const any = await connection.runAndReadAll(`SELECT 1 FROM (${copiesOf}) GROUP BY event_id HAVING count(*) > 1 LIMIT 1`);
  if (any.currentRowCount === 0) return [];
  const found = await connection.runAndReadAll(`
    WITH copies AS (${copiesOf}), doubled AS (
      SELECT unnest(list(position)) AS position FROM copies GROUP BY event_id HAVING count(*) > 1
    )
    SELECT event_id::VARCHAR, stream, lead, position, epoch_ms(recorded_at)::DOUBLE FROM read_parquet([${files}])
    WHERE position IN (SELECT position FROM doubled) AND lead IS NOT NULL AND type IN (${listOf(TOUCHPOINTS)}) ORDER BY position`);
  const copies = new Map<string, Copy[]>();
  for (const [eventId, stream, lead, position, recordedAt] of found.getRows() as [string, string, string, bigint, number][]) {
    copies.set(eventId, [...(copies.get(eventId) ?? []), { eventId, stream, lead, position, recordedAt }]);
  }
  return [...copies.values()].filter(([first, ...others]) => others.some(({ stream }) => stream !== first!.stream));
}

/** It may already have been voided. */
async function voidedAs(log: EventLog, { eventId, stream, lead }: Copy): Promise<Void['reason'] | undefined> {
  const voided = new Voided();
  for await (const page of log.readStream(activityStream(lead))) for (const event of page) voided.add(voidIn(event));
  return voided.of({ id: eventId, stream })?.reason;
}

function voiding({ eventId, stream, lead, recordedAt }: Copy) {
  const data: TouchpointInvalidated = { leadId: lead, targetEventId: eventId, targetStream: stream, reason: 'duplicate' };
  return ownEvent({
    id: decisionId('TouchpointInvalidated', eventId, stream),
    type: 'TouchpointInvalidated',
    data,
    at: recordedAt,
    by: 'archive',
  });
}
