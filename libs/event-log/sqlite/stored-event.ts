import type { EventMetadata, RecordedEvent } from '../log';
import { canonical, type Row, type StreamName } from './log-connection';

/** An event backed by its row. Data and metadata are parsed on first access, so a fold that skips a type does not pay for parsing it. */
export class StoredEvent implements RecordedEvent {
  readonly position: bigint;
  private canonicalId: string | undefined;
  private parsedData: unknown;
  private parsedMetadata: EventMetadata | undefined;

  constructor(
    private readonly row: Row,
    private readonly of: StreamName,
  ) {
    this.position = BigInt(row[0]);
  }

  get stream(): string {
    return this.of.name;
  }
  get streamSubject(): string {
    return this.of.subject;
  }
  get id(): string {
    return (this.canonicalId ??= canonical(this.row[1]));
  }
  get revision(): bigint {
    return BigInt(this.row[3]);
  }
  get type(): string {
    return this.row[4];
  }
  get recordedAt(): number {
    return this.row[5];
  }
  get occurredAt(): number {
    return this.row[6];
  }
  get data(): unknown {
    return (this.parsedData ??= JSON.parse(this.row[7]));
  }
  get dataText(): string {
    return this.row[7];
  }
  get metadataText(): string {
    return this.row[8];
  }
  mayHave(member: string): boolean {
    // JSON contains a name verbatim; no member name has characters that JSON escapes (quotes, backslashes, control characters).
    return this.parsedData !== undefined || this.row[7].includes(member);
  }
  get metadata(): EventMetadata {
    return (this.parsedMetadata ??= JSON.parse(this.row[8]) as EventMetadata);
  }
}
