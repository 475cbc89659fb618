import { Body, Controller, Get, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { JOBS, type Jobs } from '@leadlog/jobs';
import { parametersOf, ReportFiles, ReportResults, scheduledRuns, type Report } from '@leadlog/reports';
import type { JsonValue } from '@leadlog/sql';
import { CLOCK, type Clock } from '@leadlog/time';
import { notKnown } from '../problem-details';
import { Answers, AnswersOrFile } from '../answer-schemas';
import { JSON_TYPE, MEDIA_TYPES, sent, SqlQuestions } from './sql-questions';
import { ReportBody } from './sql.dto';
import { KeptResult, KeptResultList, ReportAnswer, ReportList, ReportWithSql } from './history.answers';

/** Injection token: IANA name of the tenant's time zone, on whose clock schedules are. */
export const TIMEZONE = 'Timezone';

@ApiTags('reports')
@Controller('v1/reports')
export class ReportsController {
  constructor(
    private readonly questions: SqlQuestions,
    @Inject(ReportFiles) private readonly files: ReportFiles,
    @Inject(ReportResults) readonly results: ReportResults,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(JOBS) readonly jobs: Jobs,
    @Inject(TIMEZONE) readonly timezone: string,
  ) {}

  @Get()
  @ApiOperation({
    summary:
      'List reports and their parameters; for scheduled ones, when the last was made, when the next is due, and what failed since; `wrong`: files that are not reports, and why',
  })
  @Answers(ReportList)
  async list() {
    const { reports, wrong } = this.files.all();
    const runs = await this.runsOf(reports);
    return { items: reports.map(({ sql: _, ...report }) => ({ ...report, ...runs(report.name) })), wrong };
  }

  @Get(':name')
  @ApiOperation({ summary: 'One report, with its SQL' })
  @Answers(ReportWithSql)
  async show(@Param('name') name: string) {
    const report = this.files.get(name);
    return { ...report, ...(await this.runsOf([report]))(name) };
  }

  @Post(':name/run')
  @HttpCode(200)
  @ApiOperation({ summary: 'Run the report on all of history up to now; with `keep`, the answer is kept with its position' })
  @AnswersOrFile(ReportAnswer, Object.values(MEDIA_TYPES))
  async run(
    @Param('name') name: string,
    @Body() { parameters: given = {}, keep, ...asked }: ReportBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const report = this.files.get(name);
    const parameters = parametersOf(report, given);
    const { title, chart } = report;
    if (!keep)
      return this.questions.ask({ ...asked, sql: report.sql, parameters }, reply, {
        report: name,
        title,
        ...(chart && { chart: chart as unknown as JsonValue }),
        parameters,
      });
    const answer = await this.questions.answer({ ...asked, format: 'json', sql: report.sql, parameters }, reply);
    const kept = await this.results.keep(
      { report: name, madeAt: new Date(this.clock()).toISOString(), parameters, ...(asked.asOf !== undefined && { asOf: asked.asOf }) },
      answer.file,
    );
    return sent(this.results.fileOf(name, kept.id)!, { type: JSON_TYPE });
  }

  @Get(':name/results')
  @ApiOperation({ summary: 'List kept answers, newest first' })
  @Answers(KeptResultList)
  kept(@Param('name') name: string) {
    this.files.get(name);
    return { items: this.results.of(name) };
  }

  @Get(':name/results/:id')
  @ApiOperation({ summary: 'One kept answer' })
  @Answers(KeptResult)
  result(@Param('name') name: string, @Param('id') id: string) {
    this.files.get(name);
    const file = this.results.fileOf(name, id);
    if (!file) throw notKnown('/id', `a result of report ${name} (GET /v1/reports/${name}/results lists them)`, id);
    return sent(file, { type: JSON_TYPE });
  }

  private async runsOf(reports: readonly Report[]) {
    const found = await scheduledRuns(reports, this, this.clock());
    return (name: string) => found.has(name) && { runs: found.get(name) };
  }
}
