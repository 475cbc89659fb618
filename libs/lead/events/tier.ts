import { EventId, Id, ListOf, OneOf, Points, PointsByAxis, Text } from './fields';

export const TIERS = ['cold', 'warm', 'hot'] as const;
export type Tier = (typeof TIERS)[number];

export class Cause {
  @Text(100) ruleId!: string;
  @EventId() eventId!: string;
  /** What the event gave under the rule at the time of the change. */
  @Points() points!: number;
}

export class LeadTierChanged {
  @Id() leadId!: string;
  @Id() modelId!: string;
  @Text(64) version!: string;
  @OneOf(TIERS) from!: Tier;
  @OneOf(TIERS) to!: Tier;
  /** Points of each axis at the time of the change. */
  @PointsByAxis() score!: Record<string, number>;
  @ListOf(() => Cause, 1000) causes!: Cause[];
}
