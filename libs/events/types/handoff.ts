import {
  AnyObject,
  CalendarDate,
  EventId,
  Flag,
  Id,
  ListOfIds,
  NotPersonal,
  OneOf,
  Optional,
  Personal,
  PositionText,
  Text,
  Timestamp,
} from './fields';
import { OfLead } from './lead-reference';

export const ASSIGNMENT_METHODS = ['accountOwner', 'previousRep', 'roundRobin', 'weighted', 'manual'] as const;
export const REJECTION_REASONS = ['badFit', 'noNeed', 'badTiming', 'duplicate', 'badData', 'competitor', 'other'] as const;

/** New business, or of somebody who has bought before. */
export const BUSINESS = ['new', 'existing'] as const;
export const SIDES = ['sales', 'marketing'] as const;

export class LeadHandedOff {
  @Id() leadId!: string;
  @Optional() @Id() accountId?: string;
  @Id() handoffId!: string;
  @Id() runId!: string;
  @NotPersonal() @Text(128) dossierHash!: string;
  @Timestamp() acceptBy!: string;
  @Timestamp() contactBy!: string;
  /** The handoff policy by which it was decided. */
  @Optional() @Id() policyId?: string;
  @Optional() @NotPersonal() @Text(64) policyVersion?: string;
  /** `existing`: the lead, or somebody of its company, had bought. */
  @Optional() @OneOf(BUSINESS) business?: (typeof BUSINESS)[number];
  /** The dossier as it was sent; `dossierHash` is the SHA-256 of its canonical JSON. */
  @Optional() @Personal() @AnyObject() dossier?: object;
}

export class LeadAssigned {
  @Id() leadId!: string;
  @Optional() @Id() accountId?: string;
  @Optional() @Id() handoffId?: string;
  @Id() repId!: string;
  @Optional() @Id() teamId?: string;
  @OneOf(ASSIGNMENT_METHODS) method!: (typeof ASSIGNMENT_METHODS)[number];
  /** Why it was given to another representative. */
  @Optional() @Personal() @Text(500) reason?: string;
}

/**
 * A place is kept for it with a representative who takes only so many: LeadHandedOff and LeadAssigned follow; with `step`, the breach of that
 * deadline, and LeadAssigned.
 */
export class HandoffReserved {
  @Id() leadId!: string;
  @Id() handoffId!: string;
  @Id() repId!: string;
  @Optional() @OneOf(['accept', 'contact']) step?: 'accept' | 'contact';
}

export class HandoffAccepted extends OfLead {
  @Id() handoffId!: string;
  @Id() repId!: string;
  /** Team of the representative: the handoff moves there. */
  @Optional() @Id() teamId?: string;
  /** By a representative other than the one who holds it. */
  @Optional() @Flag() takeOver?: boolean;
}

export class HandoffRejected extends OfLead {
  @Id() handoffId!: string;
  @Id() repId!: string;
  @OneOf(REJECTION_REASONS) reason!: (typeof REJECTION_REASONS)[number];
  @Optional() @Personal() @Text(4000) note?: string;
  /** By a representative other than the one who holds it. */
  @Optional() @Flag() takeOver?: boolean;
}

/** The turn of this lead among those that a publication made hot: it may be handed off, if it is still hot. */
export class HandoffReleased {
  @Id() leadId!: string;
  @Id() modelId!: string;
  /** Position of the publication; absent if an import made it hot. */
  @Optional() @PositionText() published?: string;
  @CalendarDate() day!: string;
}

export class HandoffSlaBreached {
  @Id() leadId!: string;
  @Optional() @Id() accountId?: string;
  @Id() handoffId!: string;
  @OneOf(['accept', 'contact']) step!: 'accept' | 'contact';
  @Timestamp() dueAt!: string;
  /** Destinations that are told, as the policy had it then. */
  @Optional() @ListOfIds(20, 1) notify?: string[];
}

export class InsightExchanged extends OfLead {
  @Id() handoffId!: string;
  @OneOf(['question', 'answer']) kind!: 'question' | 'answer';
  @Personal() @Text(10_000) text!: string;
  /** Who asks or answers; by default, sales asks, and the other side answers. A representative is always sales. */
  @Optional() @OneOf(SIDES) side?: (typeof SIDES)[number];
  /** Of an answer: which question. By default, every question of the other side that is open then. */
  @Optional() @EventId() questionId?: string;
}

export class LeadReturned extends OfLead {
  @Id() runId!: string;
  /** Required if several handoffs of the person are open. Default: the one of the run. */
  @Optional() @Id() handoffId?: string;
  @Personal() @Text(500) reason!: string;
  /** The day on which to look at the lead again. */
  @Optional() @CalendarDate() revisitOn?: string;
  @Optional() @Personal() @Text(4000) note?: string;
  /** By a representative other than the one who holds it. */
  @Optional() @Flag() takeOver?: boolean;
}

export class LeadDisqualified extends OfLead {
  @Personal() @Text(500) reason!: string;
}

/** Reverts a disqualification: it counts as if it had never happened, and whoever had the lead has it again. */
export class LeadRequalified extends OfLead {
  /** The disqualification. */
  @EventId() targetEventId!: string;
  @Personal() @Text(500) reason!: string;
}
