import { Inject } from '@nestjs/common';
import { Command, CommandHandler, Query, QueryHandler, type ICommandHandler, type IQueryHandler } from '@nestjs/cqrs';
import { EVENT_LOG, type Actor, type EventLog, type Position } from '@leadlog/event-log';
import { NotBuiltYet, READ_MODELS, type ReadModels } from '@leadlog/projections';
import { CLOCK, type Clock } from '@leadlog/time';
import type { ScoringModel } from '../model/model';
import type { ModelDocumentText } from '../model/model-text';
import { UnknownModel } from '../scores/score-queries';
import { scoresOf } from '../scores/scores.projection';
import { fromNowOn, knownAs, modelOfVersion, refusedSize, type LiveModel, type MainModel } from './live-model';
import {
  draft,
  livePublication,
  ModelHistory,
  proposeOnModel,
  publish,
  retire,
  rollback,
  type ModelAnswer,
  type Publication,
  type Publish,
  type Rollback,
  type StoredModel,
} from './stored-model';

/** Injection token of the MainModel of the settings. */
export const MAIN_MODEL = 'MainModel';

/** Injection token of the ModelReader. */
export const MODEL_READER = 'ModelReader';

/** Reads documents that somebody sends, without holding up what others ask. */
export interface ModelReader {
  /** Rejects with InvalidDocument. */
  read(text: string, modelId: string): Promise<ModelDocumentText & { model: ScoringModel }>;
}

/** A model as lists show it. Without a publication the main one is that of the settings (`ofSettings`: its version). */
export interface ListedModel {
  modelId: string;
  state: StoredModel;
  main: boolean;
  live?: Publication;
  ofSettings?: string;
  /** The version that reads answer with now; it follows the live one once that is built. */
  answering?: string;
}

export class ListModels extends Query<{ items: ListedModel[]; through: Position }> {}

@QueryHandler(ListModels)
export class ListModelsHandler implements IQueryHandler<ListModels> {
  constructor(
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(MAIN_MODEL) private readonly main: MainModel,
  ) {}

  async execute() {
    const view = await this.readModels.view('models');
    const states = new Map<string, StoredModel>([[this.main.modelId, { versions: [], published: [] }]]);
    for await (const [modelId, state] of view.scan<StoredModel>()) states.set(modelId, state);
    const items = await Promise.all(
      [...states].map(async ([modelId, state]) => {
        const main = modelId === this.main.modelId;
        const live = livePublication(state);
        return {
          modelId,
          state,
          main,
          live,
          ofSettings: main && !live ? this.main.version : undefined,
          answering: await this.answering(modelId),
        };
      }),
    );
    return { items, through: view.through };
  }

  private async answering(modelId: string): Promise<string | undefined> {
    try {
      const { spec } = await this.readModels.view(scoresOf(modelId, this.main.modelId));
      return knownAs(spec as LiveModel);
    } catch (error) {
      if (error instanceof NotBuiltYet) return undefined;
      throw error;
    }
  }
}

/** The document of the live version, or of any that was drafted or published. Rejects with UnknownModel. */
export class GetModelDocument extends Query<{ version: string; publishedAs: string[]; text: string; definition: object }> {
  constructor(
    readonly modelId: string,
    readonly version?: string,
  ) {
    super();
  }
}

@QueryHandler(GetModelDocument)
export class GetModelDocumentHandler implements IQueryHandler<GetModelDocument> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(MAIN_MODEL) private readonly main: MainModel,
  ) {}

  async execute({ modelId, version: asked }: GetModelDocument) {
    const history = await ModelHistory.read(this.log, modelId);
    const { state } = history;
    const ofSettings = modelId === this.main.modelId ? this.main : undefined;
    const version = asked?.split('@', 1)[0] ?? livePublication(state)?.version ?? ofSettings?.version ?? state.versions.at(-1)?.version;
    const document =
      version === undefined ? undefined : (history.document(version) ?? (ofSettings?.version === version ? ofSettings : undefined));
    if (!document) throw UnknownModel.of(modelId, asked);
    const { text = JSON.stringify(document.definition, null, 2), definition } = document;
    return {
      version: version!,
      publishedAs: state.published.filter((one) => one.version === version).map((one) => one.knownAs),
      text,
      definition,
    };
  }
}

/** What a document means; nothing is kept. Rejects with InvalidDocument. */
export class CheckModel extends Query<{ version: string; axes: string[]; rules: number }> {
  constructor(
    readonly modelId: string,
    readonly text: string,
  ) {
    super();
  }
}

@QueryHandler(CheckModel)
export class CheckModelHandler implements IQueryHandler<CheckModel> {
  constructor(@Inject(MODEL_READER) private readonly reader: ModelReader) {}

  async execute({ modelId, text }: CheckModel) {
    const { version, model } = await this.reader.read(text, modelId);
    return { version, axes: model.axes.map(({ name }) => name), rules: model.axes.reduce((sum, axis) => sum + axis.rules.length, 0) };
  }
}

/** Rejects with InvalidDocument. */
export class DraftModel extends Command<ModelAnswer> {
  constructor(
    readonly modelId: string,
    readonly text: string,
    readonly actor: Actor,
  ) {
    super();
  }
}

@CommandHandler(DraftModel)
export class DraftModelHandler implements ICommandHandler<DraftModel> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(MODEL_READER) private readonly reader: ModelReader,
  ) {}

  async execute({ modelId, text, actor }: DraftModel) {
    const document = await this.reader.read(text, modelId);
    return proposeOnModel({ log: this.log, clock: this.clock, actor }, modelId, (history) => draft(history, document));
  }
}

/** Makes a version live that was drafted, or a document that is drafted with it. Rejects with InvalidDocument. */
export class PublishModel extends Command<ModelAnswer> {
  constructor(
    readonly modelId: string,
    readonly what: { version: string } | { text: string },
    readonly how: Pick<Publish, 'mode' | 'handoffs' | 'perDay'>,
    readonly actor: Actor,
  ) {
    super();
  }
}

@CommandHandler(PublishModel)
export class PublishModelHandler implements ICommandHandler<PublishModel> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(MAIN_MODEL) private readonly main: MainModel,
    @Inject(MODEL_READER) private readonly reader: ModelReader,
  ) {}

  async execute({ modelId, what: asked, how, actor }: PublishModel) {
    const insteadOf = modelId === this.main.modelId ? this.main : undefined;
    const read = 'text' in asked ? await this.reader.read(asked.text, modelId) : undefined;
    if ('version' in asked) await this.checkDraft(modelId, asked.version);
    const what = 'text' in asked ? read! : asked;
    const head = await this.log.head();
    return proposeOnModel({ log: this.log, clock: this.clock, actor }, modelId, (history) => {
      const stated = how.mode === 'prospective' ? (read?.model ?? modelOfVersion(history, what.version)) : undefined;
      const refused = stated ? refusedSize(fromNowOn(history, stated, head, insteadOf?.model)) : undefined;
      return refused ? { refused } : publish(history, { what, ...how, insteadOf });
    });
  }

  /** A draft is held to what a document is held to today; what has been live counts as it stands. */
  private async checkDraft(modelId: string, version: string): Promise<void> {
    const history = await ModelHistory.read(this.log, modelId);
    const document = history.document(version);
    if (document && !history.state.published.some((one) => one.version === version))
      await this.reader.read(document.text ?? JSON.stringify(document.definition, null, 2), modelId);
  }
}

/** Publishes again what was live before. */
export class RollBackModel extends Command<ModelAnswer> {
  constructor(
    readonly modelId: string,
    readonly how: Rollback,
    readonly actor: Actor,
  ) {
    super();
  }
}

@CommandHandler(RollBackModel)
export class RollBackModelHandler implements ICommandHandler<RollBackModel> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  execute({ modelId, how, actor }: RollBackModel) {
    return proposeOnModel({ log: this.log, clock: this.clock, actor }, modelId, (history) => rollback(history, how));
  }
}

/** Only a model beside the main one. */
export class RetireModel extends Command<ModelAnswer> {
  constructor(
    readonly modelId: string,
    readonly actor: Actor,
  ) {
    super();
  }
}

@CommandHandler(RetireModel)
export class RetireModelHandler implements ICommandHandler<RetireModel> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(MAIN_MODEL) private readonly main: MainModel,
  ) {}

  execute({ modelId, actor }: RetireModel) {
    return proposeOnModel({ log: this.log, clock: this.clock, actor }, modelId, (history) => retire(history, this.main.modelId));
  }
}
