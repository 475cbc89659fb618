import { AnyObject, EventId, Id, NotPersonal, Optional, Text } from './fields';

export class HandoffPolicyDrafted {
  @Id() policyId!: string;
  /** Hash of the meaning of the policy. */
  @NotPersonal() @Text(64) version!: string;
  /** The policy as data. */
  @NotPersonal() @AnyObject() definition!: object;
  /** The document as written, including comments. */
  @NotPersonal() @Text(262_144) text!: string;
}

export class HandoffPolicyPublished {
  @Id() policyId!: string;
  @NotPersonal() @Text(64) version!: string;
  @NotPersonal() @AnyObject() definition!: object;
  /** For a rollback: the event of the publication that counts again. */
  @Optional() @EventId() restores?: string;
}
