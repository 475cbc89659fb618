import { startOfDayAfter } from '@leadlog/time';
import type { CompiledRule } from '../process/compiled-process';
import { changesDaily, situationOf, type Asked } from './situation-of';

/** Days that are looked back for when a condition came true; from longer ago it makes no difference. */
export const MOST_DAYS_BACK = 60;

/** Since when a rule asks for its step, ms, given that its conditions hold; undefined if what it counts from has not happened. */
export function askedSince({ rule, daily, holdsDaily }: CompiledRule, asked: Asked, lastStep: number): number | undefined {
  const { work, moments, stage, asOf } = asked;
  if (rule.after === undefined && rule.when.length === 0) return stage.since;
  const step = rule.after === undefined ? lastStep : moments[rule.after]?.last;
  if (step === undefined || daily.length === 0) return step;
  // What asks for days comes true as they pass, at the beginning of a day.
  const { now, timezone } = asOf;
  let since = startOfDayAfter(now, 0, timezone);
  if (since <= step) return step;
  if (!daily.some((field) => changesDaily(field, asked))) return Math.max(step, startOfDayAfter(now, -MOST_DAYS_BACK, timezone));
  for (let days = 0; days < MOST_DAYS_BACK && since > step; days += 1) {
    const before = startOfDayAfter(since, -1, timezone);
    if (!holdsDaily(situationOf(work, moments, stage, { now: before, timezone }))) break;
    since = before;
  }
  return Math.max(step, since);
}
