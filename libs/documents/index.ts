export { differencesOf } from './differences';
export type { Difference } from './differences';
export { DocumentInForce } from './document-in-force';
export type { InForce } from './document-in-force';
export { isDocumentId, keptOf } from './document-kind';
export type { DocumentKind, OfSettings, ReadDocument } from './document-kind';
export { documentsProjection } from './documents.projection';
export { FollowedDocuments } from './followed-documents';
export { versionOfMeaning } from './meaning';
export {
  documentStream,
  DocumentHistory,
  draftDocument,
  emptyHistory,
  noteVersion,
  proposeOnDocument,
  publicationOf,
  publishDocument,
  readHistory,
  rollBackDocument,
} from './stored-document';
export type {
  DocumentAnswer,
  DocumentDecision,
  DocumentEvents,
  DocumentRefusal,
  DocumentText,
  DocumentWriter,
  Publication,
  StoredDocument,
} from './stored-document';
export { durationOf, InvalidDocument, LONGEST_DOCUMENT, short, shown, unknownName, YamlDocument } from './yaml-document';
export type { DocumentProblem } from './yaml-document';
