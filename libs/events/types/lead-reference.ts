import { EmailAddress, ExactlyOneOf, Id, Nested, Optional, Personal, Text } from './fields';

export class ForeignId {
  @Id() system!: string;
  @Personal() @Text(200) id!: string;
}

const KINDS = ['email', 'visitorId', 'cardId', 'foreign'];

/** Identifies a lead from outside: exactly one of the four. */
export class LeadIdentity {
  @ExactlyOneOf(...KINDS) @Personal() @EmailAddress() email?: string;
  @ExactlyOneOf(...KINDS) @Id() visitorId?: string;
  @ExactlyOneOf(...KINDS) @Id() cardId?: string;
  @ExactlyOneOf(...KINDS) @Nested(() => ForeignId) foreign?: ForeignId;
}

/**
 * What every event about a lead carries. From outside: either `leadId` or an `identity`. Recorded: always `leadId`,
 * along with the identity by which it came.
 */
export class LeadReference {
  @ExactlyOneOf('leadId', 'identity') @Id() leadId!: string;
  @ExactlyOneOf('leadId', 'identity') @Nested(() => LeadIdentity) identity?: LeadIdentity;
}

export class OfLead extends LeadReference {
  @Optional() @Id() accountId?: string;
}
