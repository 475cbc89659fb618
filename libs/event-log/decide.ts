import pRetry from 'p-retry';
import { WrongExpectedRevision, type EventLog, type NewEvent, type Position, type RecordedEvent } from './log';

/** About a second and a half. */
const RETRIES = 30;

/** How the events of a stream become a state. `evolve` may change the given state. */
export interface Fold<State> {
  initial: () => State;
  evolve: (state: State, event: RecordedEvent) => State;
}

/** A stream as read. */
export interface ReadState<State> {
  state: State;
  /** Revision of its last event. */
  revision: bigint | 'no-stream';
  /** Position of an event in the stream, by its id. */
  positions: ReadonlyMap<string, Position>;
}

/** `append` must hold at least one event; `done`: the position of the same decision, made before. */
export type Decision<Refusal> = { append: readonly NewEvent[] } | { done: Position } | { refused: Refusal };

export type Decided<Refusal> = { ok: true; position: Position; repeated: boolean } | ({ ok: false } & Refusal);

export async function readState<State>(log: EventLog, stream: string, { initial, evolve }: Fold<State>): Promise<ReadState<State>> {
  const positions = new Map<string, Position>();
  let state = initial();
  let revision: bigint | 'no-stream' = 'no-stream';
  for await (const page of log.readStream(stream)) {
    for (const event of page) {
      state = evolve(state, event);
      revision = event.revision;
      positions.set(event.id, event.position);
    }
  }
  return { state, revision, positions };
}

/** Appends at the revision on which the decision was based; undefined if another writer was faster. Rejects with any other AppendError. */
export async function appendAt(
  log: EventLog,
  stream: string,
  events: readonly NewEvent[],
  revision: bigint | 'no-stream',
): Promise<Position | undefined> {
  try {
    return (await log.append(stream, events, { expected: revision })).position;
  } catch (error) {
    if (isFaster(error)) return undefined;
    throw error;
  }
}

/**
 * The one way to decide on a stream: load, fold, decide, append at that revision, and decide again if another writer was faster. So
 * `decide` may run
 * several times and must have no side effects. A decision whose first event the stream already holds is a repeat. Rejects with an
 * AppendError; with a WrongExpectedRevision only if others were faster for over a second.
 *
 *     const answer = await decideOn(log, `deal-${dealId}`, deal, ({ state }) => (state.won ? { refused: { got: 'won' } } : { append: [lost] }));
 */
export function decideOn<State, Refusal extends object>(
  log: EventLog,
  stream: string,
  fold: Fold<State>,
  decide: (read: ReadState<State>) => Decision<Refusal> | Promise<Decision<Refusal>>,
): Promise<Decided<Refusal>> {
  const attempt = async (): Promise<Decided<Refusal>> => {
    const read = await readState(log, stream, fold);
    const decision = await decide(read);
    if ('refused' in decision) return { ok: false, ...decision.refused };
    if ('done' in decision) return { ok: true, position: decision.done, repeated: true };
    const repeated = read.positions.get(decision.append[0]!.id);
    if (repeated !== undefined) return { ok: true, position: repeated, repeated: true };
    const { position } = await log.append(stream, decision.append, { expected: read.revision });
    return { ok: true, position, repeated: false };
  };
  return pRetry(attempt, {
    retries: RETRIES,
    minTimeout: 1,
    maxTimeout: 50,
    randomize: true,
    onFailedAttempt: (error) => {
      if (!isFaster(error)) throw error;
    },
  });
}

const isFaster = (error: unknown): boolean => error instanceof WrongExpectedRevision;
