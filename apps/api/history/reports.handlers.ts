import { Inject, Injectable } from '@nestjs/common';
import { Command, CommandHandler, Query, QueryBus, QueryHandler, type ICommandHandler, type IQueryHandler } from '@nestjs/cqrs';
import { LeadlogError } from '@leadlog/errors';
import { shown } from '@leadlog/events';
import { JOBS, type Jobs } from '@leadlog/jobs';
import { parametersOf, ReportFiles, ReportResults, scheduledRuns, type Report, type ScheduledRuns } from '@leadlog/reports';
import type { AnswerFile, JsonValue, SqlParameter } from '@leadlog/sql';
import { CLOCK, type Clock } from '@leadlog/time';
import { AskSql, type Asker, type SqlAsked } from './sql.handlers';

/** Injection token: IANA name of the tenant's time zone, on whose clock schedules are. */
export const TIMEZONE = 'Timezone';

/** What a report is asked with, in place of its SQL. */
export interface ReportAsked extends Omit<SqlAsked, 'sql' | 'parameters' | 'about'> {
  name: string;
  parameters?: Readonly<Record<string, SqlParameter>>;
}

/** With how their schedules stand; `wrong`: files that are no reports. Rejects as the jobs do. */
export class ListReports extends Query<{
  reports: (Omit<Report, 'sql'> & { runs?: ScheduledRuns })[];
  wrong: { name: string; problem: string }[];
}> {}

/** Rejects with UnknownReport and as the jobs do. */
export class GetReport extends Query<Report & { runs?: ScheduledRuns }> {
  constructor(readonly name: string) {
    super();
  }
}

/** Rejects with UnknownReport, WrongParameter, and as AskSql does. */
export class RunReport extends Query<AnswerFile> {
  constructor(
    readonly asked: ReportAsked,
    readonly asker: Asker,
    readonly signal: AbortSignal,
  ) {
    super();
  }
}

/** Runs it and keeps the answer; gives the file that it is kept in. Rejects as RunReport does. */
export class KeepReport extends Command<string> {
  constructor(
    readonly asked: Omit<ReportAsked, 'format'>,
    readonly asker: Asker,
    readonly signal: AbortSignal,
  ) {
    super();
  }
}

/** Newest first. Rejects with UnknownReport. */
export class ListResults extends Query<ReturnType<ReportResults['of']>> {
  constructor(readonly report: string) {
    super();
  }
}

/** The file of a kept answer, and whether something personal may be in it. Rejects with UnknownReport, UnknownResult. */
export class GetResult extends Query<{ file: string; personal: boolean }> {
  constructor(
    readonly report: string,
    readonly id: string,
  ) {
    super();
  }
}

export class UnknownResult extends LeadlogError {
  readonly kind = 'unknown';

  constructor(report: string, id: string) {
    const expected = `a result of report ${report} (GET /v1/reports/${report}/results lists them)`;
    super(`/id: expected ${expected}, got ${shown(id)}`, { errors: [{ pointer: '/id', expected, got: shown(id) }] });
  }
}

/** How the schedules of reports stand. */
@Injectable()
export class ReportSchedules {
  constructor(
    @Inject(JOBS) readonly jobs: Jobs,
    @Inject(ReportResults) readonly results: ReportResults,
    @Inject(TIMEZONE) readonly timezone: string,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Those without a schedule have no `runs`. */
  async with<R extends Report>(reports: readonly R[]): Promise<(R & { runs?: ScheduledRuns })[]> {
    const found = await scheduledRuns(reports, this, this.clock());
    return reports.map((report) => ({ ...report, ...(found.has(report.name) && { runs: found.get(report.name) }) }));
  }
}

@QueryHandler(ListReports)
export class ListReportsHandler implements IQueryHandler<ListReports> {
  constructor(
    @Inject(ReportFiles) private readonly files: ReportFiles,
    private readonly schedules: ReportSchedules,
  ) {}

  async execute() {
    const { reports, wrong } = this.files.all();
    return { reports: (await this.schedules.with(reports)).map(({ sql: _, ...report }) => report), wrong };
  }
}

@QueryHandler(GetReport)
export class GetReportHandler implements IQueryHandler<GetReport> {
  constructor(
    @Inject(ReportFiles) private readonly files: ReportFiles,
    private readonly schedules: ReportSchedules,
  ) {}

  async execute({ name }: GetReport) {
    const [report] = await this.schedules.with([this.files.get(name)]);
    return report!;
  }
}

@QueryHandler(RunReport)
export class RunReportHandler implements IQueryHandler<RunReport> {
  constructor(
    @Inject(ReportFiles) private readonly files: ReportFiles,
    private readonly queries: QueryBus,
  ) {}

  execute({ asked: { name, parameters: given = {}, ...asked }, asker, signal }: RunReport) {
    const report = this.files.get(name);
    const parameters = parametersOf(report, given);
    const { sql, title, chart } = report;
    const about = { report: name, title, ...(chart && { chart: chart as unknown as JsonValue }), parameters };
    return this.queries.execute(new AskSql({ ...asked, sql, parameters, about }, asker, signal));
  }
}

@CommandHandler(KeepReport)
export class KeepReportHandler implements ICommandHandler<KeepReport> {
  constructor(
    @Inject(ReportFiles) private readonly files: ReportFiles,
    @Inject(ReportResults) private readonly results: ReportResults,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly queries: QueryBus,
  ) {}

  async execute({ asked: { name, parameters: given = {}, ...asked }, asker, signal }: KeepReport) {
    const report = this.files.get(name);
    const parameters = parametersOf(report, given);
    const { file } = await this.queries.execute(new AskSql({ ...asked, sql: report.sql, parameters }, asker, signal));
    const { asOf } = asked;
    const madeAt = new Date(this.clock()).toISOString();
    const kept = await this.results.keep({ report: name, madeAt, parameters, ...(asOf !== undefined && { asOf }) }, file);
    return this.results.fileOf(name, kept.id)!;
  }
}

@QueryHandler(ListResults)
export class ListResultsHandler implements IQueryHandler<ListResults> {
  constructor(
    @Inject(ReportFiles) private readonly files: ReportFiles,
    @Inject(ReportResults) private readonly results: ReportResults,
  ) {}

  async execute({ report }: ListResults) {
    return this.results.of(this.files.get(report).name);
  }
}

@QueryHandler(GetResult)
export class GetResultHandler implements IQueryHandler<GetResult> {
  constructor(
    @Inject(ReportFiles) private readonly files: ReportFiles,
    @Inject(ReportResults) private readonly results: ReportResults,
  ) {}

  async execute({ report, id }: GetResult) {
    const { name } = this.files.get(report);
    const file = this.results.fileOf(name, id);
    if (file === undefined) throw new UnknownResult(report, id);
    return { file, personal: this.results.mayBePersonal(name, id) };
  }
}

/** To be registered where reports can be run, with ReportSchedules. */
export const reportHandlers = [
  ListReportsHandler,
  GetReportHandler,
  RunReportHandler,
  KeepReportHandler,
  ListResultsHandler,
  GetResultHandler,
];
