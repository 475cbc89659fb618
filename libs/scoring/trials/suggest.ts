import { isMap, isScalar, isSeq, parseDocument, type Document } from 'yaml';
import { counted } from '@leadlog/events';
import { scoresFrom } from '../past-scores/archived-scores';
import type { CompiledModel } from '../model/compile';
import type { Histories } from '../past-scores/histories';
import { inZoneOf } from '../published/live-model';
import { readModel } from '../model/parse-model';
import type { PointBounds } from '../model/point-bounds';
import { compiledOf } from '../scores/scores.projection';
import { reached } from '../scores/tiers';
import { backtest, type Backtest } from './backtest';
import { fitToCases, type Fitted } from './fit-to-cases';
import { casesOf } from './past-cases';
import { cutoffsOf, Outcomes, spanOf, TooLittleHistory, type PastOptions } from './past-months';

const DAY = 86_400_000;
/** Fewer say too little about two dozen rules. */
export const LEAST_OUTCOMES = 50;
/** Of fewer leads the standard errors themselves say too little. */
const FEW_LEADS = 20;
/** Points: from end to end the odds differ eightfold. */
const WIDE = 30;
/** Standard errors on either side, of an interval of 95 %. */
const SIDE = 1.959964;
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
  /** Cases in which it gave anything, and of how many leads they are. */
  cases: number;
  leads: number;
  /**
   * 95 % of such intervals hold the truth; where a bound holds the points, that of what the history says. Left out where the rule never
   * gave anything.
   */
  interval?: { from: number; to: number };
  /** A sign or bound of the rule keeps the points from what the history says. */
  held?: { by: 'sign' | 'min' | 'max'; historySays: number };
  /** Why the points are not to be relied on. */
  shaky?: Shaky[];
}

export const SHAKY = ['few-leads', 'either-sign', 'wide'] as const;
export type Shaky = (typeof SHAKY)[number];

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
 * Points fitted to what happened: a logistic regression on what each rule gave at past cut-offs, with a penalty that is chosen by leads
 * left out. The last third of the months is held out. Refused (TooLittleHistory) below 50 leads with the outcome.
 */
export async function suggest(histories: Histories, request: SuggestRequest): Promise<Suggestion> {
  const { text, timezone, onProgress } = request;
  const compiled = (document: string): CompiledModel =>
    compiledOf(inZoneOf(readModel(document, 'model', { former: true }).model, timezone));
  const start = compiled(text);
  const { bounds } = readModel(text, 'model', { former: true });
  const axes = start.model.axes.length;
  if (axes > 11) throw new TooLittleHistory(`expected at most 11 axes, because a suggestion adds one that sums them, got ${axes}`);
  const span = await spanOf(await histories.asOf());
  const { cutoffs: months } = cutoffsOf({ ...request, every: 'month' }, span, timezone);
  const heldOut = months.slice(-Math.max(1, Math.floor(months.length / 3)));
  const outcomes = await Outcomes.of(histories, request);
  const { cutoffs, moreByOccurred } = cutoffsOf({ ...request, every: 'week' }, span, timezone);
  // What is fitted to was all known before the first month that is held out.
  const weeks = cutoffs.filter((at) => outcomes.until(at) <= heldOut[0]!);
  const refuse = (found: number): never => {
    throw new TooLittleHistory(
      `expected at least ${LEAST_OUTCOMES} leads with the outcome "${request.outcome}" before the held-out months to fit ${counted(start.model.axes.flatMap(({ rules }) => rules).length, 'rule')} to, got ${found}; wait for more, lengthen the horizon, or fit to an earlier outcome (accepted, deal)${moreByOccurred}`,
    );
  };
  const early = outcomes.leadsAfter(weeks);
  if (early < LEAST_OUTCOMES) refuse(early);
  const past = await casesOf(histories, start, outcomes, weeks, request, (part) => onProgress?.(0.6 * part));
  if (past.outcomes < LEAST_OUTCOMES) refuse(past.outcomes);
  const rules = start.model.axes.flatMap(({ name, rules: all }) => all.map((rule) => ({ axis: name, rule, bounds: bounds.get(rule.id)! })));
  const logits = (points: number): number => points / POINTS_PER_LOGIT;
  const fitted = fitToCases(past, {
    least: rules.map((one) => logits(one.bounds.least)),
    most: rules.map((one) => logits(one.bounds.most)),
  });
  onProgress?.(0.75);
  const suggested = rules.map(({ axis, rule, bounds: own }, i): SuggestedRule => ({
    id: rule.id,
    axis,
    before: rule.points,
    ...pointsOf(fitted, i, own),
    ...past.given[i]!,
    ...doubtsOf(fitted, i, past.given[i]!),
  }));
  const { penalty } = fitted;
  const draft = await draftOf(histories, text, start, suggested, bounds, weeks.at(-1)!, request);
  const suggestion = compiled(draft);
  const compared = await backtest(histories, {
    ...request,
    versions: [
      { name: 'start', model: start },
      { name: 'suggested', model: suggestion },
    ],
    cutoffs: heldOut,
    every: 'month',
    onProgress: (part) => onProgress?.(0.8 + 0.2 * part),
  });
  const answer = {
    text: draft,
    model: suggestion.id,
    version: suggestion.version,
    outcomes: past.outcomes,
    cases: past.cases.outcomes.length,
    penalty,
    rules: suggested,
    heldOut: compared,
  };
  return { ...answer, summary: summaryOf(answer, request) };
}

const rounded = (points: number): number => Math.round(10 * points) / 10 + 0;

function pointsOf({ coefficients, unheld }: Fitted, i: number, { least, most, by }: PointBounds): Pick<SuggestedRule, 'after' | 'held'> {
  const points = POINTS_PER_LOGIT * coefficients[i]!.value;
  // A bound may say more digits than a suggestion does.
  const after = Math.min(most, Math.max(least, rounded(points)));
  const free = unheld.get(i);
  if (!free) return { after };
  const historySays = rounded(POINTS_PER_LOGIT * free.value);
  if (historySays >= least && historySays <= most) return { after };
  return { after, held: { by: (historySays < least ? by.least : by.most)!, historySays } };
}

function doubtsOf(
  { coefficients, unheld }: Fitted,
  i: number,
  { cases, leads }: { cases: number; leads: number },
): Pick<SuggestedRule, 'interval' | 'shaky'> {
  if (cases === 0) return { shaky: ['few-leads'] };
  const { value, error } = unheld.get(i) ?? coefficients[i]!;
  const [from, to] = [-1, 1].map((side) => rounded(POINTS_PER_LOGIT * (value + side * SIDE * error))) as [number, number];
  const doubts = { 'few-leads': leads < FEW_LEADS, 'either-sign': from <= 0 && to >= 0, wide: to - from > WIDE };
  const shaky = SHAKY.filter((doubt) => doubts[doubt]);
  return { interval: { from, to }, ...(shaky.length > 0 && { shaky }) };
}

/**
 * The document with the points, an axis `total` that adds what the rules give (only a sum ranks by the odds), and tiers on it at which as
 * many leads are hot and warm as under what it started from, one in a hundred and one in ten at least.
 */
async function draftOf(
  histories: Histories,
  text: string,
  start: CompiledModel,
  rules: readonly SuggestedRule[],
  bounds: ReadonlyMap<string, PointBounds>,
  at: number,
  request: SuggestRequest,
): Promise<string> {
  const document = parseDocument(text);
  for (const { axis, id, after } of rules) setPoints(document, axis, id, after, bounds.get(id)!);
  const withRules = start.model.axes.filter(({ sum }) => sum === undefined).map(({ name }) => name);
  let total = 'total';
  while (withRules.includes(total)) total += '-odds';
  document.setIn(['axes', total], document.createNode({ floor: -1_000, sum: Object.fromEntries(withRules.map((name) => [name, 1])) }));
  document.deleteIn(['tiers']);
  document.setIn(['tiers'], document.createNode({ warm: { enter: { [total]: 0 } } }));

  const history = await histories.asOf(at, request.by);
  const points = (
    await scoresFrom(history, compiledOf(inZoneOf(readModel(document.toString(), 'model', { former: true }).model, request.timezone)), {
      at,
      happened: true,
    })
  )
    .map(({ scores }) => scores[total]!)
    .sort((a, b) => b - a);
  const now = await scoresFrom(history, start, { at, happened: true });
  const as = (tier: 'hot' | 'warm'): number => {
    const rule = start.model.tiers[tier];
    return rule ? now.filter(({ scores }) => reached(rule.enter, scores)).length : 0;
  };
  const hot = rounded(thresholdOf(points, Math.max(as('hot'), Math.ceil(points.length / 100))));
  const warm = rounded(Math.min(thresholdOf(points, Math.max(as('warm'), Math.ceil(points.length / 10))), hot - 10));
  const { dwell } = start.model.tiers.hot ?? { dwell: 0 };
  document.setIn(
    ['tiers'],
    document.createNode({
      hot: { enter: { [total]: hot }, leave: { [total]: rounded(hot - 10) }, ...(dwell > 0 && { dwell: durationText(dwell) }) },
      warm: { enter: { [total]: warm }, leave: { [total]: rounded(warm - 5) } },
    }),
  );
  return document.toString({ lineWidth: 0 });
}

const durationText = (ms: number): string => (ms % DAY === 0 ? `${ms / DAY}d` : `${Math.round(ms / 60_000)}m`);

/** The lowest, to a tenth, that no more than so many reach. */
const thresholdOf = (descending: readonly number[], leads: number): number =>
  leads >= descending.length ? Math.floor(10 * (descending.at(-1) ?? 0)) / 10 : Math.floor(10 * descending[leads]!) / 10 + 0.1;

function setPoints(document: Document, axis: string, id: string, points: number, { by }: PointBounds): void {
  const rules = document.getIn(['axes', axis, 'rules']);
  if (!isSeq(rules)) return;
  for (const rule of rules.items) {
    if (!isMap(rule) || rule.get('id') !== id) continue;
    const node = rule.get('points', true);
    if (isScalar(node)) Object.assign(node, { value: points, source: undefined, format: undefined });
    // Points of 0 have no sign, and the next suggestion is to know the one that was meant.
    const sign = by.least === 'sign' ? 'positive' : by.most === 'sign' ? 'negative' : undefined;
    if (points === 0 && sign) rule.setIn(['suggest', 'sign'], sign);
  }
}

const intervalText = ({ from, to }: { from: number; to: number }): string => `${from} to ${to}`;

function summaryOf(
  { outcomes, cases, penalty, rules, heldOut }: Omit<Suggestion, 'summary'>,
  { outcome, horizonDays }: SuggestRequest,
): string[] {
  const byChange = [...rules].sort((a, b) => Math.abs(b.after) - Math.abs(a.after));
  const told = (some: readonly SuggestedRule[]): string => some.map(({ id, before, after }) => `${id} ${before} → ${after}`).join(', ');
  const held = rules.filter((rule) => rule.held);
  const shaky = rules.filter((rule) => rule.shaky && rule.cases > 0);
  const never = rules.filter(({ cases: given }) => given === 0).map(({ id }) => id);
  return [
    `Fitted to ${counted(outcomes, 'lead')} with the outcome "${outcome}" within ${counted(horizonDays, 'day')}, in ${counted(cases, 'case')} (penalty ${penalty}). Ten points double the odds.`,
    `Largest effects: ${told(byChange.slice(0, 5))}.`,
    ...(never.length > 0 ? [`Never happened, so their effect is unknown and they give 0: ${never.join(', ')}.`] : []),
    ...(held.length > 0
      ? [
          `Kept by a sign or limit from the value found in the history: ${held.map(({ id, after, held: from, interval }) => `${id} at ${after} (history: ${from!.historySays}, ${intervalText(interval!)})`).join(', ')}.`,
        ]
      : []),
    ...(shaky.length > 0
      ? [
          `Shaky, because the 95 % interval contains both signs or spans more than ${WIDE} points, or fewer than ${FEW_LEADS} leads did it: ${shaky.map(({ id, after, interval }) => `${id} ${after} (${intervalText(interval!)})`).join(', ')}.`,
        ]
      : []),
    'On the held-out months:',
    ...heldOut.summary,
  ];
}
