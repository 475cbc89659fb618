import {
  EventId,
  Flag,
  Id,
  ListOf,
  Nested,
  NotPersonal,
  OneOf,
  Optional,
  Points,
  PointsByAxis,
  PositionText,
  Text,
  Timestamp,
} from './fields';

export const TIERS = ['cold', 'warm', 'hot'] as const;
export type Tier = (typeof TIERS)[number];

export class Cause {
  @NotPersonal() @Text(100) ruleId!: string;
  @EventId() eventId!: string;
  /** Points that the event gave under the rule at the time of the change. */
  @Points() points!: number;
}

/**
 * The lead is hot because another model went live or its past was imported, not because of anything it did since, so it is not handed off
 * for this.
 */
export class WithheldHandoff {
  /** When the model took over, or the last of its past was recorded: an act of the customer after it hands the lead off all the same. */
  @Timestamp() since!: string;
  /** Of the publication that asked for it; nothing where it was an import. */
  @Optional() @PositionText() published?: string;
  /** Set by the import: no handoff, or a limited number a day. */
  @Optional() @OneOf(['silent', 'trickle']) imported?: 'silent' | 'trickle';
}

export class LeadTierChanged {
  @Id() leadId!: string;
  @Id() modelId!: string;
  @NotPersonal() @Text(64) version!: string;
  @OneOf(TIERS) from!: Tier;
  @OneOf(TIERS) to!: Tier;
  /** Points of each axis at the time of the change. */
  @PointsByAxis() score!: Record<string, number>;
  /** The points before the caps of the axes, if a cap reduced them. */
  @Optional() @PointsByAxis() uncapped?: Record<string, number>;
  @ListOf(() => Cause, 1000) causes!: Cause[];
  @Optional() @Nested(() => WithheldHandoff) withheld?: WithheldHandoff;
  /** By a model other than the main one, which does not affect handoffs. */
  @Optional() @Flag() aside?: boolean;
}
