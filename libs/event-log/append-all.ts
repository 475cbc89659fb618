import { START, type Append, type EventLog, type Position } from './log';

/**
 * Many appends that must all succeed. Returns the position of the last. Rejects with the AppendError of the first that failed; others may
 * be in the log by then, so repeating it must be safe: `await appendAll(log, leadIds.map(released))`.
 */
export async function appendAll(log: EventLog, appends: readonly Append[]): Promise<Position> {
  let last = START;
  for (const outcome of await log.appendMany(appends)) {
    if (!outcome.ok) throw outcome.error;
    if (outcome.value.position > last) last = outcome.value.position;
  }
  return last;
}
