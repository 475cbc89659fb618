import { isMap, isScalar, isSeq, parseDocument, type Document } from 'yaml';
import { scoresFrom } from './archived-scores';
import { backtest, type Backtest } from './backtest';
import type { CompiledModel } from './compile';
import { fitToCases } from './fit-to-cases';
import type { Histories } from './history';
import { inZoneOf } from './live-model';
import { parseModel } from './parse-model';
import { casesOf } from './past-cases';
import { cutoffsOf, Outcomes, spanOf, TooLittleHistory, type PastOptions } from './past-months';
import { compiledOf } from './scores';
import { reached } from './tiers';

const DAY = 86_400_000;
/** Fewer say too little about two dozen rules. */
export const LEAST_OUTCOMES = 50;
/** Ten points double the odds. */
const POINTS_PER_LOGIT = 10 / Math.LN2;

export interface SuggestRequest extends PastOptions {
  /** The document to start from; its rules are the features. */
  text: string;
  timezone: string;
  /** 0 to 1. */
  onProgress?: (part: number) => void;
}

export interface SuggestedRule {
  id: string;
  axis: string;
  before: number;
  /** Ten double the odds of the outcome. */
  after: number;
  /** Cases in which it gave anything. */
  cases: number;
}

export interface Suggestion {
  /** A draft like any other: the document with other points, its comments kept. */
  text: string;
  model: string;
  version: string;
  outcomes: number;
  cases: number;
  penalty: number;
  rules: SuggestedRule[];
  /** Of what it started from and the suggestion, on months that were not looked at for fitting. */
  heldOut: Backtest;
  summary: string[];
}

/**
 * Points fitted to what happened: a logistic regression on what each rule gave at past cut-offs, with a penalty that is chosen by leads left out. The
 * last third of the months is held out. Refused (TooLittleHistory) below 50 leads with the outcome.
 */
export async function suggest(histories: Histories, request: SuggestRequest): Promise<Suggestion> {
  const { text, timezone, onProgress } = request;
  const compiled = (document: string): CompiledModel => compiledOf(inZoneOf(parseModel(document), timezone));
  const start = compiled(text);
  const axes = start.model.axes.length;
  if (axes > 11) throw new TooLittleHistory(`expected at most 11 axes, for a suggestion adds one that sums them, got ${axes}`);
  const span = await spanOf(await histories.asOf());
  const { cutoffs: months } = cutoffsOf({ ...request, every: 'month' }, span, timezone);
  const heldOut = months.slice(-Math.max(1, Math.floor(months.length / 3)));
  const outcomes = await Outcomes.of(histories, request);
  const { cutoffs, moreByOccurred } = cutoffsOf({ ...request, every: 'week' }, span, timezone);
  // What is fitted to was all known before the first month that is held out.
  const weeks = cutoffs.filter((at) => outcomes.until(at) <= heldOut[0]!);
  const refuse = (found: number): never => {
    throw new TooLittleHistory(
      `expected at least ${LEAST_OUTCOMES} leads with the outcome "${request.outcome}" before the held-out months to fit ${start.model.axes.flatMap(({ rules }) => rules).length} rules to, got ${found}; wait for more, lengthen the horizon, or fit to an earlier outcome (accepted, deal)${moreByOccurred}`,
    );
  };
  const early = outcomes.leadsAfter(weeks);
  if (early < LEAST_OUTCOMES) refuse(early);
  const past = await casesOf(histories, start, outcomes, weeks, request, (part) => onProgress?.(0.6 * part));
  if (past.outcomes < LEAST_OUTCOMES) refuse(past.outcomes);
  const { fitted, penalty } = fitToCases(past);
  onProgress?.(0.75);
  const rules = start.model.axes.flatMap(({ name, rules: all }) => all.map((rule) => ({ axis: name, rule })));
  const suggested = rules.map(({ axis, rule }, i): SuggestedRule => ({ id: rule.id, axis, before: rule.points, after: Math.round(10 * POINTS_PER_LOGIT * fitted.coefficients[i]!) / 10, cases: past.given[i]! }));
  const draft = await draftOf(histories, text, start, suggested, weeks.at(-1)!, request);
  const suggestion = compiled(draft);
  const compared = await backtest(histories, {
    ...request,
    versions: [{ name: 'start', model: start }, { name: 'suggested', model: suggestion }],
    cutoffs: heldOut,
    every: 'month',
    onProgress: (part) => onProgress?.(0.8 + 0.2 * part),
  });
  const answer = { text: draft, model: suggestion.id, version: suggestion.version, outcomes: past.outcomes, cases: past.cases.outcomes.length, penalty, rules: suggested, heldOut: compared };
  return { ...answer, summary: summaryOf(answer, request) };
}

/**
 * The document with the points, an axis `total` that adds what the rules give (only a sum ranks by the odds), and tiers on it at which as many leads are
 * hot and warm as under what it started from, one in a hundred and one in ten at least.
 */
async function draftOf(histories: Histories, text: string, start: CompiledModel, rules: readonly SuggestedRule[], at: number, request: SuggestRequest): Promise<string> {
  const document = parseDocument(text);
  for (const { axis, id, after } of rules) setPoints(document, axis, id, after);
  const withRules = start.model.axes.filter(({ sum }) => sum === undefined).map(({ name }) => name);
  let total = 'total';
  while (withRules.includes(total)) total += '-odds';
  document.setIn(['axes', total], document.createNode({ floor: -1_000, sum: Object.fromEntries(withRules.map((name) => [name, 1])) }));
  document.deleteIn(['tiers']);
  document.setIn(['tiers'], document.createNode({ warm: { enter: { [total]: 0 } } }));

  const history = await histories.asOf(at, request.by);
  const points = (await scoresFrom(history, compiledOf(inZoneOf(parseModel(document.toString()), request.timezone)), { at, happened: true })).map(({ scores }) => scores[total]!).sort((a, b) => b - a);
  const now = await scoresFrom(history, start, { at, happened: true });
  const as = (tier: 'hot' | 'warm'): number => {
    const rule = start.model.tiers[tier];
    return rule ? now.filter(({ scores }) => reached(rule.enter, scores)).length : 0;
  };
  const hot = rounded(thresholdOf(points, Math.max(as('hot'), Math.ceil(points.length / 100))));
  const warm = rounded(Math.min(thresholdOf(points, Math.max(as('warm'), Math.ceil(points.length / 10))), hot - 10));
  const { dwell } = start.model.tiers.hot ?? { dwell: 0 };
  document.setIn(['tiers'], document.createNode({
    hot: { enter: { [total]: hot }, leave: { [total]: rounded(hot - 10) }, ...(dwell > 0 && { dwell: durationText(dwell) }) },
    warm: { enter: { [total]: warm }, leave: { [total]: rounded(warm - 5) } },
  }));
  return document.toString({ lineWidth: 0 });
}

const rounded = (points: number): number => Math.round(10 * points) / 10;

const durationText = (ms: number): string => (ms % DAY === 0 ? `${ms / DAY}d` : `${Math.round(ms / 60_000)}m`);

/** The lowest, to a tenth, that no more than so many reach. */
const thresholdOf = (descending: readonly number[], leads: number): number => (leads >= descending.length ? Math.floor(10 * (descending.at(-1) ?? 0)) / 10 : Math.floor(10 * descending[leads]!) / 10 + 0.1);

function setPoints(document: Document, axis: string, id: string, points: number): void {
  const rules = document.getIn(['axes', axis, 'rules']);
  if (!isSeq(rules)) return;
  for (const rule of rules.items) {
    if (!isMap(rule) || rule.get('id') !== id) continue;
    const node = rule.get('points', true);
    if (isScalar(node)) Object.assign(node, { value: points, source: undefined, format: undefined });
  }
}

function summaryOf({ outcomes, cases, penalty, rules, heldOut }: Omit<Suggestion, 'summary'>, { outcome, horizonDays }: SuggestRequest): string[] {
  const byChange = [...rules].sort((a, b) => Math.abs(b.after) - Math.abs(a.after));
  const told = (some: readonly SuggestedRule[]): string => some.map(({ id, before, after }) => `${id} ${before} → ${after}`).join(', ');
  const never = rules.filter(({ cases: given }) => given === 0).map(({ id }) => id);
  return [
    `Fitted to ${outcomes} leads with the outcome "${outcome}" within ${horizonDays} days, in ${cases} cases (penalty ${penalty}). Ten points double the odds.`,
    `What tells most: ${told(byChange.slice(0, 5))}.`,
    ...(never.length > 0 ? [`Never happened, so nothing is known of them and they give 0: ${never.join(', ')}.`] : []),
    'On the months held out:',
    ...heldOut.summary,
  ];
}
