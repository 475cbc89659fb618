export { FollowedDocuments } from './followed-documents';
export { versionOfMeaning } from './meaning';
export {
  documentStream,
  DocumentHistory,
  draftDocument,
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
  Publication,
  StoredDocument,
} from './stored-document';
export { durationOf, InvalidDocument, LONGEST_DOCUMENT, short, shown, unknownName, YamlDocument } from './yaml-document';
export type { DocumentProblem } from './yaml-document';
