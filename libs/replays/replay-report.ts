import { ENVELOPE, DATA_COLUMNS } from '@leadlog/archive';
import { LeadlogError } from '@leadlog/errors';
import type { Position } from '@leadlog/event-log';
import { catalogue, nearestEventType, type EventType } from '@leadlog/events';

/**
 * An event as passed to a report: only events that count (merged leads as their survivor, no voided events), with data in its current form.
 */
export interface ReplayEvent<Data = Record<string, unknown>> {
  readonly type: EventType;
  readonly position: number;
  /** Milliseconds since 1970. */
  readonly occurredAt: number;
  /** Parsed on first access. */
  readonly data: Data;
}

/**
 * A fold in one file, run over all of history: `export default { … } satisfies ReplayReport`. Events come in the order of their
 * positions for each key; keys are spread over threads, so a state must use nothing but its own events.
 */
export interface ReplayReport<State = unknown> {
  name: string;
  /** Types of events that are folded. */
  handles: readonly EventType[];
  /** Column of the archive whose value is the key of an event; events without a value are skipped. */
  key: string;
  initial(key: string): State;
  /** May change `state`, and returns it. */
  evolve(state: State, event: ReplayEvent): State;
  /** The row for a key; undefined for none. Default: the state itself. Must depend only on its arguments. */
  row?(state: State, key: string): Record<string, unknown> | undefined;
}

export interface ReplaySpan {
  /** Days on which events happened, YYYY-MM-DD; `to` is not included. */
  from?: string;
  to?: string;
  /** Only events up to this position, with the corrections known there. */
  until: Position;
}

export class WrongReplay extends LeadlogError {
  readonly kind = 'invalid';
}

const KEYS = [...ENVELOPE, ...DATA_COLUMNS].filter(({ type }) => type === 'VARCHAR').map(({ name }) => name);

/** Throws WrongReplay that says what was expected. */
export function checkReplay(report: Partial<ReplayReport> | undefined): asserts report is ReplayReport {
  const wrong = (what: string): never => {
    throw new WrongReplay(`the report ${what}`);
  };
  if (typeof report !== 'object' || report === null)
    return wrong('has no default export; expected export default { name, handles, key, initial, evolve }');
  if (typeof report.name !== 'string') wrong(`has no name; expected name: 'a-text'`);
  if (!Array.isArray(report.handles) || report.handles.length === 0) wrong('handles nothing; expected handles: [names of event types]');
  const unknown = (report.handles as readonly string[]).find((type) => !catalogue.has(type));
  if (unknown !== undefined) wrong(`handles ${unknown}, which is not an event type; the nearest is ${nearestEventType(unknown)}`);
  if (!KEYS.includes(report.key as string)) wrong(`has the key ${JSON.stringify(report.key)}; expected one of ${KEYS.join(', ')}`);
  if (typeof report.initial !== 'function' || typeof report.evolve !== 'function')
    wrong('cannot fold; expected functions initial(key) and evolve(state, event)');
  const waits = (['initial', 'evolve', 'row'] as const).find((one) => report[one]?.constructor.name === 'AsyncFunction');
  if (waits) wrong(`has an async ${waits}; expected synchronous functions`);
}
