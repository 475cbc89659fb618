import { Module, type DynamicModule, type Provider, type Type } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { StartLink } from '@leadlog/access';
import { AccessModule } from '@leadlog/access/access.module';
import { AuditModule } from '@leadlog/audit/audit.module';
import { DocumentsModule } from '@leadlog/documents/documents.module';
import { EVENT_LOG } from '@leadlog/event-log';
import { pauses, policyKind, WebhookTargets } from '@leadlog/handoff';
import { ORGANISATION } from '@leadlog/handoff/assignment/assignment.handlers';
import { PAUSE_OF, TEAM_OF } from '@leadlog/handoff/handoff.handlers';
import { HandoffModule } from '@leadlog/handoff/handoff.module';
import { IngestionModule } from '@leadlog/ingestion/ingestion.module';
import { JOBS } from '@leadlog/jobs';
import { IDENTITY_NAMES, MergeDecisions } from '@leadlog/lead';
import { LeadModule } from '@leadlog/lead/lead.module';
import { alwaysAtWork, organisationKind } from '@leadlog/organisation';
import { READ_MODELS, READ_MODEL_STORE } from '@leadlog/projections';
import { KeptReplays } from '@leadlog/replays';
import { ReportFiles, ReportResults } from '@leadlog/reports';
import { processKind } from '@leadlog/sales';
import { toldNotices } from '@leadlog/sales';
import { SalesModule } from '@leadlog/sales/sales.module';
import { ScoringModule } from '@leadlog/scoring/scoring.module';
import { SqlProcesses } from '@leadlog/sql';
import { CLOCK } from '@leadlog/time';
import { correlationId } from '../setup/correlation';
import { documentsOfSettings, servedKinds } from '../setup/documents';
import { readMainModel } from '../setup/main-model';
import { teamsOf } from '../setup/organisation';
import { compiledProcess } from '../setup/sales-process';
import { webhookTargets } from '../setup/webhook-targets';
import { Metrics } from '../operating/metrics';
import { WrittenStorage } from '../operating/written-storage';
import { AuditController } from './access/audit.controller';
import { KeysController } from './access/keys.controller';
import { PeopleController } from './access/people.controller';
import { SessionController } from './access/session.controller';
import { SignInPlace } from './access/sign-in-place';
import { AccountsController } from './leads/accounts.controller';
import { AfterInterceptor } from './wait-for-position';
import { namesOf } from '../setup/personal-keys';
import type { ApiDependencies } from './api-dependencies';
import { AssignmentsController } from './handoffs/assignments.controller';
import { CardsController } from './cards/cards.controller';
import { HandoffsController } from './handoffs/handoffs.controller';
import { MarketingController } from './handoffs/marketing.controller';
import { RelaysController } from './handoffs/relays.controller';
import { HealthController } from './operating/health.controller';
import { LiveController } from './live/live.controller';
import { LiveStreams } from './live/live-streams';
import { JobsController } from './operating/jobs.controller';
import { KnownParametersGuard } from './requests/known-parameters';
import { GetKpiFactsHandler } from './sales/kpi-facts.handlers';
import { KpiFactsController, KpisController } from './sales/kpis.controller';
import { TargetsController } from './sales/targets.controller';
import { NoticesController } from './sales/notices.controller';
import { LeadsController } from './leads/leads.controller';
import { LogController } from './events/log.controller';
import { ReadLogHandler } from './events/log.handlers';
import { ARCHIVE, GetMetricsHandler, GetReadinessHandler, UNREADABLE } from './operating/health.handlers';
import { ListJobsHandler, ListQueuesHandler, RedriveJobsHandler } from './operating/jobs.handlers';
import { MetricsController } from './operating/metrics.controller';
import {
  ChangeGenerationHandler,
  ListGenerationsHandler,
  ListParkedKeysHandler,
  OperateProjectionHandler,
  UnparkKeysHandler,
} from './operating/projections.handlers';
import { documentControllers } from './documents/documents.controller';
import { ModelDocuments, StoredDocuments } from './documents/documents-in-thread';
import { ModelsController } from './scoring/models.controller';
import { ProblemFilter } from './problem-details';
import { membersIn } from './leads/merge-decisions';
import { ErasureController } from './leads/erasure.controller';
import { RetentionController } from './leads/retention.controller';
import { PersonalDataController, POLICY_OF_SETTINGS } from './leads/personal-data.controller';
import { ProjectionsController } from './operating/projections.controller';
import { SchemasController } from './events/schemas.controller';
import { ScoringController } from './scoring/scoring.controller';
import { ReportsController } from './history/reports.controller';
import { reportHandlers, ReportSchedules, TIMEZONE } from './history/reports.handlers';
import { AskNamedSqlHandler } from './history/named-sql.handlers';
import { SqlController } from './history/sql.controller';
import { QuestionsUnderWay, sqlHandlers } from './history/sql.handlers';
import { TrialsController } from './scoring/trials.controller';
import { HandoffsOfLeads } from './sales/handoffs-of-leads';
import { GetPastKpisHandler } from './sales/past-kpis.handlers';
import { ActivitiesController } from './sales/activities.controller';
import { RepsController } from './sales/reps.controller';
import { WorkController } from './sales/work.controller';

/** Every path of the API but POST /v1/events and those of SQL and reports. */
const controllers: Type[] = [
  SchemasController,
  LeadsController,
  PersonalDataController,
  ErasureController,
  RetentionController,
  ScoringController,
  ModelsController,
  HandoffsController,
  AssignmentsController,
  ...documentControllers(policyKind, 'v1/policies'),
  ...documentControllers(organisationKind, 'v1/organisation'),
  ...documentControllers(processKind, 'v1/processes'),
  MarketingController,
  RelaysController,
  CardsController,
  KpisController,
  TargetsController,
  WorkController,
  ActivitiesController,
  RepsController,
  NoticesController,
  AccountsController,
  ProjectionsController,
  JobsController,
  LogController,
  HealthController,
  MetricsController,
  KeysController,
  AuditController,
  PeopleController,
  SessionController,
  LiveController,
];

/** Of operating the engine; those of capabilities come with their modules. */
const operating: Type[] = [
  ReadLogHandler,
  ListGenerationsHandler,
  ChangeGenerationHandler,
  OperateProjectionHandler,
  ListParkedKeysHandler,
  UnparkKeysHandler,
  ListQueuesHandler,
  ListJobsHandler,
  RedriveJobsHandler,
  GetReadinessHandler,
  GetMetricsHandler,
];

@Module({})
class StorageModule {}

@Module({})
export class ApiModule {
  static for(
    {
      log,
      readModels,
      store,
      jobs,
      clock,
      access,
      uses,
      startLink = new StartLink(),
      settings,
      history,
      organisation = () => alwaysAtWork([], settings.timezone),
      documents = documentsOfSettings(settings),
      policyAt = () => documents.policy().content,
      process = compiledProcess(documents.process),
      written,
      unreadable,
      keys,
    }: ApiDependencies,
    metrics: Metrics,
    merges: MergeDecisions,
    place: SignInPlace,
    live: LiveStreams,
  ): DynamicModule {
    const teamOf = teamsOf(organisation);
    const storage: Provider[] = [
      { provide: EVENT_LOG, useValue: log },
      { provide: MergeDecisions, useValue: merges },
      { provide: IDENTITY_NAMES, useValue: namesOf(keys) },
      { provide: READ_MODELS, useValue: readModels },
      { provide: READ_MODEL_STORE, useValue: store },
      { provide: JOBS, useValue: jobs },
      { provide: CLOCK, useValue: clock },
      { provide: ORGANISATION, useValue: organisation },
      { provide: TEAM_OF, useValue: teamOf },
      { provide: PAUSE_OF, useValue: pauses({ policyAt, organisation }) },
      { provide: TIMEZONE, useValue: settings.timezone },
      { provide: POLICY_OF_SETTINGS, useValue: documents.policy },
      { provide: WebhookTargets, useValue: webhookTargets(settings, documents.policy().content) },
    ];
    return {
      module: ApiModule,
      imports: [
        { module: StorageModule, global: true, providers: storage, exports: storage },
        CqrsModule.forRoot(),
        AccessModule.for(access, startLink, uses),
        AuditModule,
        IngestionModule.for({
          teamOf,
          membersOf: membersIn({ log, readModels }),
          forgotten: keys && (() => keys.forgotten()),
          correlationId,
          noticesOf: (events, now) => toldNotices(log, events, now),
        }),
        LeadModule.for({ timezone: settings.timezone, forgets: keys !== undefined }),
        ScoringModule.for({
          timezone: settings.timezone,
          models: { main: readMainModel(settings), reader: ModelDocuments },
          trials: history?.trials,
        }),
        DocumentsModule.for({ kinds: servedKinds(documents), reader: StoredDocuments }),
        HandoffModule.for({ timezone: settings.timezone }),
        SalesModule.for({ ...settings, organisation, process, handoffs: new HandoffsOfLeads(readModels) }),
      ],
      controllers: history ? [...controllers, SqlController, ReportsController, TrialsController, KpiFactsController] : controllers,
      providers: [
        ...(history
          ? [
              { provide: SqlProcesses, useValue: history.sql },
              { provide: ReportFiles, useValue: history.reports },
              { provide: ReportResults, useValue: history.results },
              { provide: KeptReplays, useValue: history.replays },
              { provide: ARCHIVE, useValue: history.archive },
              QuestionsUnderWay,
              ReportSchedules,
              ...sqlHandlers,
              AskNamedSqlHandler,
              ...reportHandlers,
              GetPastKpisHandler,
              GetKpiFactsHandler,
            ]
          : []),
        ...operating,
        { provide: SignInPlace, useValue: place },
        { provide: LiveStreams, useValue: live },
        { provide: Metrics, useValue: metrics },
        ...(written ? [{ provide: WrittenStorage, useValue: written }] : []),
        ...(unreadable ? [{ provide: UNREADABLE, useValue: unreadable }] : []),
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_GUARD, useClass: KnownParametersGuard },
        { provide: APP_INTERCEPTOR, useClass: AfterInterceptor },
      ],
    };
  }
}
