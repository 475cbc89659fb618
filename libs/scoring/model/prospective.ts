import { isDeepStrictEqual } from 'node:util';
import type { Position } from '@leadlog/event-log';
import { isProfileRule, type Axis, type EventRule, type Rule, type ScoringModel } from './model';

/**
 * The model that uses `before` for events recorded up to `at`, and `next` from there on: event rules that
 * are the same in both are unchanged, a removed or changed rule ends there, a new or changed one begins there. Everything
 * else is taken from `next`, even for the past: caps and floors of axes, profile rules, tiers, account, time zone.
 *
 * A rule that has ended is named `<id>@<position at which it ended>`, so that the id belongs to the one that goes on. Rules of
 * an axis that `next` does not have, or makes a sum, end with the axis.
 */
export function prospective(before: ScoringModel, next: ScoringModel, at: Position): ScoringModel {
  const ids = new Set(next.axes.flatMap(({ rules }) => rules.map(({ id }) => id)));
  const free = (name: string): string => {
    // A document may have a rule of such a name.
    while (ids.has(name)) name += "'";
    ids.add(name);
    return name;
  };
  const ended = (rule: EventRule): EventRule =>
    hasEnded(rule)
      ? { ...rule, id: free(rule.id) }
      : { ...rule, id: free(`${rule.id}@${at}`), recorded: { ...rule.recorded, through: String(at) } };
  const axes = next.axes.map((axis): Axis => {
    if (axis.sum) return axis;
    const former = (before.axes.find(({ name }) => name === axis.name)?.rules ?? []).filter(isEventRule);
    const kept = new Map<Rule, EventRule>();
    for (const rule of axis.rules) {
      const same = former.find((one) => !hasEnded(one) && isSame(one, rule));
      if (same) kept.set(rule, same);
    }
    const going = new Set(kept.values());
    return {
      ...axis,
      rules: [
        ...axis.rules.map((rule) => kept.get(rule) ?? (isProfileRule(rule) ? rule : begun(rule, at))),
        ...former.filter((rule) => !going.has(rule)).map(ended),
      ],
    };
  });
  return { ...next, axes };
}

const isEventRule = (rule: Rule): rule is EventRule => !isProfileRule(rule);
const hasEnded = ({ recorded }: EventRule): boolean => recorded?.through !== undefined;
const begun = (rule: EventRule, at: Position): EventRule => ({ ...rule, recorded: { after: String(at) } });

function isSame({ recorded: _, ...one }: EventRule, other: Rule): boolean {
  return isDeepStrictEqual(one, other);
}
