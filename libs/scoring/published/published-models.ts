import { setTimeout as sleep } from 'node:timers/promises';
import { START, type EventLog, type Position } from '@leadlog/event-log';
import { NotBuiltYet, type ReadModels } from '@leadlog/projections';
import { inZoneOf, lastModel, type LiveModel } from './live-model';
import { MODEL_TYPES } from './models.projection';
import { ModelHistory } from './stored-model';

export interface PublishedModel {
  /** The model in force; for a retired one, the last in force. */
  model: LiveModel;
  /** Position of the event that caused this state. */
  asOf: Position;
  retired: boolean;
}

const AGAIN_MS = 1_000;

/**
 * The live models, in a process that runs them: read from the log itself, because a read model may be lost or behind,
 * so that no worker ever uses a model that is not live by the log.
 */
export class PublishedModels {
  private readonly found = new Map<string, PublishedModel>();
  private readonly stopping = new AbortController();
  private following: Promise<void> = Promise.resolve();
  private through: Position = START;

  private constructor(
    private readonly log: EventLog,
    private readonly timezone: string,
    private readonly onWarning?: (message: string, error?: unknown) => void,
  ) {}

  /** `timezone`: that of the tenant. Throws InvalidModel if this program cannot read a live document. */
  static async open(
    log: EventLog,
    readModels: ReadModels,
    timezone: string,
    onWarning?: (message: string, error?: unknown) => void,
  ): Promise<PublishedModels> {
    const models = new PublishedModels(log, timezone, onWarning);
    const ids = new Set<string>();
    // If a read scans the whole log, it can skip the part that the read model has seen.
    if (!log.findsByStream) models.through = await known(readModels, ids);
    const filter = { types: MODEL_TYPES, streamPrefixes: ['model-'], accepts: (stream: string) => stream.startsWith('model-') };
    for await (const { events, through } of log.read({ after: models.through, filter })) {
      for (const { data } of events) ids.add((data as { modelId: string }).modelId);
      models.through = through;
    }
    for (const id of ids) await models.look(id);
    return models;
  }

  get(modelId: string): PublishedModel | undefined {
    return this.found.get(modelId);
  }

  /** By id, in order. */
  all(): [modelId: string, published: PublishedModel][] {
    return [...this.found].sort(([one], [other]) => (one < other ? -1 : 1));
  }

  /** Called after every change, and repeated until it succeeds. */
  follow(changed: () => Promise<void>): void {
    this.following = this.run(changed);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.following;
  }

  private async run(changed: () => Promise<void>): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        for await (const { events, through } of this.log.subscribe({ after: this.through, filter: { types: MODEL_TYPES }, signal })) {
          const ids = new Set(events.map(({ data }) => (data as { modelId: string }).modelId));
          for (const id of ids) await this.look(id);
          if (ids.size > 0) await changed();
          this.through = through;
        }
      } catch (error) {
        if (signal.aborted) return;
        this.onWarning?.('published models will be read again', error);
        await sleep(AGAIN_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private async look(modelId: string): Promise<void> {
    const history = await ModelHistory.read(this.log, modelId);
    const { published, retired } = history.state;
    if (published.length === 0) return;
    const model = inZoneOf(lastModel(history), this.timezone);
    this.found.set(modelId, { model, asOf: BigInt(retired ?? published.at(-1)!.position), retired: retired !== undefined });
  }
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
