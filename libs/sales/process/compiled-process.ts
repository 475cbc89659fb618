import { testOf } from '@leadlog/where';
import { processVersion, type NextRule, type SalesProcess } from './process';
import type { Situation, SituationField } from './situation';

export interface CompiledRule {
  rule: NextRule;
  /** Whether all of its conditions do. */
  holds(situation: Situation): boolean;
  /** The fields of its conditions that may change because days pass, and whether the conditions on them hold. */
  daily: readonly SituationField[];
  holdsDaily(situation: Situation): boolean;
}

/** A process with its conditions as closures. */
export interface CompiledProcess {
  id: string;
  version: string;
  process: SalesProcess;
  /** In the order in which they are written. */
  rulesOf(stageId: string): readonly CompiledRule[];
}

/** `version`: the one under which it was published, which a later program might compute otherwise. */
export function compileProcess(process: SalesProcess, version = processVersion(process)): CompiledProcess {
  const rules = new Map(process.stages.map(({ id, next }) => [id, next.map(compileRule)]));
  return { id: process.process, version, process, rulesOf: (stageId) => rules.get(stageId) ?? [] };
}

function compileRule(rule: NextRule): CompiledRule {
  const tests = rule.when.map((condition) => ({ field: condition.path as SituationField, test: testOf(condition) }));
  const daily = tests.filter(({ field }) => field.startsWith('days') || field === 'appointment');
  return {
    rule,
    holds: (situation) => tests.every(({ field, test }) => test(situation(field))),
    daily: daily.map(({ field }) => field),
    holdsDaily: (situation) => daily.every(({ field, test }) => test(situation(field))),
  };
}
