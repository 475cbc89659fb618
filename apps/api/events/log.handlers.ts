import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { EVENT_LOG, type EventLog, type Position, type RecordedEvent } from '@leadlog/event-log';

/** Events of one stream by revision, and the position of the last event of the log; with `limit` 0 that position alone. */
export class ReadLog extends Query<{ events: RecordedEvent[]; through: Position }> {
  constructor(
    readonly stream = '',
    readonly range: { from: bigint; limit: number } = { from: 0n, limit: 0 },
  ) {
    super();
  }
}

@QueryHandler(ReadLog)
export class ReadLogHandler implements IQueryHandler<ReadLog> {
  constructor(@Inject(EVENT_LOG) private readonly log: EventLog) {}

  async execute({ stream, range }: ReadLog) {
    const through = await this.log.head();
    const events: RecordedEvent[] = [];
    if (range.limit > 0) for await (const page of this.log.readStream(stream, range)) events.push(...page);
    return { events, through };
  }
}
