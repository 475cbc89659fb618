import { Body, Controller, Get, HttpCode, Inject, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { KeptReplays, VIEWS, viewOf } from '@leadlog/reports';
import { MEDIA_TYPES, SqlQuestions } from './sql-questions';
import { SqlBody } from './sql.dto';

@ApiTags('sql')
@Controller('v1/sql')
export class SqlController {
  constructor(
    private readonly questions: SqlQuestions,
    @Inject(KeptReplays) private readonly replays: KeptReplays,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'One SELECT over all of history: read only, bounded in time, memory and rows' })
  @ApiProduces('application/json', ...Object.values(MEDIA_TYPES))
  ask(@Body() body: SqlBody, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.questions.ask(body, reply);
  }

  @Get('views')
  @ApiOperation({ summary: 'The views that SQL sees, column by column; also the replays that are kept' })
  views() {
    return { items: [...VIEWS, ...this.replays.all().map(viewOf)].filter(({ internal }) => !internal).map(({ name, says, columns }) => ({ name, says, columns })) };
  }
}
