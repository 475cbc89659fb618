import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { RecordedEvent } from '@leadlog/event-log';
import { limitOf, wholeNumber } from '../query-parameters';
import { Answers } from '../answer-schemas';
import { LogHead, Stream } from '../operating/operating.answers';
import { ReadLog } from './log.handlers';

/** The log as it is: for operators and the curious. */
@ApiTags('log')
@Controller('v1/log')
export class LogController {
  constructor(private readonly queries: QueryBus) {}

  @Get('head')
  @ApiOperation({ summary: 'Position of the last event' })
  @Answers(LogHead)
  async head(): Promise<LogHead> {
    const { through } = await this.queries.execute(new ReadLog());
    return { position: String(through) };
  }

  @Get('streams/:stream')
  @ApiOperation({ summary: 'The events of one stream, by revision' })
  @ApiQuery({ name: 'from', required: false, type: 'integer', description: 'first revision (0)' })
  @ApiQuery({ name: 'limit', required: false, type: 'integer', description: 'at most so many, 1 to 1000 (100)' })
  @Answers(Stream)
  async stream(@Param('stream') stream: string, @Query('from') from?: string, @Query('limit') limit?: string) {
    const range = { from: BigInt(wholeNumber('from', from, 0, 0, Number.MAX_SAFE_INTEGER)), limit: limitOf(limit, 100, 1_000) };
    const { events, through } = await this.queries.execute(new ReadLog(stream, range));
    return { items: events.map(asJson), position: String(through) };
  }
}

function asJson({ id, type, stream, revision, position, recordedAt, data, metadata }: RecordedEvent) {
  return {
    id,
    type,
    stream,
    revision: String(revision),
    position: String(position),
    recordedAt: new Date(recordedAt).toISOString(),
    data,
    metadata,
  };
}
