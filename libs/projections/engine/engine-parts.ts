import type { EventLog, RecordedEvent } from '@leadlog/event-log';
import type { ReadModelStore } from '../store';
import type { ProgressBoard } from './progress';
import type { Retry } from './retry';

/** What following and building need of the engine. */
export interface EngineParts {
  log: EventLog;
  store: ReadModelStore;
  clock: () => number;
  /** Under which the slices of the folds were taken. */
  epoch: number;
  decode: (event: RecordedEvent) => RecordedEvent;
  /** Types of events that any projection of this program folds. */
  handled: ReadonlySet<string>;
  retry: Retry;
  board: ProgressBoard;
  failed: (error: unknown) => void;
}
