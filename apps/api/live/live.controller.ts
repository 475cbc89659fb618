import { Controller, Get, Headers, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LiveChanges } from './live.answers';
import { EVENT_STREAM, LiveStreams } from './live-streams';

const LAST_ID = 'The id of the last message that was read: what came after it is told';

@ApiTags('live')
@Controller('v1/live')
export class LiveController {
  constructor(private readonly streams: LiveStreams) {}

  @Get()
  @ApiOperation({
    summary: 'What changes, as it does (server-sent events): open, changed, reset',
    description:
      'The data of each event is LiveChanges. `open` comes first; `changed` names kinds of things, and ids where they are known; after `reset` everything that was read is to be read anew. A comment comes every 15 s. Ends when the key is revoked or the session ends.',
  })
  @ApiHeader({ name: 'last-event-id', required: false, description: LAST_ID })
  @ApiQuery({ name: 'lastEventId', required: false, description: `${LAST_ID}; for a browser, which sends no header of its own at first` })
  @ApiResponse({
    status: 200,
    description: 'A stream that does not end by itself',
    content: { 'text/event-stream': { schema: { type: 'string' }, 'x-data': { schema: LiveChanges as never } } as never },
  })
  async stream(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Query('lastEventId') lastEventId?: string,
    @Headers('last-event-id') header?: string,
  ): Promise<void> {
    // That there is one; it has no end, so it cannot be given without it.
    if (request.method === 'HEAD') return void reply.header('content-type', EVENT_STREAM).send();
    await this.streams.answer(request, reply, header ?? lastEventId);
  }
}
