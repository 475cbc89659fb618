import type { LeadlogEvent, Tier } from '@leadlog/events';
import { localDay } from '@leadlog/time';
import { testOf, whereOf, type Condition, type Test } from '@leadlog/where';
import type { Undone } from '../published/lineage';
import { fieldHad } from './rule-fields';
import { isProfileRule, versionOf, type Cap, type EventRule, type ProfileRule, type ScoringModel } from './model';

/** That of the settings, where they name none. */
const TIMEZONE = 'Asia/Tokyo';

/** A model compiled for folding: closures by event type, with no lookups by name. */
export interface CompiledModel {
  readonly model: ScoringModel;
  /** IANA; where the days of caps are. */
  readonly timezone: string;
  readonly id: string;
  /** Short hash of the model; recorded in LeadTierChanged. */
  readonly version: string;
  /** Separate sums: one for each axis with rules and each half-life. */
  readonly slots: readonly { axis: number; halfLife: number | undefined }[];
  readonly byType: ReadonlyMap<string, readonly CompiledRule[]>;
  readonly profileRules: readonly CompiledProfileRule[];
  /** Fields of the profile that rules mention, with every condition on each. */
  readonly fields: readonly { name: string; tests: readonly Test[] }[];
  /** Rolled-back publications, if any. */
  readonly undone?: Undone;
  /** Of each axis, whose points it counts, and by how much; its own with weight 1 where it is no sum. */
  readonly weights: readonly (readonly { axis: number; weight: number }[])[];
}

export interface CompiledRule {
  readonly rule: EventRule;
  /** Among all rules of the model. */
  readonly index: number;
  readonly axis: number;
  readonly slot: number;
  matches(event: LeadlogEvent): boolean;
  /** Number of the window that contains a moment; undefined without a cap. */
  readonly windowOf: ((at: number) => number) | undefined;
  /** Points of the first, second, … event of a window; further events give nothing. Undefined without a cap. */
  readonly pointsInWindow: readonly number[] | undefined;
}

export interface CompiledProfileRule {
  readonly rule: ProfileRule;
  readonly axis: number;
  /** Field and condition (indexes in `fields`): all must hold. */
  readonly needs: readonly (readonly [field: number, test: number])[];
}

export const TIER_ORDER: readonly Tier[] = ['hot', 'warm', 'cold'];

/** `tenant`: the time zone of the tenant, for a model without one. */
export function compile(model: ScoringModel, tenant = TIMEZONE): CompiledModel {
  const { timezone = tenant } = model;
  const slots: { axis: number; halfLife: number | undefined }[] = [];
  const byType = new Map<string, CompiledRule[]>();
  const profileRules: CompiledProfileRule[] = [];
  const fields: { name: string; tests: Test[] }[] = [];

  const slotOf = (axis: number, halfLife: number | undefined): number => {
    const found = slots.findIndex((slot) => slot.axis === axis && slot.halfLife === halfLife);
    return found >= 0 ? found : slots.push({ axis, halfLife }) - 1;
  };
  const fieldOf = (name: string): number => {
    const found = fields.findIndex((field) => field.name === name);
    return found >= 0 ? found : fields.push({ name, tests: [] }) - 1;
  };

  let index = 0;
  model.axes.forEach(({ rules }, axis) => {
    for (const rule of rules) {
      if (isProfileRule(rule)) {
        const needs = rule.profile.map((condition) => {
          const field = fieldOf(condition.path);
          return [field, fields[field]!.tests.push(profileTest(condition)) - 1] as const;
        });
        profileRules.push({ rule, axis, needs });
      } else {
        const { cap } = rule;
        const compiled = {
          rule,
          index,
          axis,
          slot: slotOf(axis, rule.halfLife),
          matches: matcherOf(rule),
          windowOf: cap && windowsOf(cap.per, timezone),
          pointsInWindow: cap && Array.from({ length: cap.times }, (_, rank) => rule.points * (cap.diminish ?? 1) ** rank),
        };
        byType.set(rule.on, [...(byType.get(rule.on) ?? []), compiled]);
      }
      index += 1;
    }
  });
  const weights = model.axes.map(({ sum }, axis) =>
    sum
      ? Object.entries(sum).map(([name, weight]) => ({ axis: model.axes.findIndex((one) => one.name === name), weight }))
      : [{ axis, weight: 1 }],
  );
  return { model, timezone, id: model.model, version: versionOf(model), slots, byType, profileRules, fields, weights };
}

function profileTest(condition: Condition): Test {
  const test = testOf(condition);
  return fieldHad(condition.path) === undefined ? test : (found) => test(found ?? false);
}

function matcherOf({ where, recorded }: EventRule): (event: LeadlogEvent) => boolean {
  const matches = whereOf(where);
  if (!recorded) return matches;
  const [after, through] = [recorded.after, recorded.through].map((position) => (position === undefined ? undefined : BigInt(position)));
  return (event) =>
    (after === undefined || event.position > after) && (through === undefined || event.position <= through) && matches(event);
}

const DAY = 86_400_000;
const QUARTER = 900_000;
/** 1970-01-01 was a Thursday: three days behind the Monday from which windows of several days are counted. */
const THURSDAY = 3;

/**
 * No clock is put forward or back inside a quarter of an hour, so all its moments are of one day. A cache of a pure function, shared by the
 * rules.
 */
const windowsByQuarter = new Map<string, Map<number, number>>();

function windowsOf(per: Cap['per'], timezone: string): (at: number) => number {
  if (per === undefined) return () => 0;
  if ('ms' in per) return (at) => Math.floor(at / per.ms);
  const { days } = per;
  const name = `${timezone} ${days}`;
  const windows = windowsByQuarter.get(name) ?? new Map<number, number>();
  windowsByQuarter.set(name, windows);
  return (at) => {
    const quarter = Math.floor(at / QUARTER);
    let window = windows.get(quarter);
    if (window === undefined) windows.set(quarter, (window = Math.floor((Date.parse(localDay(at, timezone)) / DAY + THURSDAY) / days)));
    return window;
  };
}
