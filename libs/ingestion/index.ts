export { admit } from './admit';
export { asImported, isBinaryMode, parseBatch, parseBinary, parseLine, parseStructured, withoutMark } from './cloudevents';
export type { IncomingEvent, ParsedEvent } from './cloudevents';
export { Ingestion, IngestionUnavailable } from './ingestion';
export type { IngestionOptions, IngestResult, ResolvedEvents } from './ingestion';
export { brokenLine, MAX_LINE_BYTES, NdjsonLines } from './ndjson';
export type { NdjsonLine } from './ndjson';
export { parseSubject } from './subject';
