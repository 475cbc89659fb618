import type { EventLog, Position } from '@leadlog/event-log';
import type { LeadlogEvent } from '@leadlog/events';
import { versionOf, type ScoringModel } from '../model/model';
import type { ModelDocumentText } from '../model/model-text';
import { modelOfDefinition, MOST_HALF_LIVES, MOST_RULES } from '../model/parse-model';
import { prospective } from '../model/prospective';
import { rolledBackIn, type RolledBack } from './lineage';
import { livePublication, ModelHistory, rollback, type ModelRefusal } from './stored-model';

/**
 * A model in force. `knownAs`: the version by which leads name it, if that is not the hash of its meaning. `tenantZone`: the time zone for
 * the days of its caps, if it has none itself. `rolledBack`: what was rolled back before it came into force (again).
 */
export type LiveModel = ScoringModel & { knownAs?: string; tenantZone?: string; rolledBack?: RolledBack };

/** The model from which handoffs follow, as the settings name it: live until a version of it is published. */
export type MainModel = ModelDocumentText & { model: LiveModel };

export const knownAs = (model: LiveModel): string => model.knownAs ?? versionOf(model);

/** The model for a tenant in this time zone; a model with its own time zone keeps it. */
export const inZoneOf = (model: LiveModel, tenantZone: string): LiveModel =>
  model.timezone === undefined ? { ...model, knownAs: knownAs(model), tenantZone } : model;

/** The model put into force by a publication (by number). Throws InvalidDocument for a document that this program cannot read. */
export function publishedModel(history: ModelHistory, number: number): LiveModel {
  const { version, knownAs: name, mode, position, original, before } = history.state.published[number]!;
  if (original !== number) return publishedModel(history, original);
  const stated = modelOfDefinition(history.document(version)!.definition, `${history.modelId} ${version}`);
  if (mode === 'prospective')
    return { ...after(before === undefined ? undefined : publishedModel(history, before), stated, BigInt(position)), knownAs: name };
  // A later program may interpret the same document differently; it still uses the name under which it was published.
  return versionOf(stated) === name ? stated : { ...stated, knownAs: name };
}

/** If nothing was published before, nothing earlier counts. */
const after = (former: LiveModel | undefined, stated: ScoringModel, at: Position): ScoringModel =>
  prospective(former ?? { ...stated, axes: [] }, stated, at);

/**
 * The model in force if this were published at `at` for future events only; `insteadOf`: the model in force while nothing has been
 * published.
 */
export function fromNowOn(history: ModelHistory, stated: ScoringModel, at: Position, insteadOf?: ScoringModel): ScoringModel {
  const { published } = history.state;
  return after(published.length > 0 ? publishedModel(history, published.length - 1) : insteadOf, stated, at);
}

/**
 * Ended rules still cost time, so many publications for future events only may exceed the limits of a document. Undefined if this one does
 * not.
 */
export function refusedSize({ axes }: ScoringModel): ModelRefusal | undefined {
  const rules = axes.flatMap((axis) => axis.rules);
  const halfLives = new Set(rules.flatMap((rule) => ('halfLife' in rule && rule.halfLife !== undefined ? [rule.halfLife] : [])));
  if (rules.length <= MOST_RULES && halfLives.size <= MOST_HALF_LIVES) return undefined;
  return {
    reason: 'too-large',
    expected: `at most ${MOST_RULES} rules and ${MOST_HALF_LIVES} half-lives, including those of earlier versions that still count past events (to drop these, publish it retroactively)`,
    got: `${rules.length} and ${halfLives.size}`,
  };
}

/** The live model; undefined if nothing was published or it is retired. */
export const liveModel = (history: ModelHistory): LiveModel | undefined =>
  livePublication(history.state) ? lastModel(history) : undefined;

/** The same for a retired model: what was live last. */
export function lastModel(history: ModelHistory): LiveModel {
  const model = publishedModel(history, history.state.published.length - 1);
  const rolledBack = rolledBackIn(history.state);
  return rolledBack ? { ...model, knownAs: knownAs(model), rolledBack } : model;
}

/** What would be live after a rollback now; undefined if there was nothing before. */
export async function afterRollback(
  log: EventLog,
  modelId: string,
  now: number,
): Promise<{ model: LiveModel } | { refused: ModelRefusal }> {
  const history = await ModelHistory.read(log, modelId);
  const decision = rollback(history, { handoffs: 'silent' });
  if ('refused' in decision) return decision;
  if (!('facts' in decision)) throw new Error('expected a rollback that does not name what it leaves to be decided again');
  const { type, data } = decision.facts[0]!;
  history.add({ id: '', type, data, position: (await log.head()) + 1n, recordedAt: now, occurredAt: now } as unknown as LeadlogEvent);
  return { model: lastModel(history) };
}

/**
 * Any version ever drafted or published, as `<version>` or, if published for future events only, `<version>@<position>`, as leads name it.
 */
export function modelOfVersion(history: ModelHistory, version: string): LiveModel | undefined {
  const number = history.state.published.findIndex((one) => one.knownAs === version);
  if (number >= 0) return publishedModel(history, number);
  const document = history.document(version);
  if (!document) return undefined;
  const model = modelOfDefinition(document.definition, `${history.modelId} ${version}`);
  return versionOf(model) === version ? model : { ...model, knownAs: version };
}
