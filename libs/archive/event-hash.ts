import { hash } from 'node:crypto';
import type { RecordedEvent } from '@leadlog/event-log';
import { withoutClear } from '@leadlog/personal';

const MODULUS = 2 ** 48;

/** An event as the archive has it: the texts are its data and metadata as JSON, in which nothing personal is in clear. */
export interface ArchivedEvent {
  event: RecordedEvent;
  data: string;
  metadata: string;
}

/** The texts are those of the log, or written again from the parsed values if the log does not keep texts. */
export function archivedForm(recorded: RecordedEvent): ArchivedEvent {
  const event = withoutClear(recorded);
  return {
    event,
    data: readable(event.dataText ?? JSON.stringify(event.data)),
    metadata: readable(event.metadataText ?? JSON.stringify(event.metadata)),
  };
}

const ESCAPES = /\\u[Dd][89ABab][\dA-Fa-f]{2}\\u[Dd][C-Fc-f][\dA-Fa-f]{2}|\\u[Dd][89A-Fa-f][\dA-Fa-f]{2}|\\[^]/g;

/**
 * A lone surrogate is valid JSON to JavaScript but not to DuckDB, where one such event would make every query fail. None is recorded any
 * more; those in old logs are shown as U+FFFD.
 */
export function readable(json: string): string {
  return /\\u[Dd]/.test(json)
    ? json.replace(ESCAPES, (escape) => (escape.length === 6 && /^\\u[Dd]/.test(escape) ? '\\ufffd' : escape))
    : json;
}

/**
 * A hash that tells whether two sets of events are equal: the sum, modulo 2^48, of the first 48 bits of the SHA-256 of each event as
 * archived. It is a sum so that the hash of a range does not depend on how the range was split. It protects against damage, not against
 * forgery.
 */
export class EventHash {
  events = 0;
  private sum = 0;

  add({ event: { position, recordedAt, id, type, stream, revision }, data, metadata }: ArchivedEvent): void {
    this.events += 1;
    const digest = hash('sha256', `${position} ${recordedAt} ${id} ${type} ${stream} ${revision}\t${data}\t${metadata}`);
    this.sum = (this.sum + parseInt(digest.slice(0, 12), 16)) % MODULUS;
  }

  digest(): string {
    return this.sum.toString(16);
  }
}

export function togetherOf(hashes: readonly string[]): string {
  return hashes.reduce((sum, one) => (sum + parseInt(one, 16)) % MODULUS, 0).toString(16);
}

/** The same hash over rows of the archive, as an SQL aggregate. */
export const HASH_OF_ROWS = `lower(to_hex((coalesce(sum(('0x' || substr(sha256(
  position || ' ' || epoch_ms(recorded_at) || ' ' || event_id || ' ' || type || ' ' || stream || ' ' || revision || chr(9) || coalesce(recorded_data, data) || chr(9) || metadata), 1, 12))::BIGINT), 0) % ${MODULUS})::BIGINT))`;
