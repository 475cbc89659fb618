import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { LeadlogError } from '@leadlog/errors';
import type { EventLog } from '@leadlog/event-log';
import { dealStream, shown, type Tier } from '@leadlog/events';
import { peopleOf, type LeadRole, type LeadState } from '@leadlog/lead';
import { decodeCursor, encodeCursor, NotBuiltYet, type ListEntry, type ReadModels, type ReadModelView } from '@leadlog/projections';
import { TIER_ORDER } from '../model/compile';
import type { KnownBy } from '../past-scores/histories';
import { inZoneOf, knownAs, modelOfVersion, type LiveModel } from '../published/live-model';
import { livePublication, ModelHistory, type StoredModel } from '../published/stored-model';
import { accountScore, type AccountScore } from './account-score';
import { curvesOf, type ScoreState } from './score-state';
import { compiledOf, MAIN_SCORES, scoresBeside } from './scores.projection';
import { clamped, pointsAt, tierOf, uncapped, type Scores } from './tiers';
import { coolsAt, explain, type Explanation } from './why';
import { whyPage } from './why-page';

export interface LeadScore {
  leadId: string;
  tier: Tier;
  tierSince?: number;
  scores: Scores;
  /** Before the cap of each axis. */
  uncapped: Scores;
  coolsAt?: number;
  lastActivityAt?: number;
}

/** `view` of `scores`. In the order of the ids; undefined for unknown leads. */
export async function scoresNow(view: ReadModelView, leadIds: readonly string[], now: number): Promise<(LeadScore | undefined)[]> {
  const states = await view.many<ScoreState>(leadIds);
  return states.map((state, index) => state && scoreOf(view, leadIds[index]!, state, now));
}

function scoreOf(view: ReadModelView, leadId: string, state: ScoreState, now: number): LeadScore {
  const model = compiledOf(view.spec as LiveModel);
  const points = pointsAt(curvesOf(model, state), now);
  return {
    leadId,
    tier: tierOf(state),
    tierSince: state.d?.a,
    scores: clamped(model, points),
    uncapped: uncapped(model, points),
    coolsAt: coolsAt(model, state, now),
    lastActivityAt: state.l === 0 ? undefined : state.l,
  };
}

const BATCH = 200;

/** The score of an account, from the scores of all its people. Views of `scores` and `leads`. */
export async function accountScoreNow(
  view: ReadModelView,
  leads: ReadModelView,
  accountId: string,
  held: readonly LeadRole[],
  needed: readonly LeadRole[],
  now: number,
): Promise<AccountScore | undefined> {
  const model = compiledOf(view.spec as LiveModel);
  if (!model.model.account) return undefined;
  const people: LeadScore[] = [];
  for (let after: ListEntry | undefined; ;) {
    const page = await leads.list(peopleOf(accountId), { direction: 'descending', limit: BATCH, after });
    for (const score of await scoresNow(
      view,
      page.map(({ key }) => key),
      now,
    ))
      if (score) people.push(score);
    after = page.at(-1);
    if (page.length < BATCH) return accountScore(model, people, held, needed);
    await eventLoopTurn();
  }
}

/** An unknown model, or an unknown version of it. */
export class UnknownModel extends LeadlogError {
  readonly kind = 'unknown';

  constructor(
    /** Parameter that names it. */
    pointer: '/id' | '/model' | '/version',
    expected: string,
    got: string,
  ) {
    super(`${pointer}: expected ${expected}, got ${got}`, { errors: [{ pointer, expected, got }] });
  }

  /** `version` is undefined if there is no version at all. */
  static of(modelId: string, version: string | undefined): UnknownModel {
    if (version === undefined)
      return new UnknownModel('/id', 'a model that was drafted or published (GET /v1/models lists them)', shown(modelId));
    return new UnknownModel(
      '/version',
      `a version of ${shown(modelId)} that was drafted or published (GET /v1/models lists them)`,
      shown(version),
    );
  }
}

/** The scores under a model. Default: the main model. Throws UnknownModel, NotBuiltYet. */
export async function scoresUnder(readModels: ReadModels, modelId?: string): Promise<ReadModelView> {
  const main = await readModels.view(MAIN_SCORES);
  if (modelId === undefined || (main.spec as LiveModel).model === modelId) return main;
  try {
    return await readModels.view(scoresBeside(modelId));
  } catch (error) {
    if (!(error instanceof NotBuiltYet)) throw error;
    const known = await (await readModels.view('models')).get<StoredModel>(modelId);
    if (known && livePublication(known)) throw error;
    const what = known ? (known.retired === undefined ? 'was drafted and never published' : 'is retired') : 'does not exist';
    throw new UnknownModel('/model', 'a model that is live (GET /v1/models lists them)', `${shown(modelId)}, which ${what}`);
  }
}

/**
 * Why a lead has its score at `at`: now with everything that is known, at a past time with what was recorded by then. Undefined: no such
 * lead.
 */
export async function why(
  view: ReadModelView,
  log: EventLog,
  leadId: string,
  now: number,
  at?: number,
  by: KnownBy = 'recorded',
): Promise<Explanation | undefined> {
  const survivor = await view.resolve(leadId);
  const state = await view.get<ScoreState>(survivor);
  if (!state) return undefined;
  const family = await view.family(survivor);
  const model = compiledOf(view.spec as LiveModel);
  return explain({
    change: true,
    log,
    model,
    leadId: survivor,
    family,
    streams: state.x,
    at: at ?? now,
    ...(at === undefined ? { through: view.through } : { asOf: by }),
  });
}

export interface WhyQuery {
  leadId: string;
  /** ms. Default: now. */
  at?: number;
  /** For a past time: by what was recorded by then (the default), or by what had happened by then, whenever it was recorded. */
  by?: KnownBy;
  modelId?: string;
  /** Any known version, even if not live. Default: the live one. */
  version?: string;
  /** Maximum number of contributions, and the cursor from the previous page. */
  limit: number;
  cursor?: string;
}

/** The same under any model and any version ever drafted or published, in pages, newest first. Throws UnknownModel, InvalidCursor. */
export async function whyUnder(
  readModels: ReadModels,
  log: EventLog,
  query: WhyQuery,
  now: number,
  timezone: string,
): Promise<(Explanation & { cursor?: string }) | undefined> {
  const { leadId, at, by, modelId, version, limit, cursor } = query;
  if (version === undefined && at === undefined) {
    const view = await scoresUnder(readModels, modelId);
    const survivor = await view.resolve(leadId);
    const state = await view.get<ScoreState>(survivor);
    return (
      state &&
      whyPage({
        log,
        model: compiledOf(view.spec as LiveModel),
        leadId: survivor,
        family: await view.family(survivor),
        state,
        through: view.through,
        at: now,
        limit,
        cursor,
      })
    );
  }
  const all =
    version === undefined
      ? await why(await scoresUnder(readModels, modelId), log, leadId, now, at, by)
      : await whyOf({ ...query, version }, readModels, log, now, timezone);
  return all && pageOf(all, limit, cursor);
}

/** The document knows nothing about the past, so everything is computed for each page. */
function pageOf({ contributions, ...rest }: Explanation, limit: number, cursor: string | undefined): Explanation & { cursor?: string } {
  const first =
    cursor === undefined
      ? 0
      : decodeCursor(cursor, (value) => (Number.isInteger(value) && (value as number) >= 0 ? (value as number) : undefined));
  const newest = contributions.toSorted((a, b) => (b.occurredAt ?? Infinity) - (a.occurredAt ?? Infinity) || 0);
  return {
    ...rest,
    contributions: newest.slice(first, first + limit),
    cursor: first + limit < newest.length ? encodeCursor(first + limit) : undefined,
  };
}

async function whyOf(
  { leadId, at, by = 'recorded', modelId, version }: WhyQuery & { version: string },
  readModels: ReadModels,
  log: EventLog,
  now: number,
  timezone: string,
): Promise<Explanation | undefined> {
  const main = await readModels.view(MAIN_SCORES);
  const model = await modelUnder(main, log, modelId ?? (main.spec as LiveModel).model, version);
  // Another version may use deals that the live one does not, so their leads come from the read model `leads`.
  const leads = await readModels.view('leads');
  const survivor = await leads.resolve(leadId);
  const [lead, scored, family] = await Promise.all([
    leads.get<LeadState>(survivor),
    main.get<ScoreState>(survivor),
    leads.family(survivor),
  ]);
  if (!lead) return undefined;
  const streams = [...new Set([...(lead.deals ?? []).map(({ dealId }) => dealStream(dealId)), ...(scored?.x ?? [])])];
  return explain({
    change: true,
    log,
    model: compiledOf(inZoneOf(model, timezone)),
    leadId: survivor,
    family,
    streams,
    at: at ?? now,
    ...(at === undefined ? { through: leads.through } : { asOf: by }),
  });
}

async function modelUnder(main: ReadModelView, log: EventLog, modelId: string, version: string): Promise<LiveModel> {
  const history = await ModelHistory.read(log, modelId);
  const model = modelOfVersion(history, version);
  if (model) return model;
  const live = main.spec as LiveModel;
  // The model from the settings is not in the log.
  if (live.model === modelId && knownAs(live) === version) return live;
  const known = history.state.versions.map((one) => one.version);
  throw new UnknownModel(
    '/version',
    `a version of ${shown(modelId)} that was drafted or published${known.length > 0 ? ` (${known.join(', ')})` : '; there is none'}`,
    shown(version),
  );
}

/** Maximum number of leads sorted for one tier: those with the latest activity. */
const LOOKED_AT = 2_000;
const PAGE = 1_000;

export interface TierQuery {
  tier?: Tier;
  limit: number;
  /** Only these leads, from a search. */
  among?: readonly string[];
}

/**
 * Leads by tier (hot first, or one tier only), then by their points now on the first axis, those above its cap too, then by the last act of
 * the customer. Scores move by themselves, so they are sorted at the question; of a larger tier the leads with the latest acts.
 */
export async function leadsByTier(view: ReadModelView, now: number, { tier, limit, among }: TierQuery): Promise<LeadScore[]> {
  const axis = compiledOf(view.spec as LiveModel).model.axes[0]?.name ?? '';
  const found: LeadScore[] = [];
  for (const one of tier ? [tier] : TIER_ORDER) {
    if (found.length >= limit) break;
    const scores = await lookedAt(view, one, now, among);
    scores.sort(
      (a, b) =>
        b.uncapped[axis]! - a.uncapped[axis]! || (b.lastActivityAt ?? 0) - (a.lastActivityAt ?? 0) || (a.leadId < b.leadId ? -1 : 1),
    );
    found.push(...scores);
  }
  return found.slice(0, limit);
}

async function lookedAt(view: ReadModelView, tier: Tier, now: number, among: readonly string[] | undefined): Promise<LeadScore[]> {
  const ids = among && among.length <= LOOKED_AT ? among : await idsOf(view, tier, among && new Set(among));
  const scores: LeadScore[] = [];
  for (let at = 0; at < ids.length; at += BATCH) {
    for (const score of await scoresNow(view, ids.slice(at, at + BATCH), now)) if (score?.tier === tier) scores.push(score);
    await eventLoopTurn();
  }
  return scores;
}

async function idsOf(view: ReadModelView, tier: Tier, among: ReadonlySet<string> | undefined): Promise<string[]> {
  const ids: string[] = [];
  for (let after: ListEntry | undefined; ;) {
    const page = await view.list(`tier:${tier}`, { direction: 'descending', limit: PAGE, after });
    for (const { key } of page) if (!among || among.has(key)) ids.push(key);
    if (ids.length >= LOOKED_AT || page.length < PAGE) return ids.slice(0, LOOKED_AT);
    after = page.at(-1);
    await eventLoopTurn();
  }
}
