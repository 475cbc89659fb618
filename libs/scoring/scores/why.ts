import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import type { EventLog, Position } from '@leadlog/event-log';
import { decode, holdingOf, leadCorrections, leadStreams, Voided, voidIn, type LeadlogEvent, type Tier } from '@leadlog/events';
import { TIER_ORDER, type CompiledModel, type CompiledRule } from '../model/compile';
import type { KnownBy } from '../past-scores/histories';
import { smallestChange, type Counterfactual } from './counterfactual';
import { KEPT_PERIODS, periodOf, quantum, valueAt } from './decay';
import { numberOf } from './exact-sum';
import { foldLead } from './rolled-back';
import { curvesOf, initialScore, profileHolds, topPeriodOf, type ScoreState } from './score-state';
import { clamp, nextChange, scoreAt, tierOf, type Scores } from './tiers';

/** What one event gives under one rule at the requested time. */
export interface Contribution {
  /** Undefined if a profile rule applies because nothing is known. */
  eventId?: string;
  type?: string;
  ruleId: string;
  axis: string;
  occurredAt?: number;
  /** Points of the rule, reduced if its cap diminishes them. */
  raw: number;
  /** 0 to 1; the share left after decay. */
  decay: number;
  /** raw × decay; 0 when capped. */
  points: number;
  /** The window of the rule's cap was already full. */
  capped?: true;
}

export interface AxisExplanation {
  axis: string;
  /** Of the contributions. */
  sum: number;
  /** The effect of floor and cap of the axis: score = sum + adjustment. */
  adjustment: number;
  score: number;
}

export interface Explanation {
  leadId: string;
  model: string;
  version: string;
  at: number;
  axes: AxisExplanation[];
  /** Largest first; in pages, those of the profile first, then newest first. */
  contributions: Contribution[];
  /** As decided by then. */
  tier: Tier;
  tierSince?: number;
  /** The next warmer tier and what is missing for it, by axis. */
  next?: { tier: Tier; missing: Scores };
  /** The smallest change that would be enough for it if it happened now; undefined if nothing is. */
  change?: Counterfactual;
  /** When the tier falls if nothing else happens. */
  coolsAt?: number;
}

export interface ExplainRequest {
  log: EventLog;
  model: CompiledModel;
  leadId: string;
  /** The lead and everything merged into it. */
  family: readonly string[];
  /** Streams of other kinds with events of the lead (`ScoreState.x`). */
  streams?: readonly string[];
  at: number;
  /** Use only what had happened by `at`; with `recorded` only what had been recorded by then too, so also only the merges of then. */
  asOf?: KnownBy;
  /** Use only what the log held up to here. */
  through?: Position;
  /** Also the smallest change to the next tier, which costs more than all the rest. */
  change?: boolean;
  /** Called with every event that counts, in the order of the log. */
  seen?: (event: LeadlogEvent) => void;
}

const FOLDED_AT_A_TIME = 1_000;

/** Why a lead has its score: folded again from its streams, so every point is traced to its event. */
export async function explain(request: ExplainRequest): Promise<Explanation> {
  const { model, leadId, at } = request;
  const events = await historyOf(request);
  const state = initialScore();
  for (const [place, event] of events.entries()) {
    // So that a long history does not keep others waiting.
    if (place % FOLDED_AT_A_TIME === FOLDED_AT_A_TIME - 1) await eventLoopTurn();
    foldLead(model, state, event);
    request.seen?.(event);
  }
  const contributions = [...ofEvents(model, state, events, at), ...ofProfile(model, state)];
  contributions.sort((a, b) => Math.abs(b.points) - Math.abs(a.points) || (b.occurredAt ?? 0) - (a.occurredAt ?? 0));

  return { ...explanationOf(model, state, leadId, at, request.change), contributions };
}

/** All but the contributions. */
export function explanationOf(
  model: CompiledModel,
  state: ScoreState,
  leadId: string,
  at: number,
  change = false,
): Omit<Explanation, 'contributions'> {
  const scores = scoreAt(model, state, at);
  const curves = curvesOf(model, state);
  const axes = model.model.axes.map((axis, index) => {
    const sum = valueAt(curves[index]!, at);
    return { axis: axis.name, sum, adjustment: clamp(sum, axis) - sum, score: scores[axis.name]! };
  });
  const tier = tierOf(state);
  return {
    leadId,
    model: model.id,
    version: model.version,
    at,
    axes,
    tier,
    tierSince: state.d?.a,
    next: missingFor(model, tier, scores),
    change: change ? smallestChange(model, state, at) : undefined,
    coolsAt: coolsAt(model, state, at),
  };
}

/** When the decided tier falls if nothing else happens; undefined if never, or if a rise comes first. */
export function coolsAt(model: CompiledModel, state: ScoreState, from: number): number | undefined {
  const change = nextChange(model, state, Math.max(from, state.f));
  return change && TIER_ORDER.indexOf(change.to) > TIER_ORDER.indexOf(tierOf(state)) ? change.at : undefined;
}

function missingFor(model: CompiledModel, tier: Tier, scores: Scores): Explanation['next'] {
  for (const warmer of TIER_ORDER.slice(0, TIER_ORDER.indexOf(tier)).reverse()) {
    const rule = warmer === 'cold' ? undefined : model.model.tiers[warmer];
    if (!rule) continue;
    const missing = rule.enter.map((one) =>
      Object.entries(one).map(([axis, points]) => [axis, Math.max(0, points - scores[axis]!)] as const),
    );
    const total = (points: (readonly [string, number])[]) => points.reduce((sum, [, one]) => sum + one, 0);
    return { tier: warmer, missing: Object.fromEntries(missing.reduce((least, one) => (total(one) < total(least) ? one : least))) };
  }
  return undefined;
}

/** The events of the lead that count, in the order of the log. */
export async function historyOf({ log, family, leadId, streams = [], at, asOf, through }: ExplainRequest): Promise<LeadlogEvent[]> {
  const events: LeadlogEvent[] = [];
  const names = new Set([...family.flatMap(leadStreams), ...streams]);
  for (const stream of names) {
    for await (const page of log.readStream(stream)) {
      for (const event of page) {
        if (asOf === 'recorded' && event.recordedAt > at) continue;
        if (through !== undefined && event.position > through) continue;
        events.push(decode(event));
      }
    }
  }
  events.sort((a, b) => (a.position < b.position ? -1 : 1));
  const members = asOf === 'recorded' ? membersThen(leadId, events) : new Set(family);
  const voided = new Voided();
  for (const event of events) voided.add(voidIn(event));
  const counting = events.filter((event) => {
    if (voided.of(event) || leadCorrections.types.includes(event.type)) return false;
    if (asOf && event.occurredAt > at) return false;
    const { leadId: whose } = event.data as { leadId?: string };
    return whose !== undefined && members.has(whose);
  });
  return holdingOf(counting);
}

/** The lead and what had been merged into it by then. */
function membersThen(leadId: string, events: readonly LeadlogEvent[]): Set<string> {
  const into = new Map<string, { merged: string; survivor: string }>();
  for (const event of events) {
    if (event.type === 'LeadsMerged') into.set(event.id, { merged: event.data.mergedId, survivor: event.data.survivorId });
    else if (event.type === 'MergeReverted') into.delete(event.data.mergeEventId);
  }
  const members = new Set([leadId]);
  for (let before = 0; before < members.size;) {
    before = members.size;
    for (const { merged, survivor } of into.values()) if (members.has(survivor)) members.add(merged);
  }
  return members;
}

function ofEvents(model: CompiledModel, state: ScoreState, events: readonly LeadlogEvent[], at: number): Contribution[] {
  const contributions: Contribution[] = [];
  const taken = new Map<string, number>();
  const byTime = [...events].sort((a, b) => a.occurredAt - b.occurredAt || (a.position < b.position ? -1 : 1));
  for (const event of byTime) {
    for (const rule of model.byType.get(event.type) ?? []) {
      if (!rule.matches(event)) continue;
      const raw = pointsIn(rule, event.occurredAt, taken);
      const { decay, points } = raw === undefined ? { decay: 0, points: 0 } : given(rule, raw, event.occurredAt, at, state);
      contributions.push({
        eventId: event.id,
        type: event.type,
        ruleId: rule.rule.id,
        axis: model.model.axes[rule.axis]!.name,
        occurredAt: event.occurredAt,
        raw: raw ?? rule.rule.points,
        decay,
        points,
        ...(raw === undefined && { capped: true as const }),
      });
    }
  }
  return contributions;
}

/** Counts the event in its window: its points before any decay; undefined when the window was full. */
function pointsIn({ rule, index, windowOf, pointsInWindow }: CompiledRule, at: number, taken: Map<string, number>): number | undefined {
  if (!windowOf) return rule.points;
  const window = `${index} ${windowOf(at)}`;
  const before = taken.get(window) ?? 0;
  taken.set(window, before + 1);
  return pointsInWindow![before];
}

/** In the same arithmetic as the document, rounding included, so that the parts are the sum. */
export function given(
  { rule, slot }: CompiledRule,
  points: number,
  occurredAt: number,
  at: number,
  state: ScoreState,
): { decay: number; points: number } {
  const { halfLife } = rule;
  if (halfLife === undefined) return { decay: 1, points: numberOf(quantum(points, occurredAt, halfLife)) };
  const n = periodOf(occurredAt, halfLife);
  const forgotten = n <= (topPeriodOf(state, slot) ?? n) - KEPT_PERIODS;
  const left = numberOf(quantum(points, occurredAt, halfLife)) * 2 ** ((n * halfLife - at) / halfLife);
  return { decay: 2 ** ((occurredAt - at) / halfLife), points: forgotten ? 0 : left };
}

export function ofProfile(model: CompiledModel, state: ScoreState): Contribution[] {
  return model.profileRules.flatMap(({ rule, axis, needs }) => {
    const { holds, at, eventId } = profileHolds(model, state, needs);
    return holds
      ? [{ eventId, ruleId: rule.id, axis: model.model.axes[axis]!.name, occurredAt: at, raw: rule.points, decay: 1, points: rule.points }]
      : [];
  });
}
