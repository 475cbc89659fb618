import { appendAt, START, type EventLog, type NewEvent } from '@leadlog/event-log';
import { decisionId, decisionsOf, leadStream, modelStream, ownEvent, type LeadlogEvent, type LeadTierChanged } from '@leadlog/events';
import type { Reaction, ReadModelView } from '@leadlog/projections';
import type { Clock } from '@leadlog/time';
import { TIER_ORDER } from '../model/compile';
import type { LiveModel } from '../published/live-model';
import { ModelHistory, type Publication } from '../published/stored-model';
import { owedChange } from './rolled-back';
import { curvesOf, type ScoreState } from './score-state';
import { compiledOf, DUE_LIST, isBeside, MAIN_SCORES } from './scores.projection';
import { askedTier, clamped, pointsAt, uncapped, type TierChange } from './tiers';
import { explain } from './why';

const MOST_CAUSES = 10;

/**
 * Decides tiers: appends LeadTierChanged as of the moment at which the score required another tier, not as of the moment of the check, so a
 * delay alone cannot change a decision (facts folded while the decision is pending can: it is then as of the latest of them). A model that
 * goes live decides by the state at that time: its earlier decisions would be history that requires no action. Leads that are hot because
 * of this alone are handed off by the rules of its publication.
 *
 * The id is made from the decision before, which no later state of this lead can have as its last one again (not after
 * a merge or its reversal either): a repeat is recognised, and a new decision never takes the id of an old one.
 */
export function tierReaction(log: EventLog, clock: Clock, projection = MAIN_SCORES): Reaction {
  const aside = isBeside(projection);
  const publications = new Publications(log);
  return {
    name: 'decide-tier',
    projection,
    list: DUE_LIST,
    async react(leadId, rank, view) {
      const state = await view.get<ScoreState>(leadId);
      const model = compiledOf(view.spec as LiveModel);
      const owed = state && owedChange(model, state);
      // The entry was from an earlier state; the decision pending now may not be due yet.
      if (!state || owed?.at !== rank) return 'again';
      const publication = aside ? undefined : await publications.of(model.id, view);
      const since = tookOverAt(view, publication);
      const change = rank < since ? owedChange(model, state, since) : owed;
      if (!change || change.at > clock()) return { notBefore: change?.at ?? Infinity };

      const stream = leadStream(leadId);
      let revision: bigint | 'no-stream' = 'no-stream';
      for await (const [last] of log.readStream(stream, { direction: 'backwards', limit: 1 })) {
        // A decision or a merge that the state does not include yet.
        if (last!.position > view.through) return 'again';
        revision = last!.revision;
      }
      const { causes, behind, counting, sums: found } = await causesOf(log, view, leadId, state, change.at);
      const points = pointsAt(curvesOf(model, state), change.at);
      // The state may be of later events than all that the view includes, as where another worker has stopped. What they are is not known
      // yet, and with it not whether they are imported, so that sales is left alone.
      if (points.some((sum, axis) => sum !== found[axis])) return 'again';
      const imported = await importOf(log, view, leadId, state, change, counting);
      const [score, sums] = [clamped(model, points), uncapped(model, points)];
      const rises = TIER_ORDER.indexOf(change.to) < TIER_ORDER.indexOf(change.from);
      const data: LeadTierChanged = {
        leadId,
        modelId: model.id,
        version: model.version,
        from: change.from,
        to: change.to,
        score,
        ...(Object.entries(sums).some(([axis, sum]) => sum > score[axis]!) && { uncapped: sums }),
        causes,
        ...(aside && { aside }),
        ...(publication &&
          (await isHotBySwitch(log, view, leadId, state, change, since, publication)) && {
            withheld: { since: new Date(since).toISOString(), published: publication.position },
          }),
        ...(imported && { withheld: imported }),
      };
      const id = decisionId('tier', model.id, leadId, state.d?.i || 'first');
      return (await appendAt(log, stream, [tierChanged(id, change.at, data, rises ? behind : undefined)], revision)) ?? 'again';
    },
  };
}

/** When the model replaced another, ms; 0 if it did not. */
function tookOverAt(view: ReadModelView, publication: FoundPublication | undefined): number {
  if (view.versionSince > 0 || !publication || (publication.before === undefined && !publication.isRollback)) return view.versionSince;
  // Read models that were lost and built again do not know of the switch; it came after the publication.
  return publication.at;
}

/** Whether the lead would be hot by the switch alone, without anything recorded since, and must not be handed off for it. */
async function isHotBySwitch(
  log: EventLog,
  view: ReadModelView,
  leadId: string,
  state: ScoreState,
  change: TierChange,
  since: number,
  publication: FoundPublication,
): Promise<boolean> {
  if (since === 0 || change.to !== 'hot' || publication.handoffs === 'all') return false;
  if (change.at === since) return true;
  // Something else was recorded before the decision, or there was a decision since.
  if ((state.d?.a ?? 0) >= since) return false;
  return wouldBeHot(log, view, leadId, state, { at: since, asOf: 'recorded', through: view.through });
}

/** By what counts at that moment of what the log held then. */
async function wouldBeHot(
  log: EventLog,
  view: ReadModelView,
  leadId: string,
  state: ScoreState,
  then: Pick<Parameters<typeof explain>[0], 'asOf' | 'through'> & { at: number },
): Promise<boolean> {
  const model = compiledOf(view.spec as LiveModel);
  const { axes, tier, tierSince = 0 } = await explain({ log, model, leadId, family: await view.family(leadId), streams: state.x, ...then });
  const scores = Object.fromEntries(axes.map(({ axis, score }) => [axis, score]));
  return askedTier(model, tier, tierSince, scores, then.at) === 'hot';
}

const lastOf = (events: readonly LeadlogEvent[]): LeadlogEvent | undefined =>
  events.reduce<LeadlogEvent | undefined>((last, event) => (last && last.position > event.position ? last : event), undefined);

/**
 * The lead is hot by a past that was imported, which hands nobody to sales at once: what counts and was recorded last is of such an import,
 * and by what the log held when the last event came that is of none, it would not be hot.
 */
async function importOf(
  log: EventLog,
  view: ReadModelView,
  leadId: string,
  state: ScoreState,
  change: TierChange,
  counting: readonly LeadlogEvent[],
): Promise<LeadTierChanged['withheld']> {
  const last = lastOf(counting);
  const imported = last && decisionsOf(last);
  if (change.to !== 'hot' || last === undefined || imported === undefined || imported === 'all') return undefined;
  const own = lastOf(counting.filter((event) => (decisionsOf(event) ?? 'all') === 'all'));
  if (own && (await wouldBeHot(log, view, leadId, state, { at: change.at, through: own.position }))) return undefined;
  return { since: new Date(last.recordedAt).toISOString(), imported };
}

type FoundPublication = Publication & { isRollback: boolean };

/** Publications by model and position; none ever changes. */
class Publications {
  private readonly found = new Map<string, FoundPublication | undefined>();

  constructor(private readonly log: EventLog) {}

  /** The publication that requested the generation; undefined if the model comes from a file. */
  async of(modelId: string, { asOf }: ReadModelView): Promise<FoundPublication | undefined> {
    if (asOf?.stream !== modelStream(modelId) || asOf.position === START) return undefined;
    const name = `${modelId} ${asOf.position}`;
    if (!this.found.has(name)) {
      const { state } = await ModelHistory.read(this.log, modelId);
      const number = state.published.findIndex(({ position }) => position === String(asOf.position));
      this.found.set(
        name,
        number < 0 ? undefined : { ...state.published[number]!, isRollback: state.published[number]!.original !== number },
      );
    }
    return this.found.get(name);
  }
}

/** `behind`: the last event that counts by then. A rise is its doing; a fall is that of time. `sums`: of each axis, by what was found. */
async function causesOf(
  log: EventLog,
  view: ReadModelView,
  leadId: string,
  state: ScoreState,
  at: number,
): Promise<{ causes: LeadTierChanged['causes']; behind?: LeadlogEvent; counting: LeadlogEvent[]; sums: number[] }> {
  const model = compiledOf(view.spec as LiveModel);
  const family = await view.family(leadId);
  const events = new Map<string, LeadlogEvent>();
  const { contributions, axes } = await explain({
    log,
    model,
    leadId,
    family,
    streams: state.x,
    at,
    through: view.through,
    seen: (event) => events.set(event.id, event),
  });
  const counting = contributions
    .flatMap(({ eventId, points }) => (points === 0 ? [] : (events.get(eventId ?? '') ?? [])))
    .filter(({ occurredAt }) => occurredAt <= at);
  const behind = lastOf(counting);
  const causes = contributions
    .flatMap(({ ruleId, eventId, points }) => (eventId === undefined || points === 0 ? [] : [{ ruleId, eventId, points }]))
    .slice(0, MOST_CAUSES);
  return { causes, behind, counting, sums: axes.map(({ sum }) => sum) };
}

const tierChanged = (id: string, at: number, data: LeadTierChanged, cause: LeadlogEvent | undefined): NewEvent =>
  ownEvent({ id, type: 'LeadTierChanged', data, at, by: 'scoring', cause });
