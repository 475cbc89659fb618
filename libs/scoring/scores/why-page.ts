import type { EventLog, Position } from '@leadlog/event-log';
import { leadStreams, newestFirst, type LeadlogEvent, type Moment } from '@leadlog/events';
import { leadStreamsOf, momentCursor, momentOf, supersededIn, voidedIn, type IndexedEvent } from '@leadlog/lead';
import type { CompiledModel, CompiledRule } from '../model/compile';
import { explanationOf, given, ofProfile, type Contribution, type Explanation } from './why';
import { timesOfRule, type ScoreState } from './score-state';

export interface WhyPageRequest {
  log: EventLog;
  model: CompiledModel;
  leadId: string;
  /** The lead and everything merged into it. */
  family: readonly string[];
  /** As the read model has it, up to `through`. */
  state: ScoreState;
  through: Position;
  at: number;
  limit: number;
  cursor?: string;
}

/**
 * Why a lead has its score now, a page of contributions at a time, what happened last first. The sums are those of the document, so they
 * are of all contributions, also of those on other pages; what the profile gives stands on the first. Only events of the page are read.
 * Throws InvalidCursor.
 */
export async function whyPage({
  log,
  model,
  leadId,
  family,
  state,
  through,
  at,
  limit,
  cursor,
}: WhyPageRequest): Promise<Explanation & { cursor?: string }> {
  const candidates = await candidatesOf(log, model, family, state, through);
  const contributions: Contribution[] = cursor === undefined ? ofProfile(model, state) : [];
  let behind: Moment | undefined = cursor === undefined ? undefined : momentOf(cursor);
  let next = behind === undefined ? 0 : firstBehind(candidates, behind);
  for (let found = 0; next < candidates.length && found < limit;) {
    const batch = candidates.slice(next, next + limit);
    const given = await contributionsOf(log, model, state, candidates, batch, at);
    for (const event of batch) {
      const its = given.get(event) ?? [];
      contributions.push(...its);
      found += its.length;
      next += 1;
      behind = event;
      if (found >= limit) break;
    }
  }
  return {
    ...explanationOf(model, state, leadId, at, true),
    contributions,
    cursor: next < candidates.length ? momentCursor(behind!) : undefined,
  };
}

/** Events that a rule may look at, what happened last first. */
async function candidatesOf(
  log: EventLog,
  model: CompiledModel,
  family: readonly string[],
  state: ScoreState,
  through: Position,
): Promise<IndexedEvent[]> {
  const members = new Set(family);
  const indexes = await Promise.all(
    [...new Set([...family.flatMap(leadStreams), ...(state.x ?? [])])].map((stream) => leadStreamsOf(log).indexOf(stream)),
  );
  const voided = voidedIn(indexes);
  const counts = (event: IndexedEvent): boolean =>
    model.byType.has(event.type) && event.position <= through && members.has(event.leadId ?? '') && !voided.of(event);
  const superseded = supersededIn(indexes, counts);
  const holds = (event: IndexedEvent): boolean => counts(event) && !superseded.has(event);
  const candidates = indexes.map(({ newest }) => newest.filter(holds)).filter(({ length }) => length > 0);
  return candidates.length === 1 ? candidates[0]! : candidates.flat().sort(newestFirst);
}

function firstBehind(candidates: readonly IndexedEvent[], moment: Moment): number {
  let [low, high] = [0, candidates.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (newestFirst(moment, candidates[middle]!) < 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

async function contributionsOf(
  log: EventLog,
  model: CompiledModel,
  state: ScoreState,
  candidates: readonly IndexedEvent[],
  batch: readonly IndexedEvent[],
  at: number,
): Promise<Map<IndexedEvent, Contribution[]>> {
  // Which of several at one moment are capped is decided among them, on whichever page they stand.
  const moments = new Set(batch.map(({ occurredAt }) => occurredAt));
  const wanted = candidates.filter(({ occurredAt }) => moments.has(occurredAt));
  const events = await leadStreamsOf(log).read(wanted);
  const byMoment = new Map<number, LeadlogEvent[]>();
  for (const event of events)
    byMoment.set(
      event.occurredAt,
      [...(byMoment.get(event.occurredAt) ?? []), event].sort((a, b) => (a.position < b.position ? -1 : 1)),
    );
  return new Map(
    batch.map((indexed) => {
      const together = byMoment.get(indexed.occurredAt) ?? [];
      const event = together.find(({ id, stream }) => id === indexed.id && stream === indexed.stream);
      return [indexed, event ? contributionsOfOne(model, state, event, together, at) : []];
    }),
  );
}

function contributionsOfOne(
  model: CompiledModel,
  state: ScoreState,
  event: LeadlogEvent,
  together: readonly LeadlogEvent[],
  at: number,
): Contribution[] {
  return (model.byType.get(event.type) ?? []).flatMap((rule) => {
    if (!rule.matches(event)) return [];
    const raw = pointsOf(rule, state, event, together);
    const { decay, points } = raw === undefined ? { decay: 0, points: 0 } : given(rule, raw, event.occurredAt, at, state);
    const { id: eventId, type, occurredAt } = event;
    return [
      {
        eventId,
        type,
        ruleId: rule.rule.id,
        axis: model.model.axes[rule.axis]!.name,
        occurredAt,
        raw: raw ?? rule.rule.points,
        decay,
        points,
        ...(raw === undefined && { capped: true as const }),
      },
    ];
  });
}

/** Its points by its place in its window, as the document remembers who counts there; undefined when the window was full before it. */
function pointsOf(
  rule: CompiledRule,
  state: ScoreState,
  { position, occurredAt, type }: LeadlogEvent,
  together: readonly LeadlogEvent[],
): number | undefined {
  const { windowOf, pointsInWindow, index } = rule;
  if (!windowOf) return rule.rule.points;
  const times = timesOfRule(state, index);
  const window = windowOf(occurredAt);
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! < occurredAt) low = middle + 1;
    else high = middle;
  }
  let before = 0;
  while (before < low && windowOf(times[low - 1 - before]!) === window) before += 1;
  const place = together.filter((one) => one.type === type && one.position < position && rule.matches(one)).length;
  return times[low + place] === occurredAt ? pointsInWindow![before + place] : undefined;
}
