import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBody, ApiConsumes, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ModelAnswer as Decided, ModelRefusal } from '@leadlog/scoring';
import {
  CheckModel,
  DraftModel,
  GetModelDocument,
  ListModels,
  PublishModel,
  RetireModel,
  RollBackModel,
} from '@leadlog/scoring/scoring.handlers';
import { Reads } from '../wait-for-position';
import { refusedFor } from '../problem-details';
import { Answers } from '../answer-schemas';
import { actorOf } from '../requests/actor-of';
import { textOfBody, versionOrText } from '../documents/document-bodies';
import { modelJson, PublishBody, RollbackBody } from './models.dto';
import { ModelAnswer, ModelDocument, ModelList, ValidModel } from './models.answers';

const STATUS: Readonly<Partial<Record<ModelRefusal['reason'], number>>> = { 'unknown-version': 404, 'per-day': 422, 'too-large': 422 };
const NOUN = 'scoring model';

/** Scoring models: drafts, publications, and which of them counts. Commands are one append each; workers follow the log. */
@ApiTags('models')
@Controller('v1/models')
@Reads('models')
export class ModelsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List models: the live version, drafts, what was published when, and the version that answers reads now' })
  @Answers(ModelList)
  async list(): Promise<ModelList> {
    const { items, through } = await this.queries.execute(new ListModels());
    return { items: items.map(modelJson), position: String(through) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'A document as text and as data: of the live version, or of any that was drafted or published' })
  @ApiQuery({ name: 'version', required: false })
  @Answers(ModelDocument)
  async show(@Param('id') modelId: string, @Query('version') asked?: string): Promise<ModelDocument> {
    return { modelId, ...(await this.queries.execute(new GetModelDocument(modelId, asked))) };
  }

  @Post(':id/validate')
  @HttpCode(200)
  @ApiConsumes('application/yaml', 'application/json')
  @ApiBody({ schema: { type: 'object' }, description: 'the document' })
  @ApiOperation({ summary: 'Check a document without saving it; 422 says what is wrong, by line and column' })
  @Answers(ValidModel)
  async validate(@Param('id') modelId: string, @Body() body: unknown): Promise<ValidModel> {
    return { modelId, ...(await this.queries.execute(new CheckModel(modelId, textOfBody(body, NOUN)))) };
  }

  @Post(':id/drafts')
  @HttpCode(201)
  @ApiConsumes('application/yaml', 'application/json')
  @ApiBody({ schema: { type: 'object' }, description: 'the document' })
  @ApiOperation({ summary: 'Save a document as a draft; its version follows from its meaning' })
  @Answers(ModelAnswer, { status: 201 })
  @Answers(ModelAnswer, { description: 'It had been said before; nothing was recorded' })
  async draft(
    @Param('id') modelId: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return answered(modelId, await this.commands.execute(new DraftModel(modelId, textOfBody(body, NOUN), actorOf(request))), reply);
  }

  @Post(':id/publish')
  @HttpCode(202)
  @ApiOperation({ summary: 'Make a version live; it answers reads once it is built' })
  @Answers(ModelAnswer, { status: 202 })
  @Answers(ModelAnswer, { description: 'It had been said before; nothing was recorded' })
  async publish(
    @Param('id') modelId: string,
    @Body() body: PublishBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { mode = 'retroactive', handoffs = 'silent', perDay } = body;
    const command = new PublishModel(modelId, versionOrText(body), { mode, handoffs, perDay }, actorOf(request));
    return answered(modelId, await this.commands.execute(command), reply);
  }

  @Post(':id/rollback')
  @HttpCode(202)
  @ApiOperation({ summary: 'Publish again what was live before' })
  @Answers(ModelAnswer, { status: 202 })
  @Answers(ModelAnswer, { description: 'It had been said before; nothing was recorded' })
  async rollback(
    @Param('id') modelId: string,
    @Body() { from, handoffs = 'silent', perDay }: RollbackBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return answered(modelId, await this.commands.execute(new RollBackModel(modelId, { from, handoffs, perDay }, actorOf(request))), reply);
  }

  @Post(':id/retire')
  @HttpCode(202)
  @ApiOperation({ summary: 'Retire a model other than the main one' })
  @Answers(ModelAnswer, { status: 202 })
  @Answers(ModelAnswer, { description: 'It had been said before; nothing was recorded' })
  async retire(@Param('id') modelId: string, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    return answered(modelId, await this.commands.execute(new RetireModel(modelId, actorOf(request))), reply);
  }
}

function answered(modelId: string, answer: Decided, reply: FastifyReply): ModelAnswer {
  if (!answer.ok) {
    const { reason, expected, got } = answer;
    throw refusedFor(STATUS[reason] ?? 409, [{ pointer: '', expected, got }], `model ${modelId}: `);
  }
  const { version, position, repeated } = answer;
  if (repeated) void reply.status(200);
  void reply.header('Leadlog-Position', String(position));
  return { modelId, version, position: String(position), repeated };
}
