import {
  AmountValue,
  CalendarDate,
  Currency,
  EventId,
  Flag,
  Id,
  ListOfIds,
  ListOfTexts,
  Nested,
  NotPersonal,
  OneOf,
  Optional,
  Personal,
  Quantity,
  Text,
  Timestamp,
  Whole,
} from './fields';
import { OfLead } from './lead-reference';

export const CALL_OUTCOMES = ['noAnswer', 'busy', 'voicemail', 'gatekeeper', 'reached', 'wrongNumber', 'refused'] as const;
export type CallOutcome = (typeof CALL_OUTCOMES)[number];

/** Exact money: `value` has at most the decimals that the currency has. */
export class Amount {
  @AmountValue() value!: number;
  /** ISO 4217. */
  @Currency() currency!: string;
}

export class CallCompleted extends OfLead {
  @Id() callId!: string;
  @Id() repId!: string;
  @Timestamp() startedAt!: string;
  /** As a telephone system measures it; whoever records a call by hand does not know it. */
  @Optional() @Quantity(0, 86_400) seconds?: number;
  @OneOf(CALL_OUTCOMES) outcome!: CallOutcome;
  @Optional() @Personal() @ListOfTexts(50, 500) needs?: string[];
  /** Items of the flow of the sales process that were asked, told or shown. */
  @Optional() @ListOfIds(100) covered?: string[];
}

export class AppointmentBooked extends OfLead {
  @Id() appointmentId!: string;
  @Id() repId!: string;
  @Optional() @Id() dealId?: string;
  @Timestamp() scheduledAt!: string;
  @OneOf(['onsite', 'remote']) mode!: 'onsite' | 'remote';
  @Optional() @Id() sourceCallId?: string;
}

export class AppointmentChanged extends OfLead {
  @Id() appointmentId!: string;
  @OneOf(['rescheduled', 'cancelled', 'noShow']) status!: 'rescheduled' | 'cancelled' | 'noShow';
  @Optional() @Timestamp() newAt?: string;
}

/** Inside sales gives an appointment to field sales, which answers. */
export class AppointmentRelayed extends OfLead {
  @Id() appointmentId!: string;
  @Id() fromRepId!: string;
  @Id() toRepId!: string;
  @Optional() @Personal() @Text(4000) note?: string;
}

export class RelayAccepted extends OfLead {
  @Id() appointmentId!: string;
  @Id() repId!: string;
  /** By a representative other than the one to whom it was relayed. */
  @Optional() @Flag() takeOver?: boolean;
}

export class RelayRejected extends OfLead {
  @Id() appointmentId!: string;
  @Id() repId!: string;
  @Personal() @Text(500) reason!: string;
  /** By a representative other than the one to whom it was relayed. */
  @Optional() @Flag() takeOver?: boolean;
}

export class MeetingHeld extends OfLead {
  @Id() meetingId!: string;
  @Optional() @Id() appointmentId?: string;
  @Optional() @Id() dealId?: string;
  @ListOfIds(50, 1) repIds!: string[];
  @OneOf(['onsite', 'remote']) mode!: 'onsite' | 'remote';
  @Timestamp() startedAt!: string;
  @Quantity(0, 1440) minutes!: number;
  @Personal() @ListOfTexts(100, 200) attendees!: string[];
  @Optional() @Personal() @ListOfTexts(50, 500) needs?: string[];
  @Optional() @Personal() @Text(1000) nextAgenda?: string;
  /** Items of the flow of the sales process that were asked, told or shown. */
  @Optional() @ListOfIds(100) covered?: string[];
  @Optional() @Quantity(0, 10_080) travelMinutes?: number;
}

export class DealOpened extends OfLead {
  @Id() dealId!: string;
  @Optional() @Id() runId?: string;
  @Optional() @Id() handoffId?: string;
  @Id() repId!: string;
  @Optional() @ListOfIds(200) products?: string[];
  @Optional() @Nested(() => Amount) amount?: Amount;
}

export class DealStageChanged extends OfLead {
  @Id() dealId!: string;
  @NotPersonal() @Text(100) from!: string;
  @NotPersonal() @Text(100) to!: string;
}

export class ProductProposed extends OfLead {
  @Id() dealId!: string;
  @Optional() @Id() meetingId?: string;
  @ListOfIds(200, 1) productIds!: string[];
  @OneOf(['first', 'revision']) kind!: 'first' | 'revision';
}

export class QuoteSubmitted extends OfLead {
  @Id() quoteId!: string;
  @Id() dealId!: string;
  /** 1 is the first. */
  @Whole(1, 10_000) revision!: number;
  @Nested(() => Amount) amount!: Amount;
}

export class ClosingAnswered extends OfLead {
  @Id() dealId!: string;
  @OneOf(['yes', 'no', 'undecided']) answer!: 'yes' | 'no' | 'undecided';
  /** The day by which the customer wants to decide. */
  @Optional() @CalendarDate() decideBy?: string;
}

export class DealWon extends OfLead {
  @Id() dealId!: string;
  @Nested(() => Amount) amount!: Amount;
  @Timestamp() signedAt!: string;
}

export class DealLost extends OfLead {
  @Id() dealId!: string;
  @Personal() @Text(500) reason!: string;
  @OneOf(['customer', 'rep']) declaredBy!: 'customer' | 'rep';
  @Optional() @NotPersonal() @Text(200) competitor?: string;
}

/** What events of other leads report about a deal that also names this lead, if its own events do not report it. */
export class DealShared {
  @Id() leadId!: string;
  @Id() dealId!: string;
  /** Whether any event says that it was opened. */
  @Flag() opened!: boolean;
  @OneOf(['open', 'won', 'lost']) state!: 'open' | 'won' | 'lost';
  /** The lead that its outcome names, and when that was. */
  @Optional() @Id() closedWith?: string;
  @Optional() @Timestamp() closedAt?: string;
  @Optional() @Personal() @Text(500) reason?: string;
}

/** An event of this deal counts as if it had never happened: whoever invalidates one names the lead, and a deal is folded from its own events. */
export class DealFactVoided {
  /** The lead that the voided event names. */
  @Id() leadId!: string;
  @Id() dealId!: string;
  @EventId() targetEventId!: string;
  @NotPersonal() @Text(300) targetStream!: string;
}

/** Somebody says that facts which contradict each other may stand. */
export class NoticeAccepted {
  @Id() leadId!: string;
  @EventId() noticeId!: string;
  @Personal() @Text(500) reason!: string;
}
