import { EventId, Flag, Id, ListOf, Nested, OneOf, Optional, Points, PointsByAxis, PositionText, Text, Timestamp } from './fields';

export const TIERS = ['cold', 'warm', 'hot'] as const;
export type Tier = (typeof TIERS)[number];

export class Cause {
  @Text(100) ruleId!: string;
  @EventId() eventId!: string;
  /** What the event gave under the rule at the time of the change. */
  @Points() points!: number;
}

/** The lead is hot because another model has taken over, or its past was imported, not because of anything it did since: it is not handed off for that. */
export class WithheldHandoff {
  /** When the model took over, or the last of its past was recorded: an act of the customer after it hands the lead off all the same. */
  @Timestamp() since!: string;
  /** Of the publication that asked for it; nothing where it was an import. */
  @Optional() @PositionText() published?: string;
  /** The import said so: nobody is handed off, or so many a day. */
  @Optional() @OneOf(['silent', 'trickle']) imported?: 'silent' | 'trickle';
}

export class LeadTierChanged {
  @Id() leadId!: string;
  @Id() modelId!: string;
  @Text(64) version!: string;
  @OneOf(TIERS) from!: Tier;
  @OneOf(TIERS) to!: Tier;
  /** Points of each axis at the time of the change. */
  @PointsByAxis() score!: Record<string, number>;
  /** The same before the caps of the axes, where a cap has taken anything away. */
  @Optional() @PointsByAxis() uncapped?: Record<string, number>;
  @ListOf(() => Cause, 1000) causes!: Cause[];
  @Optional() @Nested(() => WithheldHandoff) withheld?: WithheldHandoff;
  /** By a model beside the main one: what is handed off does not follow from it. */
  @Optional() @Flag() aside?: boolean;
}
