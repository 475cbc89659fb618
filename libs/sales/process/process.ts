import { versionOfMeaning } from '@leadlog/documents';
import type { Words } from '@leadlog/lead';
import type { Duration } from '@leadlog/organisation';
import type { Condition } from '@leadlog/where';
import type { EntryMoment, ExitMoment } from './moments';
import type { Verb } from './verbs';

/** How a company sells: what each stage is for, when a run or a deal is in it, and what to do there. Checked and normalised. */
export interface SalesProcess {
  process: string;
  stages: Stage[];
}

export interface Stage {
  id: string;
  name: Words;
  purpose: Words;
  /** Any of these puts a run or a deal into the stage. */
  entry: EntryMoment[];
  /** What it is meant to lead to: any of these. */
  exit: ExitMoment[];
  /** Names of KPIs. */
  kpis: string[];
  next: NextRule[];
  giveUp?: GiveUp;
  /** What to ask, tell and show in calls and meetings of the stage, in this order. */
  flow?: FlowItem[];
}

export const FLOW_KINDS = ['ask', 'tell', 'show'] as const;
export interface FlowItem {
  /** Unique in the process: calls and meetings name it when it was covered. */
  id: string;
  kind: (typeof FLOW_KINDS)[number];
  required: boolean;
  text: Words;
}

/** By id, of all stages. */
export const requiredItems = ({ stages }: SalesProcess): string[] =>
  stages.flatMap(({ flow = [] }) => flow.flatMap(({ id, required }) => (required ? [id] : [])));

/** A step that is due while all its conditions hold, until it is done. */
export interface NextRule {
  do: Verb;
  /** Counted from the last of this moment; by default from the entry into the stage, or, with conditions, from the last step. */
  after?: EntryMoment;
  within: Duration;
  /** At the hour at which calls are answered most often, within that time. */
  bestHour: boolean;
  when: Condition[];
  because: Words;
  /** Where it is written; no part of its meaning. */
  line: number;
}

/** When the stage has gone on for long enough without its exit: one of the thresholds is reached. */
export interface GiveUp {
  /** In the stage. */
  calls?: number;
  /** In the stage. */
  days?: number;
  then: Verb;
  because: Words;
  line: number;
}

/** Short hash of the meaning: the same for documents that differ only in comments, order of names or style. */
export const processVersion = (process: SalesProcess): string => versionOfMeaning(meaningOf(process));

/** What two documents that mean the same have in common. */
export const meaningOf = ({ process, stages }: SalesProcess): object => ({
  process,
  stages: stages.map(({ next, giveUp, ...stage }) => ({ ...stage, next: next.map(withoutLine), giveUp: giveUp && withoutLine(giveUp) })),
});

const withoutLine = <Rule extends { line: number }>({ line: _, ...rule }: Rule): Omit<Rule, 'line'> => rule;
