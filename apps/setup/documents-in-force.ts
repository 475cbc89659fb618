import { DocumentInForce, type OfSettings } from '@leadlog/documents';
import type { EventLog } from '@leadlog/event-log';
import { policyKind, type HandoffPolicy } from '@leadlog/handoff';
import { organisationKind, type Organisation } from '@leadlog/organisation';
import { processKind, type SalesProcess } from '@leadlog/sales';
import { documentsOfSettings, type DocumentsOfSettings } from './documents';
import type { Settings } from './settings';

/** The documents by which a process goes, now and at earlier moments: what the settings say until something is published. */
export class DocumentsInForce {
  readonly ofSettings: DocumentsOfSettings;
  readonly policy: DocumentInForce<HandoffPolicy>;
  readonly organisation: DocumentInForce<Organisation>;
  readonly process: DocumentInForce<SalesProcess>;

  /** Throws WrongSetting. */
  constructor(
    log: EventLog,
    private readonly settings: Settings,
    onWarning: (message: string, error?: unknown) => void,
  ) {
    this.ofSettings = documentsOfSettings(settings, () => this.policy.now().content);
    this.policy = new DocumentInForce(log, policyKind, this.ofSettings.policy, onWarning);
    this.organisation = new DocumentInForce(log, organisationKind, this.ofSettings.organisation, onWarning);
    this.process = new DocumentInForce(log, processKind, this.ofSettings.process, onWarning);
  }

  /** Reads what was published. */
  async open(): Promise<void> {
    for (const document of [this.policy, this.organisation, this.process]) await document.open();
  }

  /** `changed`: called after every publication, and repeated until it succeeds. */
  follow(changed?: () => Promise<void>): void {
    for (const document of [this.policy, this.organisation, this.process]) document.follow(changed);
  }

  async stop(): Promise<void> {
    for (const document of [this.policy, this.organisation, this.process]) await document.stop();
  }

  /** What an operator should know: what was published and does not count. */
  unreadable(): string[] {
    return [this.policy, this.organisation, this.process].flatMap((document) => document.unreadable());
  }

  /** What an operator should know: that a file that was set is not what counts. */
  overruled(): string[] {
    const { policyFile, organisationFile, processFile } = this.settings;
    return [
      ...overruledBy('LEADLOG_POLICY', policyFile, this.ofSettings.policy(), this.policy.now().version),
      ...overruledBy('LEADLOG_ORGANISATION', organisationFile, this.ofSettings.organisation(), this.organisation.now().version),
      ...overruledBy('LEADLOG_PROCESS', processFile, this.ofSettings.process(), this.process.now().version),
    ];
  }
}

function overruledBy(setting: string, file: string | undefined, { id, version }: OfSettings, counts: string): string[] {
  if (file === undefined || counts === version) return [];
  return [`${setting}: ${file} is version ${version} of ${id}, but version ${counts} was published, and that is what counts`];
}
