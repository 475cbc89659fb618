import { eventIdOf, type FieldError } from '@leadlog/events';
import { admit, parseLine } from '@leadlog/ingestion';
import type { Line } from './send-events';

export interface DryRun {
  /** Events by type, with the first and the last day of each. */
  types: { type: string; events: number; from: string; to: string; first: object }[];
  events: number;
  rejected: number;
  /** Ids that came before in the file: they would count as duplicates. */
  repeated: { events: number; rows: number[] };
}

const ROWS_SHOWN = 5;

/** Judges every event as the API would, but for what only the log knows, and sends nothing. */
export async function dryRun(lines: AsyncIterable<Line>, rejected: (row: number, errors: readonly FieldError[]) => void): Promise<DryRun> {
  const types = new Map<string, DryRun['types'][number]>();
  const ids = new Set<string>();
  const run: DryRun = { types: [], events: 0, rejected: 0, repeated: { events: 0, rows: [] } };
  const latest = Date.now() + 300_000;
  for await (const { row, text } of lines) {
    const parsed = parseLine(text);
    const admitted = parsed.ok ? admit(parsed.event, latest) : parsed.errors;
    if (!parsed.ok || !('eventId' in admitted)) {
      run.rejected += 1;
      rejected(row, admitted as readonly FieldError[]);
      continue;
    }
    const { event } = parsed;
    const id = eventIdOf(event.source, event.id);
    if (ids.has(id)) {
      run.repeated.events += 1;
      if (run.repeated.rows.length < ROWS_SHOWN) run.repeated.rows.push(row);
      continue;
    }
    ids.add(id);
    run.events += 1;
    const known = types.get(event.type);
    if (!known) types.set(event.type, { type: event.type, events: 1, from: event.time, to: event.time, first: JSON.parse(text) as object });
    else {
      known.events += 1;
      if (Date.parse(event.time) < Date.parse(known.from)) known.from = event.time;
      if (Date.parse(event.time) > Date.parse(known.to)) known.to = event.time;
    }
  }
  run.types = [...types.values()];
  return run;
}
