import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { VIEWS } from '@leadlog/archive';
import { KeptReplays, viewOf } from '@leadlog/replays';
import { Answers, AnswersOrFile } from '../answer-schemas';
import { MEDIA_TYPES, SqlQuestions } from './sql-questions';
import { SqlBody } from './sql.dto';
import { OneQuestion, QuestionList, SqlAnswer, TakenBack, ViewList } from './history.answers';

@ApiTags('sql')
@Controller('v1/sql')
export class SqlController {
  constructor(
    private readonly questions: SqlQuestions,
    @Inject(KeptReplays) private readonly replays: KeptReplays,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Run one SELECT over all of history: read-only, bounded in time, memory and rows' })
  @AnswersOrFile(SqlAnswer, Object.values(MEDIA_TYPES))
  ask(@Body() body: SqlBody, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.questions.ask(body, reply);
  }

  @Get('questions')
  @ApiOperation({ summary: 'List questions that this API is still answering, including those of reports, with their progress' })
  @Answers(QuestionList)
  underWay() {
    return { items: this.questions.all() };
  }

  @Get('questions/:id')
  @ApiOperation({ summary: 'Progress of the question with this questionId' })
  @Answers(OneQuestion)
  question(@Param('id') id: string) {
    return this.questions.one(id);
  }

  @Delete('questions/:id')
  @ApiOperation({ summary: 'Cancel a question; whoever asked it is answered 422' })
  @Answers(TakenBack)
  takeBack(@Param('id') id: string) {
    this.questions.takeBack(id);
    return { id, state: 'taken back' };
  }

  @Get('views')
  @ApiOperation({ summary: 'List the views of SQL with their columns, including kept replays' })
  @Answers(ViewList)
  views(): ViewList {
    return {
      items: [...VIEWS, ...this.replays.all().map(viewOf)]
        .filter(({ internal }) => !internal)
        .map(({ name, says, columns }) => ({ name, says, columns: [...columns] })),
    };
  }
}
