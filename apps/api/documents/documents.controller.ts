import { applyDecorators, Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res, type Type } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBody, ApiConsumes, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isDocumentId, type DocumentKind } from '@leadlog/documents';
import {
  CheckDocument,
  CompareDocuments,
  DraftDocument,
  GetDocument,
  GetDocumentPast,
  ListDocuments,
  PublishDocument,
  RollBackDocument,
  type StoredAnswer,
} from '@leadlog/documents/documents.handlers';
import { Answers } from '../answer-schemas';
import { refused, refusedFor } from '../problem-details';
import { actorOf } from '../requests/actor-of';
import { Reads } from '../wait-for-position';
import { textOfBody, versionOrText } from './document-bodies';
import { ModelSchema } from '../operating/operating.answers';
import { DocumentAnswer, DocumentDifferences, DocumentList, DocumentPast, StoredDocument, ValidDocument } from './documents.answers';
import { documentJson, PublishDocumentBody, RollBackDocumentBody } from './documents.dto';

const STATUS: Readonly<Record<string, number>> = { 'unknown-version': 404 };
const REPEATED = { description: 'It had been said before; nothing was recorded' };

/**
 * The routes of a kind of document: drafts, publications, and which of them counts. Commands are one append each; whoever goes by the document
 * follows the log. `path`: such as `v1/policies`, with the documents below it, or the only document if the kind has no more than one.
 */
export function documentControllers(kind: DocumentKind, path: string): Type[] {
  const name = kind.name.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
  return [named(routesOf(kind, path), `${name}Controller`), named(schemaRouteOf(kind), `${name}SchemaController`)];
}

/** The OpenAPI document tells operations apart by the names of their classes. */
const named = (controller: Type, name: string): Type => Object.defineProperty(controller, 'name', { value: name });

function routesOf(kind: DocumentKind, path: string): Type {
  const { name, noun, category, subject } = kind;
  const isOnly = subject === undefined;
  const one = (verb = ''): string => [...(isOnly ? [] : [':id']), ...(verb === '' ? [] : [verb])].join('/');
  /** A parameter of the path, where there is one. */
  const Id: () => ParameterDecorator = () => (isOnly ? () => undefined : Param('id'));
  const idOf = (asked: string | undefined): string => asked ?? category;
  const Document = () =>
    applyDecorators(
      ApiConsumes('application/yaml', 'application/json'),
      ApiBody({ schema: { type: 'object' }, description: 'the document' }),
    );

  const newIdOf = (asked: string | undefined): string => {
    if (asked === undefined || isDocumentId(asked)) return idOf(asked);
    throw refused(
      422,
      '/id',
      'an id of 1 to 64 letters, digits, "-", "_" or ".", which begins with a letter or digit',
      JSON.stringify(asked),
    );
  };

  @ApiTags(path.slice(3))
  @Controller(path)
  @Reads('documents')
  class DocumentsController {
    constructor(
      readonly commands: CommandBus,
      readonly queries: QueryBus,
    ) {}

    @Get(one('history'))
    @ApiOperation({ summary: `What was drafted and published of ${isOnly ? `the ${noun}` : `a ${noun}`}` })
    @Answers(DocumentPast)
    async history(@Id() asked?: string): Promise<DocumentPast> {
      const found = await this.queries.execute(new GetDocumentPast(name, idOf(asked)));
      return { ...documentJson(found), position: String(found.through) };
    }

    @Get(one('compare'))
    @ApiOperation({
      summary: 'What differs between two versions; by default, between what counts and the newest draft',
    })
    @ApiQuery({ name: 'version', required: false, description: 'by default, the newest draft' })
    @ApiQuery({ name: 'against', required: false, description: 'the version before; by default, what counts' })
    @Answers(DocumentDifferences)
    async compare(
      @Id() asked?: string,
      @Query('version') version?: string,
      @Query('against') against?: string,
    ): Promise<DocumentDifferences> {
      return { id: idOf(asked), ...(await this.queries.execute(new CompareDocuments(name, idOf(asked), version, against))) };
    }

    @Get(one())
    @ApiOperation({ summary: 'A document as text and as data: what counts, or any version that was drafted or published' })
    @ApiQuery({ name: 'version', required: false })
    @Answers(StoredDocument)
    async show(@Id() asked?: string, @Query('version') version?: string): Promise<StoredDocument> {
      return { id: idOf(asked), ...(await this.queries.execute(new GetDocument(name, idOf(asked), version))) };
    }

    @Post(one('validate'))
    @HttpCode(200)
    @Document()
    @ApiOperation({ summary: 'Check a document without saving it; 422 says what is wrong, by line and column' })
    @Answers(ValidDocument)
    async validate(@Id() asked: string | undefined, @Body() body: unknown): Promise<ValidDocument> {
      const id = newIdOf(asked);
      return { id, ...(await this.queries.execute(new CheckDocument(name, id, textOfBody(body, noun)))) };
    }

    @Post(one('drafts'))
    @HttpCode(201)
    @Document()
    @ApiOperation({ summary: 'Save a document as a draft; its version follows from its meaning' })
    @Answers(DocumentAnswer, { status: 201 })
    @Answers(DocumentAnswer, REPEATED)
    async draft(
      @Id() asked: string | undefined,
      @Body() body: unknown,
      @Req() request: FastifyRequest,
      @Res({ passthrough: true }) reply: FastifyReply,
    ): Promise<DocumentAnswer> {
      const id = newIdOf(asked);
      return answered(id, await this.commands.execute(new DraftDocument(name, id, textOfBody(body, noun), actorOf(request))), reply);
    }

    @Post(one('publish'))
    @HttpCode(202)
    @ApiOperation({ summary: 'Put a version into force, for what comes from now on' })
    @Answers(DocumentAnswer, { status: 202 })
    @Answers(DocumentAnswer, REPEATED)
    async publish(
      @Id() asked: string | undefined,
      @Body() body: PublishDocumentBody,
      @Req() request: FastifyRequest,
      @Res({ passthrough: true }) reply: FastifyReply,
    ): Promise<DocumentAnswer> {
      const id = newIdOf(asked);
      return answered(id, await this.commands.execute(new PublishDocument(name, id, versionOrText(body), actorOf(request))), reply);
    }

    @Post(one('rollback'))
    @HttpCode(202)
    @ApiOperation({ summary: 'Put into force again what was before' })
    @Answers(DocumentAnswer, { status: 202 })
    @Answers(DocumentAnswer, REPEATED)
    async rollback(
      @Id() asked: string | undefined,
      @Body() { from }: RollBackDocumentBody,
      @Req() request: FastifyRequest,
      @Res({ passthrough: true }) reply: FastifyReply,
    ): Promise<DocumentAnswer> {
      const id = newIdOf(asked);
      return answered(id, await this.commands.execute(new RollBackDocument(name, id, from, actorOf(request))), reply);
    }
  }
  if (isOnly) return DocumentsController;

  @ApiTags(path.slice(3))
  @Controller(path)
  @Reads('documents')
  class ListedDocumentsController extends DocumentsController {
    @Get()
    @ApiOperation({ summary: 'List them: what counts, drafts, and what was published when' })
    @Answers(DocumentList)
    async list(): Promise<DocumentList> {
      const { items, through } = await this.queries.execute(new ListDocuments(name));
      return { items: items.map(documentJson), position: String(through) };
    }
  }
  return ListedDocumentsController;

  function answered(id: string, answer: StoredAnswer, reply: FastifyReply): DocumentAnswer {
    if (!answer.ok) {
      const { reason, expected, got } = answer;
      throw refusedFor(STATUS[reason] ?? 409, [{ pointer: '', expected, got }], isOnly ? `${noun}: ` : `${noun} ${id}: `);
    }
    const { version, position, repeated } = answer;
    if (repeated) void reply.status(200);
    void reply.header('Leadlog-Position', String(position));
    return { id, version, position: String(position), repeated };
  }
}

function schemaRouteOf({ name, noun, schema }: DocumentKind): Type {
  @ApiTags('events')
  @Controller('v1/schemas')
  class DocumentSchemaController {
    @Get(name)
    @ApiOperation({ summary: `JSON Schema of the document of a ${noun}, for editors` })
    @Answers(ModelSchema)
    one() {
      return { schema };
    }
  }
  return DocumentSchemaController;
}
