import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { Append, NewEvent } from '@leadlog/event-log';

/** What is known of the request (or other piece of work) that is under way, wherever it has got to. */
export interface Correlated {
  correlationId: string;
}

const underWay = new AsyncLocalStorage<Correlated>();

export function correlated<T>(work: Correlated, run: () => T): T {
  return underWay.run(work, run);
}

export function correlationId(): string | undefined {
  return underWay.getStore()?.correlationId;
}

const TRACEPARENT = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/;
/** It comes back in a header, in log lines and in events, so it may hold what any of them takes as it is. */
const PLAIN = /^[\w.:+=/-]{1,128}$/;

/** The trace that the sender is in, else the id that the sender gave, else a new one. */
export function correlationIdOf(headers: Readonly<Record<string, string | string[] | undefined>>): string {
  const traced = TRACEPARENT.exec(String(headers['traceparent'] ?? ''))?.[1];
  if (traced !== undefined && !/^0+$/.test(traced)) return traced;
  for (const name of ['x-correlation-id', 'x-request-id']) {
    const given = headers[name];
    if (typeof given === 'string' && PLAIN.test(given)) return given;
  }
  return randomUUID();
}

/**
 * The same events; those that bring no correlationId have the one of the work under way. Ingestion brings it, so that most need no copy.
 */
export function withCorrelation(events: readonly NewEvent[]): readonly NewEvent[] {
  const id = correlationId();
  return id === undefined ? events : filledIn(events, id);
}

export function allWithCorrelation(appends: readonly Append[]): readonly Append[] {
  const id = correlationId();
  if (id === undefined || appends.every(({ events }) => events.every(isCorrelated))) return appends;
  return appends.map((append) => ({ ...append, events: filledIn(append.events, id) }));
}

function filledIn(events: readonly NewEvent[], id: string): readonly NewEvent[] {
  return events.every(isCorrelated)
    ? events
    : events.map((event) => (isCorrelated(event) ? event : { ...event, metadata: { ...event.metadata, correlationId: id } }));
}

const isCorrelated = ({ metadata }: NewEvent): boolean => metadata.correlationId !== undefined;
