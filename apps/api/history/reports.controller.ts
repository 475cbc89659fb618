import { Body, Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Answers, AnswersOrFile } from '../answer-schemas';
import { GetReport, GetResult, KeepReport, ListReports, ListResults, RunReport } from './reports.handlers';
import { refuseWithout } from '../access/require-access';
import { askerOf } from './asker-of';
import { hungUp } from '../requests/hung-up';
import { answeredWith, document, MEDIA_TYPES } from './sent-files';
import { ReportBody } from './sql.dto';
import { KeptResult, KeptResultList, ReportAnswer, ReportList, ReportWithSql } from './history.answers';

@ApiTags('reports')
@Controller('v1/reports')
export class ReportsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @ApiOperation({
    summary:
      'List reports and their parameters; for scheduled ones, when the last was made, when the next is due, and what failed since; `wrong`: files that are not reports, and why',
  })
  @Answers(ReportList)
  async list() {
    const { reports, wrong } = await this.queries.execute(new ListReports());
    return { items: reports, wrong };
  }

  @Get(':name')
  @ApiOperation({ summary: 'One report, with its SQL' })
  @Answers(ReportWithSql)
  show(@Param('name') name: string) {
    return this.queries.execute(new GetReport(name));
  }

  @Post(':name/run')
  @HttpCode(200)
  @ApiOperation({ summary: 'Run the report on all of history up to now; with `keep`, the answer is kept with its position' })
  @AnswersOrFile(ReportAnswer, Object.values(MEDIA_TYPES))
  async run(
    @Param('name') name: string,
    @Body() { keep, format, ...body }: ReportBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const asker = askerOf(request);
    const asked = { ...body, name };
    if (keep) return document(await this.commands.execute(new KeepReport(asked, asker, hungUp(reply))));
    return answeredWith(await this.queries.execute(new RunReport({ ...asked, format }, asker, hungUp(reply))), format, reply);
  }

  @Get(':name/results')
  @ApiOperation({ summary: 'List kept answers, newest first' })
  @Answers(KeptResultList)
  async kept(@Param('name') name: string) {
    return { items: await this.queries.execute(new ListResults(name)) };
  }

  @Get(':name/results/:id')
  @ApiOperation({ summary: 'One kept answer; one in which something personal may be needs the permission `personal`' })
  @Answers(KeptResult)
  async result(@Param('name') name: string, @Param('id') id: string, @Req() request: FastifyRequest) {
    const { file, personal } = await this.queries.execute(new GetResult(name, id));
    if (personal) refuseWithout('personal', request);
    return document(file);
  }
}
