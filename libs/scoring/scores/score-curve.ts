import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import type { EventLog } from '@leadlog/event-log';
import type { Tier } from '@leadlog/events';
import type { ReadModelView } from '@leadlog/projections';
import type { LiveModel } from '../published/live-model';
import { foldLead } from './rolled-back';
import { initialScore, type ScoreState } from './score-state';
import { compiledOf } from './scores.projection';
import { scoreAt, tierOf, type Scores } from './tiers';
import { coolsAt, historyOf } from './why';

const DAY = 86_400_000;
/** Evenly over the span; beside them, the moments around each of the latest events. */
const EVENLY = 160;
const MOST_EVENTS = 200;
const FOLDED_AT_A_TIME = 1_000;
/** Of what is to come, so much is told beyond the moment when the tier falls. */
const AHEAD = 30 * DAY;
const BEYOND = 7 * DAY;
const MOST_AHEAD = 365 * DAY;

export interface ScoreCurve {
  leadId: string;
  model: string;
  version: string;
  from: number;
  now: number;
  until: number;
  tier: Tier;
  tierSince?: number;
  coolsAt?: number;
  axes: { axis: string; floor: number; cap?: number }[];
  /** Alternatives, points by axis: one of `enter` is enough to come up to the tier, one of `leave` to stay. */
  tiers: { tier: Tier; enter: Scores[]; leave: Scores[] }[];
  points: { at: number; scores: Scores }[];
}

/**
 * The score of a lead over time: what it was, by all that is known now, and what it will be if nothing else happens. View of `scores`.
 * Undefined for an unknown lead.
 */
export async function scoreCurve(
  view: ReadModelView,
  log: EventLog,
  id: string,
  now: number,
  { days, ahead }: { days: number; ahead?: number },
): Promise<ScoreCurve | undefined> {
  const leadId = await view.resolve(id);
  const held = await view.get<ScoreState>(leadId);
  if (!held) return undefined;
  const model = compiledOf(view.spec as LiveModel);
  const cools = coolsAt(model, held, now);
  const [from, until] = [now - days * DAY, now + (ahead === undefined ? aheadOf(now, cools) : ahead * DAY)];
  const family = await view.family(leadId);
  const history = await historyOf({ log, model, leadId, family, streams: held.x, at: now, through: view.through });
  const events = history.sort((a, b) => a.occurredAt - b.occurredAt || (a.position < b.position ? -1 : 1));
  const within = events.flatMap(({ occurredAt }) => (occurredAt > from && occurredAt <= now ? [occurredAt] : [])).slice(-MOST_EVENTS);
  const moments = new Set([from, now, until, ...within.flatMap((at) => [at - 1, at])]);
  for (let step = 1; step < EVENLY; step += 1) moments.add(Math.round(from + ((until - from) * step) / EVENLY));

  const state = initialScore();
  const points: ScoreCurve['points'] = [];
  let folded = 0;
  for (const at of [...moments].sort((a, b) => a - b)) {
    for (; folded < events.length && events[folded]!.occurredAt <= at; folded += 1) {
      // So that a long history does not keep others waiting.
      if (folded % FOLDED_AT_A_TIME === FOLDED_AT_A_TIME - 1) await eventLoopTurn();
      foldLead(model, state, events[folded]!);
    }
    points.push({ at, scores: scoreAt(model, state, at) });
  }
  return {
    leadId,
    model: model.id,
    version: model.version,
    from,
    now,
    until,
    tier: tierOf(held),
    tierSince: held.d?.a,
    coolsAt: cools,
    axes: model.model.axes.map(({ name, floor, cap }) => ({ axis: name, floor, cap })),
    tiers: (['hot', 'warm'] as const).flatMap((tier) => {
      const rule = model.model.tiers[tier];
      return rule ? [{ tier, enter: rule.enter, leave: rule.leave }] : [];
    }),
    points,
  };
}

const aheadOf = (now: number, cools: number | undefined): number =>
  Math.min(MOST_AHEAD, Math.max(AHEAD, cools === undefined ? 0 : cools - now + BEYOND));
