import { AnyObject, EventId, Id, Optional, Text } from './fields';

export class HandoffPolicyDrafted {
  @Id() policyId!: string;
  /** Hash of the meaning of the policy. */
  @Text(64) version!: string;
  /** The policy as data. */
  @AnyObject() definition!: object;
  /** The document as written, including comments. */
  @Text(262_144) text!: string;
}

export class HandoffPolicyPublished {
  @Id() policyId!: string;
  @Text(64) version!: string;
  @AnyObject() definition!: object;
  /** For a rollback: the event of the publication that counts again. */
  @Optional() @EventId() restores?: string;
}
