import type { Position } from '@leadlog/event-log';
import { versionOf, type ScoringModel } from './model';
import { modelOfDefinition } from './model-text';
import { prospective } from './prospective';
import { livePublication, type ModelHistory } from './stored-model';

/** A model as it counts: `knownAs` is the version by which leads name it, where that is not the hash of what it means. */
export type LiveModel = ScoringModel & { knownAs?: string };

export const knownAs = (model: LiveModel): string => model.knownAs ?? versionOf(model);

/** What a publication (by number) made count. Throws InvalidModel for a document that this program cannot read. */
export function publishedModel(history: ModelHistory, number: number): LiveModel {
  const { version, knownAs: name, mode, position, model, before } = history.state.published[number]!;
  if (model !== number) return publishedModel(history, model);
  const stated = modelOfDefinition(history.document(version)!.definition, `${history.modelId} ${version}`);
  if (mode === 'prospective') return { ...fromNowOn(before === undefined ? undefined : publishedModel(history, before), stated, BigInt(position)), knownAs: name };
  // A later program may read more out of the same document; it goes by the name under which it was published all the same.
  return versionOf(stated) === name ? stated : { ...stated, knownAs: name };
}

/** What counts when a model is published for what is recorded after `at` only; `former`: what was published before, if anything. */
export const fromNowOn = (former: LiveModel | undefined, stated: ScoringModel, at: Position): ScoringModel => prospective(former ?? { ...stated, axes: [] }, stated, at);

/** What is live; undefined where nothing was published or it is retired. */
export function liveModel(history: ModelHistory): LiveModel | undefined {
  return livePublication(history.state) && publishedModel(history, history.state.published.length - 1);
}

/** Any version that was ever drafted or published, as `<version>` or, as leads name what was published for the future, `<version>@<position>`. */
export function modelOfVersion(history: ModelHistory, version: string): LiveModel | undefined {
  const number = history.state.published.findIndex((one) => one.knownAs === version);
  if (number >= 0) return publishedModel(history, number);
  const document = history.document(version);
  if (!document) return undefined;
  const model = modelOfDefinition(document.definition, `${history.modelId} ${version}`);
  return versionOf(model) === version ? model : { ...model, knownAs: version };
}
