import { createHash } from 'node:crypto';
import type { LeadRole } from '@leadlog/lead';
import type { Condition } from './where';

/** A scoring model, checked and normalised: plain data, the same whatever the order of keys or style of its document. */
export interface ScoringModel {
  model: string;
  /** IANA; the windows of caps are days there. Where the tenant is, if it is left out. */
  timezone?: string;
  axes: Axis[];
  account?: AccountRule;
  tiers: { hot?: TierRule; warm?: TierRule };
}

/** How the score of an account follows from its people. */
export interface AccountRule {
  axis: string;
  /** So many of the best people count with their points. */
  top: number;
  /** Points for each further active one. */
  breadth: number;
  /** Roles that a purchase needs; all but `unknown` where they are left out. */
  roles?: LeadRole[];
}

export interface Axis {
  name: string;
  /** The score is never above. */
  cap?: number;
  /** The score is never below; 0 unless the model says otherwise. */
  floor: number;
  /** None where the axis is a sum of others. */
  rules: Rule[];
  /** By name of another axis, which has rules of its own: the weight of its points, as they are before its floor and cap. */
  sum?: Record<string, number>;
}

export type Rule = EventRule | ProfileRule;

export interface EventRule {
  id: string;
  /** Catalogue name of the event. */
  on: string;
  where: Condition[];
  points: number;
  /** ms; for ever where it is left out. */
  halfLife?: number;
  cap?: Cap;
  /** Positions of the log: only what was recorded after and up to there counts. From a model that was published for the future only. */
  recorded?: { after?: string; through?: string };
}

/** Inside a window only the first `times` events count, by occurredAt. */
export interface Cap {
  times: number;
  /** `days`: that many local calendar days, counted from Monday 1969-12-29; so 7 are ISO weeks. `ms`: aligned to 1970-01-01 UTC. All of history where it is left out. */
  per?: { days: number } | { ms: number };
  /** What each further event of the window gives of the one before, from 0.1 and below 1: diminishing returns. */
  diminish?: number;
}

/** Holds while all conditions hold on the profile as it is known; does not decay. */
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
  /** ms for which the tier is not left downwards. */
  dwell: number;
}

export const isProfileRule = (rule: Rule): rule is ProfileRule => 'profile' in rule;

/** Short hash of what the model means: the same for documents that differ in comments, order of keys or style only. */
export function versionOf(model: ScoringModel): string {
  return createHash('sha256').update(canonical(model)).digest('hex').slice(0, 12);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}
