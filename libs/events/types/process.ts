import {
  AnyObject,
  Currency,
  EventId,
  Id,
  ListOf,
  ListOfTexts,
  NotPersonal,
  OneOf,
  Optional,
  Period,
  Personal,
  Quantity,
  Text,
  Timestamp,
} from './fields';
import { OfLead } from './lead-reference';

export class Stage {
  @Id() stageId!: string;
  @NotPersonal() @Text(100) name!: string;
  @NotPersonal() @Text(1000) purpose!: string;
  /** Names of the numbers to reach in this stage. */
  @NotPersonal() @ListOfTexts(50, 100) kpis!: string[];
  @Optional() @NotPersonal() @Text(1000) entry?: string;
  @Optional() @NotPersonal() @Text(1000) exit?: string;
  @Optional() @NotPersonal() @ListOfTexts(50, 200) nextActions?: string[];
}

export class SalesProcessDrafted {
  @Id() processId!: string;
  /** Hash of the meaning of the process. */
  @NotPersonal() @Text(64) version!: string;
  /** The process as data. */
  @NotPersonal() @AnyObject() definition!: object;
  /** The document as written, including comments. */
  @NotPersonal() @Text(262_144) text!: string;
}

export class SalesProcessPublished {
  @Id() processId!: string;
  @NotPersonal() @Text(64) version!: string;
  /** Absent in events from before processes were stored documents: these put nothing into force. */
  @Optional() @NotPersonal() @AnyObject() definition?: object;
  /** For a rollback: the event of the publication that counts again. */
  @Optional() @EventId() restores?: string;
  /** Only in events from before processes were stored documents. */
  @Optional() @ListOf(() => Stage, 50, 1) stages?: Stage[];
}

export class KpiTargetSet {
  @OneOf(['rep', 'team', 'joint']) scope!: 'rep' | 'team' | 'joint';
  /** The rep or team; a name of your own for a joint target. */
  @Id() scopeId!: string;
  @NotPersonal() @Text(100) kpi!: string;
  @Period() period!: string;
  @Quantity(0, 1_000_000_000_000) value!: number;
  /** Of a KPI that is money: ISO 4217; the value is in units of it. */
  @Optional() @Currency() currency?: string;
}

export class NextActionPlanned extends OfLead {
  @Id() actionId!: string;
  @NotPersonal() @Text(200) template!: string;
  @Timestamp() dueAt!: string;
  @Personal() @Text(1000) reason!: string;
  @Optional() @Id() dealId?: string;
}

export class NextActionCompleted extends OfLead {
  @Id() actionId!: string;
  @Personal() @Text(1000) result!: string;
}
