import { versionOfMeaning } from '@leadlog/documents';
import type { LeadRole } from '@leadlog/lead';
import type { Condition } from '@leadlog/where';

/** A scoring model, checked and normalised: plain data, the same whatever the order of keys or style of its document. */
export interface ScoringModel {
  model: string;
  /** IANA name of the time zone for the days of caps. Default: the time zone of the tenant. */
  timezone?: string;
  axes: Axis[];
  account?: AccountRule;
  tiers: { hot?: TierRule; warm?: TierRule };
}

/** How the score of an account is computed from its people. */
export interface AccountRule {
  axis: string;
  /** Number of the best people whose points count. */
  top: number;
  /** Points for each further active one. */
  breadth: number;
  /** Roles needed for a purchase. Default: all but `unknown`. */
  roles?: LeadRole[];
}

export interface Axis {
  name: string;
  /** Upper limit of the score. */
  cap?: number;
  /** Lower limit of the score. Default: 0. */
  floor: number;
  /** Empty if the axis is a sum of others. */
  rules: Rule[];
  /** By name of another axis with rules of its own: the weight of its points before floor and cap. */
  sum?: Record<string, number>;
}

export type Rule = EventRule | ProfileRule;

export interface EventRule {
  id: string;
  /** Catalogue name of the event. */
  on: string;
  where: Condition[];
  points: number;
  /** ms. Default: no decay. */
  halfLife?: number;
  cap?: Cap;
  /** Positions of the log: only events recorded after and up to these count. From a model published for future events only. */
  recorded?: { after?: string; through?: string };
}

/** Inside a window only the first `times` events count, by occurredAt. */
export interface Cap {
  times: number;
  /**
   * `days`: that many local calendar days, counted from Monday 1969-12-29; so 7 are ISO weeks. `ms`: aligned to 1970-01-01 UTC. Default:
   * all of history.
   */
  per?: { days: number } | { ms: number };
  /** Share of the points of the previous event that each further event in the window gives, at least 0.1 and below 1. */
  diminish?: number;
}

/** Applies while the known profile meets all conditions; does not decay. */
export interface ProfileRule {
  id: string;
  profile: Condition[];
  points: number;
}

export interface TierRule {
  /** Alternatives, points by axis: reached when every axis of one of them is. */
  enter: Record<string, number>[];
  /** Alternatives: the tier is kept while every axis of one of them is reached. Wherever `enter` is reached, one of these is. */
  leave: Record<string, number>[];
  /** ms before the lead can drop from the tier. */
  dwell: number;
}

export const isProfileRule = (rule: Rule): rule is ProfileRule => 'profile' in rule;

/** Short hash of the meaning of the model. */
export const versionOf = (model: ScoringModel): string => versionOfMeaning(model);
