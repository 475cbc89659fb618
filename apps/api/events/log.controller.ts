import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { EVENT_LOG, type EventLog, type RecordedEvent } from '@leadlog/event-log';
import { limitOf, wholeNumber } from '../paging';
import { Answers } from '../answer-schemas';
import { LogHead, Stream } from '../operating/operating.answers';

/** The log as it is: for operators and the curious. */
@ApiTags('log')
@Controller('v1/log')
export class LogController {
  constructor(@Inject(EVENT_LOG) private readonly log: EventLog) {}

  @Get('head')
  @ApiOperation({ summary: 'Position of the last event' })
  @Answers(LogHead)
  async head(): Promise<LogHead> {
    return { position: String(await this.log.head()) };
  }

  @Get('streams/:stream')
  @ApiOperation({ summary: 'The events of one stream, by revision' })
  @ApiQuery({ name: 'from', required: false, type: 'integer', description: 'first revision (0)' })
  @ApiQuery({ name: 'limit', required: false, type: 'integer', description: 'at most so many, 1 to 1000 (100)' })
  @Answers(Stream)
  async stream(@Param('stream') stream: string, @Query('from') from?: string, @Query('limit') limit?: string) {
    const position = String(await this.log.head());
    const items: unknown[] = [];
    const options = { from: BigInt(wholeNumber('from', from, 0, 0, Number.MAX_SAFE_INTEGER)), limit: limitOf(limit, 100, 1_000) };
    for await (const page of this.log.readStream(stream, options)) items.push(...page.map(asJson));
    return { items, position };
  }
}

function asJson({ id, type, stream, revision, position, recordedAt, data, metadata }: RecordedEvent) {
  return { id, type, stream, revision: String(revision), position: String(position), recordedAt: new Date(recordedAt).toISOString(), data, metadata };
}
