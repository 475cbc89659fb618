import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { EVENT_LOG, type EventLog } from '@leadlog/event-log';
import { shown } from '@leadlog/events';
import { NotBuiltYet, READ_MODELS, type ReadModels } from '@leadlog/projections';
import {
  draft,
  fromNowOn,
  knownAs,
  livePublication,
  ModelHistory,
  modelOfVersion,
  proposeOnModel,
  publish,
  refusedSize,
  retire,
  rollback,
  scoresOf,
  UnknownModel,
  type LiveModel,
  type ModelDecision,
  type ModelRefusal,
  type StoredModel,
} from '@leadlog/scoring';
import { CLOCK, type Clock } from '@leadlog/time';
import type { MainModel } from '../../setup/main-model';
import { Reads } from '../wait-for-position';
import { refused, refusedFor } from '../problem-details';
import { Answers } from '../answer-schemas';
import { ModelDocuments } from './model-documents';
import { documentJson, modelJson, publicationJson, PublishBody, RollbackBody } from './models.dto';
import { ModelAnswer, ModelDocument, ModelList, ValidModel } from './models.answers';

/** Injection token of the model of the settings. */
export const MAIN_MODEL = 'MainModel';

const STATUS: Readonly<Partial<Record<ModelRefusal['reason'], number>>> = { 'unknown-version': 404, 'per-day': 422, 'too-large': 422 };

/** Scoring models: drafts, publications, and which of them counts. Commands are one append each; workers follow the log. */
@ApiTags('models')
@Controller('v1/models')
@Reads('models')
export class ModelsController {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(MAIN_MODEL) private readonly main: MainModel,
    @Inject(ModelDocuments) private readonly documents: ModelDocuments,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List models: the live version, drafts, what was published when, and the version that answers reads now' })
  @Answers(ModelList)
  async list(): Promise<ModelList> {
    const view = await this.readModels.view('models');
    const states = new Map<string, StoredModel>([[this.main.modelId, { versions: [], published: [] }]]);
    for await (const [modelId, state] of view.scan<StoredModel>()) states.set(modelId, state);
    const items = await Promise.all(
      [...states].map(async ([modelId, state]) => {
        const main = modelId === this.main.modelId;
        const live = livePublication(state);
        const ofFile = main ? { version: this.main.version, document: this.main.version, ofSettings: true as const } : undefined;
        return modelJson(modelId, state, { main, live: live ? publicationJson(live) : ofFile, answering: await this.answering(modelId) });
      }),
    );
    return { items, position: String(view.through) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'A document as text and as data: of the live version, or of any that was drafted or published' })
  @ApiQuery({ name: 'version', required: false })
  @Answers(ModelDocument)
  async show(@Param('id') modelId: string, @Query('version') asked?: string): Promise<ModelDocument> {
    const history = await ModelHistory.read(this.log, modelId);
    const { state } = history;
    const ofSettings = modelId === this.main.modelId ? this.main : undefined;
    const version = asked?.split('@', 1)[0] ?? livePublication(state)?.version ?? ofSettings?.version ?? state.versions.at(-1)?.version;
    const document = version === undefined ? undefined : (history.document(version) ?? (ofSettings?.version === version ? ofSettings : undefined));
    if (!document) throw UnknownModel.of(modelId, asked);
    return documentJson(history, version!, document);
  }

  @Post(':id/validate')
  @HttpCode(200)
  @ApiConsumes('application/yaml', 'application/json')
  @ApiBody({ schema: { type: 'object' }, description: 'the document' })
  @ApiOperation({ summary: 'Check a document without saving it; 422 says what is wrong, by line and column' })
  @Answers(ValidModel)
  async validate(@Param('id') modelId: string, @Body() body: unknown): Promise<ValidModel> {
    const { version, model } = await this.documents.read(textOf(body), modelId);
    const rules = model.axes.reduce((sum, axis) => sum + axis.rules.length, 0);
    return { modelId, version, axes: model.axes.map(({ name }) => name), rules };
  }

  @Post(':id/drafts')
  @HttpCode(201)
  @ApiConsumes('application/yaml', 'application/json')
  @ApiBody({ schema: { type: 'object' }, description: 'the document' })
  @ApiOperation({ summary: 'Save a document as a draft; its version follows from its meaning' })
  @Answers(ModelAnswer, { status: 201 })
  @Answers(ModelAnswer, { description: 'It had been said before; nothing was recorded' })
  async draft(@Param('id') modelId: string, @Body() body: unknown, @Res({ passthrough: true }) reply: FastifyReply) {
    const document = await this.documents.read(textOf(body), modelId);
    return this.propose(modelId, reply, (history) => draft(history, document));
  }

  @Post(':id/publish')
  @HttpCode(202)
  @ApiOperation({ summary: 'Make a version live; it answers reads once it is built' })
  @Answers(ModelAnswer, { status: 202 })
  @Answers(ModelAnswer, { description: 'It had been said before; nothing was recorded' })
  async publish(@Param('id') modelId: string, @Body() body: PublishBody, @Res({ passthrough: true }) reply: FastifyReply) {
    const { version, document, mode = 'retroactive', handoffs = 'silent', perDay } = body;
    if ((version === undefined) === (document === undefined)) throw refused(422, '', 'either a version that was drafted or a document', version === undefined ? 'neither' : 'both');
    const insteadOf = modelId === this.main.modelId ? this.main : undefined;
    const read = document === undefined ? await this.checkDraft(modelId, version!) : await this.documents.read(document, modelId);
    const what = read ?? { version: version! };
    const head = await this.log.head();
    return this.propose(modelId, reply, (history) => {
      const stated = mode === 'prospective' ? (read?.model ?? modelOfVersion(history, what.version)) : undefined;
      const refused = stated ? refusedSize(fromNowOn(history, stated, head, insteadOf?.model)) : undefined;
      return refused ? { refused } : publish(history, { what, mode, handoffs, perDay, insteadOf });
    });
  }

  @Post(':id/rollback')
  @HttpCode(202)
  @ApiOperation({ summary: 'Publish again what was live before' })
  @Answers(ModelAnswer, { status: 202 })
  @Answers(ModelAnswer, { description: 'It had been said before; nothing was recorded' })
  rollback(@Param('id') modelId: string, @Body() { from, handoffs = 'silent', perDay }: RollbackBody, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.propose(modelId, reply, (history) => rollback(history, { from, handoffs, perDay }));
  }

  @Post(':id/retire')
  @HttpCode(202)
  @ApiOperation({ summary: 'Retire a model other than the main one' })
  @Answers(ModelAnswer, { status: 202 })
  @Answers(ModelAnswer, { description: 'It had been said before; nothing was recorded' })
  retire(@Param('id') modelId: string, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.propose(modelId, reply, (history) => retire(history, this.main.modelId));
  }

  /** A draft is held to what a document is held to today; what has been live counts as it stands. Throws InvalidModel. */
  private async checkDraft(modelId: string, version: string): Promise<undefined> {
    const history = await ModelHistory.read(this.log, modelId);
    const document = history.document(version);
    if (document && !history.state.published.some((one) => one.version === version)) await this.documents.read(document.text ?? JSON.stringify(document.definition, null, 2), modelId);
  }

  private async propose(modelId: string, reply: FastifyReply, decide: (history: ModelHistory) => ModelDecision): Promise<ModelAnswer> {
    const answer = await proposeOnModel(this.log, this.clock, modelId, decide);
    if (!answer.ok) {
      const { reason, expected, got } = answer;
      throw refusedFor(STATUS[reason] ?? 409, [{ pointer: '', expected, got }], `model ${modelId}: `);
    }
    const { version, position, repeated } = answer;
    if (repeated) void reply.status(200);
    void reply.header('Leadlog-Position', String(position));
    return { modelId, version, position: String(position), repeated };
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

/** A document that came as JSON is kept as it would be written. */
function textOf(body: unknown): string {
  if (typeof body === 'string' && body.trim() !== '') return body;
  if (typeof body === 'object' && body !== null) return written(body);
  throw refused(422, '', 'a scoring model (application/yaml or application/json)', body === '' ? 'nothing' : shown(body));
}

/** JSON.parse takes any depth, JSON.stringify does not. */
function written(body: object): string {
  try {
    return JSON.stringify(body, null, 2);
  } catch (error) {
    if (error instanceof RangeError) throw refused(422, '', 'a scoring model, which is a few levels deep', 'one nested thousands of levels');
    throw error;
  }
}
