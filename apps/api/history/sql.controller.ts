import { Body, Controller, Delete, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SqlFormat } from '@leadlog/sql';
import { refuseWithout } from '../access/require-access';
import { Answers, AnswersOrFile } from '../answer-schemas';
import { refused } from '../problem-details';
import { askerOf } from './asker-of';
import { hungUp } from '../requests/hung-up';
import { AskNamedSql, MOST_NAMED } from './named-sql.handlers';
import { answeredInMemory, answeredWith, MEDIA_TYPES } from './sent-files';
import { AskSql, CancelQuestion, GetQuestion, ListQuestions, ListViews } from './sql.handlers';
import { SqlBody } from './sql.dto';
import { OneQuestion, QuestionList, SqlAnswer, CancelledQuestion, ViewList } from './history.answers';

@ApiTags('sql')
@Controller('v1/sql')
export class SqlController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Run one SELECT over all of history: read-only, bounded in time, memory and rows' })
  @AnswersOrFile(SqlAnswer, Object.values(MEDIA_TYPES))
  async ask(@Body() { names, format, ...body }: SqlBody, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const [asker, signal] = [askerOf(request), hungUp(reply)];
    if (!names) return answeredWith(await this.queries.execute(new AskSql({ ...body, format }, asker, signal)), format, reply);
    refuseWithout('personal', request);
    refuseFile(format, body.limit);
    return answeredInMemory(await this.queries.execute(new AskNamedSql(body, asker, signal)), reply);
  }

  @Get('questions')
  @ApiOperation({
    summary:
      'List your questions that this API is still answering, including those of reports, with their progress; an owner sees those of all',
  })
  @Answers(QuestionList)
  async underWay(@Req() request: FastifyRequest) {
    return { items: await this.queries.execute(new ListQuestions(askerOf(request))) };
  }

  @Get('questions/:id')
  @ApiOperation({ summary: 'Progress of your question with this questionId' })
  @Answers(OneQuestion)
  question(@Param('id') id: string, @Req() request: FastifyRequest) {
    return this.queries.execute(new GetQuestion(id, askerOf(request)));
  }

  @Delete('questions/:id')
  @ApiOperation({ summary: 'Cancel a question; whoever asked it is answered 422' })
  @Answers(CancelledQuestion)
  async cancel(@Param('id') id: string, @Req() request: FastifyRequest) {
    await this.commands.execute(new CancelQuestion(id, askerOf(request)));
    return { id, state: 'cancelled' };
  }

  @Get('views')
  @ApiOperation({ summary: 'List the views of SQL with their columns, including kept replays' })
  @Answers(ViewList)
  async views() {
    return { items: await this.queries.execute(new ListViews()) };
  }
}

/** Names are for looking at, not for taking away. */
function refuseFile(format: SqlFormat = 'json', limit = MOST_NAMED): void {
  if (format !== 'json') throw refused(400, '/format', 'json: no file has names', format);
  if (limit > MOST_NAMED) throw refused(400, '/limit', `at most ${MOST_NAMED} with names`, String(limit));
}
