export { appendAll } from './append-all';
export { appendAt, decideOn, readState } from './decide';
export type { Decided, Decision, Fold, ReadState } from './decide';
export {
  EVENT_LOG,
  EventTooLarge,
  LogOverloaded,
  LogUnavailable,
  MAX_EVENT_BYTES,
  matches,
  OutcomeUnknown,
  START,
  WrongExpectedRevision,
} from './log';
export { LogOver } from './log-over';
export type {
  Actor,
  Append,
  Appended,
  AppendError,
  AppendOutcome,
  EventFilter,
  EventLog,
  EventMetadata,
  EventPlace,
  ExpectedRevision,
  LogSlice,
  NewEvent,
  Position,
  ReadOptions,
  ReadStreamOptions,
  RecordedEvent,
  SubscribeOptions,
} from './log';
