import { InvalidDocument, type DocumentText, type YamlDocument } from '@leadlog/documents';
import { versionOf, type ScoringModel } from './model';
import { modelOfDefinition, readModel } from './parse-model';

export interface ModelDocumentText extends DocumentText {
  modelId: string;
}

export interface ReadOptions {
  /** The model that it must be of. */
  modelId?: string;
  /** It may be from before there were traits: conditions on personal fields are read by traits and not refused. */
  former?: boolean;
}

/** Checks a document (YAML or JSON). Throws InvalidDocument, which names all problems by line and column. */
export function readDocument(
  text: string,
  file: string,
  { modelId, former }: ReadOptions = {},
): ModelDocumentText & { model: ScoringModel } {
  const { model: stated, document } = readModel(text, file, { former });
  if (modelId !== undefined && stated.model !== modelId) throw otherModel(document, modelId, stated.model);
  const definition = document.keptDefinition();
  // Of the data, not of the text: what is kept must mean what it was called.
  const model = modelOfDefinition(definition, file);
  return { modelId: model.model, version: versionOf(model), definition, text, model };
}

function otherModel(document: YamlDocument, expected: string, got: string): InvalidDocument {
  const [, node] = document.entries(document.root, 'model').get('model')!;
  document.wrong(node, `model: expected ${expected}, the requested model, got ${got}`);
  return new InvalidDocument(document.file, document.problems);
}
