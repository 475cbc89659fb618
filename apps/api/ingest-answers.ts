import { START, type Position } from '@leadlog/event-log';
import type { IngestResult } from '@leadlog/lead';

/** A result on the wire. */
export const asJson = (result: IngestResult): object => (result.result === 'rejected' ? result : { ...result, position: String(result.position) });

/** Counts results as they come. */
export class Tally {
  private accepted = 0;
  private duplicates = 0;
  private conflicts = 0;
  private rejected = 0;
  private position: Position = START;

  add(result: IngestResult): void {
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

  /** `position`: a read model that has passed it has everything of the request; left out when nothing went in. */
  summary() {
    const { accepted, duplicates, conflicts, rejected, position } = this;
    return { accepted, duplicates, ...(conflicts > 0 && { conflicts }), rejected, ...(position > START && { position: String(position) }) };
  }
}
