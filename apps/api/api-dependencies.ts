import type { KnownAccess, LastUses, StartLink } from '@leadlog/access';
import type { EventLog } from '@leadlog/event-log';
import type { HandoffPolicy } from '@leadlog/handoff';
import type { Jobs } from '@leadlog/jobs';
import type { BullmqJobs } from '@leadlog/jobs/bullmq/bullmq-jobs';
import type { Organisation } from '@leadlog/organisation';
import type { PersonalKeys } from '@leadlog/personal';
import type { ReadModels, ReadModelStore } from '@leadlog/projections';
import type { CompiledProcess } from '@leadlog/sales';
import type { Clock } from '@leadlog/time';
import type { Metrics } from '../operating/metrics';
import type { WrittenStorage } from '../operating/written-storage';
import type { DocumentsOfSettings } from '../setup/documents';
import type { History } from '../setup/history-folders';
import type { Tls } from '../setup/listening';
import type { Settings } from '../setup/settings';

export interface ApiDependencies {
  log: EventLog;
  readModels: ReadModels;
  store: ReadModelStore;
  jobs: Jobs;
  clock: Clock;
  /** Who is let in. */
  access: KnownAccess;
  /** When keys were last used; not kept by default. */
  uses?: LastUses;
  /** The sign-in link that this program prints when it starts, if it does. */
  startLink?: StartLink;
  settings: Pick<Settings, 'timezone' | 'modelFile' | 'policyFile' | 'organisationFile'> &
    Partial<
      Pick<
        Settings,
        | 'host'
        | 'hosts'
        | 'origins'
        | 'limits'
        | 'bodyMs'
        | 'fiscalYearStart'
        | 'kpiWindows'
        | 'processFile'
        | 'webhookAllow'
        | 'behindProxy'
        | 'oidc'
      >
    >;
  /** Under which what is personal is recorded, so that a person can be forgotten; none by default. */
  keys?: Pick<PersonalKeys, 'forgotten' | 'identityKey'>;
  /** To listen with; without TLS by default. */
  tls?: Tls;
  /** Those of the process; of its own by default. */
  metrics?: Metrics;
  /** What this process writes to disks of its own, to be tried; nothing by default. */
  written?: WrittenStorage;
  /** Who works for sales at present; nobody that is known by default. */
  organisation?: () => Organisation;
  /** The handoff policy at a moment, ms; by default, as the settings say. */
  policyAt?: (ms: number) => HandoffPolicy;
  /** The sales process at present; by default, as the settings say. */
  process?: () => CompiledProcess;
  /** What counts until something is published; by default, as the settings say. */
  documents?: DocumentsOfSettings;
  /** What was published and cannot be read by this program, for the operator; nothing by default. */
  unreadable?: () => string[];
  /** The jobs of BullMQ, to be shown by Bull Board. */
  board?: BullmqJobs;
  /** For /v1/sql, /v1/reports and trials of models; without it there are no such paths. */
  history?: History;
  /** Serve the pages at /docs too (true); /openapi.json is there in any case. */
  docs?: boolean;
}
