import { FollowedDocuments } from '@leadlog/documents';
import { START, type EventLog, type Position } from '@leadlog/event-log';
import { NotBuiltYet, type ReadModels } from '@leadlog/projections';
import { inZoneOf, lastModel, type LiveModel } from './live-model';
import { MODEL_TYPES } from './models.projection';
import { MODEL_EVENTS, ModelHistory } from './stored-model';

export interface PublishedModel {
  /** The model in force; for a retired one, the last in force. */
  model: LiveModel;
  /** Position of the event that caused this state. */
  asOf: Position;
  retired: boolean;
}

/** The live models, in a process that runs them: no worker ever uses a model that is not live by the log. */
export class PublishedModels extends FollowedDocuments<PublishedModel> {
  /** `timezone`: that of the tenant. Throws InvalidDocument if this program cannot read a live document. */
  static async open(
    log: EventLog,
    readModels: ReadModels,
    timezone: string,
    onWarning?: (message: string, error?: unknown) => void,
  ): Promise<PublishedModels> {
    const look = (modelId: string) => publishedModel(log, modelId, timezone);
    const models = new PublishedModels({ log, events: MODEL_EVENTS, types: MODEL_TYPES, look, onWarning });
    const ids = new Set<string>();
    // If a read scans the whole log, it can skip the part that the read model has seen.
    let after = log.findsByStream ? START : await known(readModels, ids);
    const filter = { types: MODEL_TYPES, streamPrefixes: ['model-'], accepts: (stream: string) => stream.startsWith('model-') };
    for await (const { events, through } of log.read({ after, filter })) {
      for (const { data } of events) ids.add((data as { modelId: string }).modelId);
      after = through;
    }
    await models.startFrom(ids, after);
    return models;
  }
}

async function publishedModel(log: EventLog, modelId: string, timezone: string): Promise<PublishedModel | undefined> {
  const history = await ModelHistory.read(log, modelId);
  const { published, retired } = history.state;
  if (published.length === 0) return undefined;
  const model = inZoneOf(lastModel(history), timezone);
  return { model, asOf: BigInt(retired ?? published.at(-1)!.position), retired: retired !== undefined };
}

/** Returns the position up to which the read model knows them; START if there is none. */
async function known(readModels: ReadModels, ids: Set<string>): Promise<Position> {
  try {
    const view = await readModels.view('models');
    for await (const [id] of view.scan()) ids.add(id);
    return view.through;
  } catch (error) {
    if (error instanceof NotBuiltYet) return START;
    throw error;
  }
}
