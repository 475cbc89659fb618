import { Module, type DynamicModule, type Type } from '@nestjs/common';
import {
  CheckDocumentHandler,
  CompareDocumentsHandler,
  DOCUMENT_KINDS,
  DOCUMENT_READER,
  DraftDocumentHandler,
  GetDocumentHandler,
  GetDocumentPastHandler,
  ListDocumentsHandler,
  PublishDocumentHandler,
  RollBackDocumentHandler,
  type DocumentReader,
  type ServedKind,
} from './documents.handlers';

const queries = [ListDocumentsHandler, GetDocumentHandler, GetDocumentPastHandler, CheckDocumentHandler, CompareDocumentsHandler];
const commands = [DraftDocumentHandler, PublishDocumentHandler, RollBackDocumentHandler];

/** Documents of these kinds. EVENT_LOG, READ_MODELS and CLOCK come from the app. */
@Module({})
export class DocumentsModule {
  static for({ kinds, reader }: { kinds: readonly ServedKind[]; reader: Type<DocumentReader> }): DynamicModule {
    return {
      module: DocumentsModule,
      providers: [
        { provide: DOCUMENT_KINDS, useValue: new Map(kinds.map((served) => [served.kind.name, served])) },
        { provide: DOCUMENT_READER, useClass: reader },
        ...queries,
        ...commands,
      ],
    };
  }
}
