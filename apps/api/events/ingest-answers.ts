import { START, type Position } from '@leadlog/event-log';
import type { IngestResult } from '@leadlog/ingestion';

/**
 * Bytes of errors in one answer. A client that has a file of nothing but wrong lines has one thing wrong, and what says so must not be
 * larger than the memory that it is kept in: four bytes (`{}` and a line feed) make 700 of errors.
 */
const MOST_ERROR_BYTES = 1_048_576;

/** A result on the wire. */
export const asJson = (result: IngestResult): object =>
  result.result === 'rejected' ? result : { ...result, position: String(result.position) };

/** The same of a line; it is made of every event, so at once. */
const ofLine = (line: number, result: IngestResult): object =>
  result.result === 'rejected' ? { line, ...result } : { line, ...result, position: String(result.position) };

/** Counts results as they come, and gives each its line of the answer. */
export class Tally {
  private accepted = 0;
  private duplicates = 0;
  private conflicts = 0;
  private rejected = 0;
  private position: Position = START;
  private errorBytes = 0;
  private withoutErrors = 0;

  constructor(private readonly mostErrorBytes = MOST_ERROR_BYTES) {}

  /** As JSON. Once the errors told take as much room as they may, the others of the request are only said to be rejected, and counted. */
  told(line: number, result: IngestResult): string {
    this.add(result);
    if (!('errors' in result)) return JSON.stringify(ofLine(line, result));
    if (this.errorBytes < this.mostErrorBytes) {
      const text = JSON.stringify(ofLine(line, result));
      this.errorBytes += text.length;
      return text;
    }
    this.withoutErrors++;
    return JSON.stringify({ ...ofLine(line, result), errors: undefined });
  }

  private add(result: IngestResult): void {
    switch (result.result) {
      case 'accepted':
        this.accepted++;
        break;
      case 'duplicate':
        this.duplicates++;
        break;
      case 'conflict':
        this.conflicts++;
        break;
      case 'rejected':
        this.rejected++;
        return;
    }
    if (result.position > this.position) this.position = result.position;
  }

  /**
   * `position`: a read model that has passed it has everything of the request; left out when nothing went in. `withoutErrors`: so many of
   * the
   * rejected are told without why.
   */
  summary() {
    const { accepted, duplicates, conflicts, rejected, position, withoutErrors } = this;
    return {
      accepted,
      duplicates,
      ...(conflicts > 0 && { conflicts }),
      rejected,
      ...(withoutErrors > 0 && { withoutErrors }),
      ...(position > START && { position: String(position) }),
    };
  }
}
