import type { Histories, KnownBy } from '../past-scores/histories';
import type { LiveModel } from '../published/live-model';
import { compiledOf } from '../scores/scores.projection';
import { backtest, type Backtest } from './backtest';
import type { Outcome } from './past-months';
import { preview, type Preview } from './preview';
import { suggest, type Suggestion } from './suggest';

/** What looks at a model over history: a preview of its switch, a backtest of it beside what is live, or a suggestion of other points. */
export const TRIAL_KINDS = ['preview', 'backtest', 'suggest'] as const;
export type TrialKind = (typeof TRIAL_KINDS)[number];

/** A job of this queue performs the trial of its id. */
export const TRIALS_QUEUE = 'model-trials';

export interface TrialRequest {
  kind: TrialKind;
  modelId: string;
  /** Of the draft, as it is known. */
  version: string;
  draft: LiveModel;
  /** Its document; what a suggestion starts from. */
  text: string;
  /** What decides now. */
  live?: LiveModel;
  /** Handoffs follow from this model; from one that runs beside the main one none does. */
  handsOff: boolean;
  /** Of a backtest: others to stand beside the two. */
  challengers?: { name: string; model: LiveModel }[];
  options: TrialOptions;
}

export interface TrialOptions {
  /** Leads named by a preview at most. */
  named?: number;
  /** Days YYYY-MM-DD: where the months of a backtest begin and end. */
  from?: string;
  to?: string;
  every?: 'month' | 'week';
  /** Opening a deal by default. */
  outcome?: Outcome;
  /** 30 by default. */
  horizonDays?: number;
  capacity?: number;
  /** What counts as known at a past moment; what was recorded by default. */
  by?: KnownBy;
  /** Leads that have bought already too; they are left out by default. */
  includeCustomers?: boolean;
}

export type TrialResult = Preview | Backtest | Suggestion;

/** Throws TooLittleHistory, and what the history throws. `onProgress`: 0 to 1. */
export async function performTrial(
  histories: Histories,
  { kind, draft, live, handsOff, challengers = [], text, options }: TrialRequest,
  { now, timezone, onProgress }: { now: number; timezone: string; onProgress?: (part: number) => void },
): Promise<TrialResult> {
  const { named, capacity, outcome = 'deal', horizonDays = 30, by = 'recorded', ...span } = options;
  const past = { ...span, outcome, horizonDays, by, timezone, onProgress };
  switch (kind) {
    case 'preview':
      return preview(histories, { draft: compiledOf(draft), live: live && compiledOf(live), handsOff, at: now, named });
    case 'backtest':
      return backtest(histories, {
        ...past,
        capacity,
        versions: [...(live ? [{ name: 'live', model: live }] : []), ...challengers, { name: 'draft', model: draft }].map(
          ({ name, model }) => ({ name, model: compiledOf(model) }),
        ),
      });
    case 'suggest':
      return suggest(histories, { ...past, text });
  }
}

/** In one line each, for a list in which trials are compared. */
export function figuresOf(result: TrialResult): Record<string, number | undefined> {
  if ('becomeHot' in result)
    return { leads: result.leads, becomeHot: result.becomeHot, leaveHot: result.leaveHot, handsOff: result.handsOff };
  const { versions } = 'heldOut' in result ? result.heldOut : result;
  const { auc, precision, lift, medianLeadTimeDays } = versions.at(-1)!;
  return { auc, precision, lift, medianLeadTimeDays };
}
