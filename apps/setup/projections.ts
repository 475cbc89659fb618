import { auditProjection } from '@leadlog/audit';
import { documentsProjection } from '@leadlog/documents';
import type { EventLog } from '@leadlog/event-log';
import { handoffKpis, handoffsProjection, cardsProjection, relaysProjection } from '@leadlog/handoff';
import { accountsProjection, leadsProjection, mailKpis, sharedIdentities } from '@leadlog/lead';
import { fromCode, type Projection, type ProjectionSource, type Reaction, type Readable } from '@leadlog/projections';
import { dealLeads, dealsProjection, salesKpis, salesWork, targetsProjection, noticesProjection, voidedDealFacts } from '@leadlog/sales';
import {
  isBeside,
  knownAs,
  MAIN_SCORES,
  modelsProjection,
  scoresBeside,
  scoresSource,
  tierReaction,
  type PublishedModels,
  type MainModel,
} from '@leadlog/scoring';
import type { Clock } from '@leadlog/time';
import { documentKinds } from './documents';
import { readMainModel } from './main-model';
import type { Settings } from './settings';

/** The models that count: what the settings say, overruled by what was published. */
export interface Models {
  main: MainModel;
  published?: PublishedModels;
}

/** Every projection that a worker runs; what is not in this list does not exist. */
export function projectionSources(settings: Settings, models: Models = { main: readMainModel(settings) }): ProjectionSource[] {
  const { timezone, kpiWindows: windows } = settings;
  return [
    fromCode(leadsProjection({ timezone }) as Projection),
    fromCode(accountsProjection as Projection),
    fromCode(sharedIdentities as Projection),
    fromCode(modelsProjection as Projection),
    fromCode(documentsProjection(documentKinds) as Projection),
    ...scoresSources(models),
    fromCode(handoffsProjection as Projection),
    fromCode(handoffKpis({ timezone, windows }) as Projection),
    fromCode(cardsProjection as Projection),
    fromCode(relaysProjection as Projection),
    fromCode(salesKpis({ timezone, windows }) as Projection),
    fromCode(dealLeads() as Projection),
    fromCode(mailKpis({ timezone }) as Projection),
    fromCode(salesWork({ timezone }) as Projection),
    fromCode(dealsProjection() as Projection),
    fromCode(voidedDealFacts as Projection),
    fromCode(targetsProjection() as Projection),
    fromCode(noticesProjection as Projection),
    fromCode(auditProjection as Projection),
  ];
}

/** What this program reads: documents of its own folds, whatever time zone or scoring model they were made with. */
export function readableWith(sources: readonly ProjectionSource[]): Readable {
  const folds = new Map(sources.map((source) => [source.name, foldOf(source.current().projection.version)]));
  return ({ projection, version }) => foldOf(version) === folds.get(isBeside(projection) ? MAIN_SCORES : projection);
}

/** The number of the fold stands before what it is made with. */
const foldOf = (version: string): string => version.split('-', 1)[0]!;

/** The main model as it was published, or as the settings have it until then; beside it every other one that was published. */
function scoresSources({ main, published }: Models): ProjectionSource[] {
  const live = published?.get(main.modelId);
  const others = published?.all().filter(([modelId]) => modelId !== main.modelId) ?? [];
  return [
    scoresSource(live && !live.retired ? live.model : main.model, { asOf: live?.asOf }),
    ...others.map(([modelId, { model, asOf, retired }]) => scoresSource(model, { name: scoresBeside(modelId), asOf, retired })),
  ];
}

/** One for each model that is in use. */
export function tierReactions(log: EventLog, clock: Clock, models: Models): Reaction[] {
  return scoresSources(models).flatMap(({ name, retired }) => (retired ? [] : tierReaction(log, clock, name)));
}

/** What an operator should know: that the file that was set is not what counts. */
export function overruledFile({ modelFile }: Settings, { main, published }: Models): string | undefined {
  const live = published?.get(main.modelId);
  if (modelFile === undefined || !live || live.retired || knownAs(live.model) === main.version) return undefined;
  return `LEADLOG_MODEL: ${modelFile} is version ${main.version} of ${main.modelId}, but version ${knownAs(live.model)} was published, and that is what counts`;
}
