import { randomUUID } from 'node:crypto';
import { ANY, EventStoreDBClient, jsonEvent, type EventData } from '@eventstore/db-client';
import type { NewEvent } from '@leadlog/event-log';
import { EventStoreDbEventLog } from '@leadlog/event-log/eventstoredb/eventstoredb-event-log';
import { perSecond, quantile, round, type Bench } from '../result';
import { logServer } from '../servers';

const CALLERS = 64;
/** One after another by each caller in a round, over streams of some ten events, as those of leads are. */
const APPENDS = 160;
const STREAMS = 16;
const ROUNDS = 10;

type Side = { ms: number; latencies: number[]; append: (stream: string, event: NewEvent) => Promise<unknown> };

/** Single appends through our log and through the bare client, in turns, on the same server, a process of its own. */
export const runAppendClient: Bench = async () => {
  const server = await logServer();
  const log = EventStoreDbEventLog.open({ url: server.url, namespace: `${server.namespace}.` });
  const client = EventStoreDBClient.connectionString(server.url);
  const ours: Side = { ms: 0, latencies: [], append: (stream, event) => log.append(stream, [event], { expected: 'any' }) };
  const bare: Side = {
    ms: 0,
    latencies: [],
    append: (stream, event) =>
      client.appendToStream(`${server.namespace}-bare-${stream}`, jsonEvent(event as never) as EventData, { expectedRevision: ANY }),
  };
  // The first round warms both up and is not counted.
  for (let turn = 0; turn <= ROUNDS; turn += 1) for (const side of turn % 2 ? [ours, bare] : [bare, ours]) await runRound(side, turn > 0);
  await log.close();
  await client.dispose();
  await server.end();
  const figures = ({ ms, latencies }: Side) => {
    latencies.sort((a, b) => a - b);
    return {
      'appends/s': perSecond(latencies.length, ms),
      'median ms': round(quantile(latencies, 0.5)),
      'p99 ms': round(quantile(latencies, 0.99)),
    };
  };
  return {
    name: 'append-client',
    workload: `single appends of some 500 bytes, ${CALLERS} callers, ${CALLERS * STREAMS} new streams of ${APPENDS / STREAMS} events a round, ${ROUNDS} rounds in turns with the bare client, on ${server.is}`,
    figures: figures(ours),
    baseline: figures(bare),
    ratio: round(bare.ms / ours.ms),
  };
};

async function runRound(side: Side, counted: boolean): Promise<void> {
  const name = randomUUID();
  const events = Array.from({ length: CALLERS }, () => Array.from({ length: APPENDS }, newEvent));
  const began = performance.now();
  await Promise.all(
    events.map(async (mine, caller) => {
      for (const [n, event] of mine.entries()) {
        const sent = performance.now();
        await side.append(`lead-${name}-${caller}-${n % STREAMS}`, event);
        if (counted) side.latencies.push(performance.now() - sent);
      }
    }),
  );
  if (counted) side.ms += performance.now() - began;
}

function newEvent(): NewEvent {
  const id = randomUUID();
  return {
    id,
    type: 'WebPageViewed',
    data: {
      url: `https://www.leadlog.example/products/${id.slice(0, 4)}?utm_source=newsletter&utm_campaign=autumn`,
      category: 'product',
      dwellMs: 12_000,
    },
    metadata: {
      occurredAt: '2026-04-01T09:00:00+09:00',
      source: '/web',
      sourceId: id,
      initiator: 'customer',
      actor: { kind: 'system', id: 'web' },
      schemaVersion: 1,
    },
  };
}
