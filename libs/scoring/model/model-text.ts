import { unstorable } from '@leadlog/events';
import { InvalidModel, ModelDocument } from './model-document';
import { versionOf, type ScoringModel } from './model';
import { modelOfDefinition, readModel } from './parse-model';

/** A document that has been checked, as text and as data. */
export interface ModelDocumentText {
  modelId: string;
  version: string;
  definition: object;
  text: string;
}

/**
 * Checks a document (YAML or JSON). `modelId`: the model it must be of. Throws InvalidModel, which names all problems by line and
 * column.
 */
export function readDocument(text: string, file: string, modelId?: string): ModelDocumentText & { model: ScoringModel } {
  const { model: stated, document } = readModel(text, file);
  if (modelId !== undefined && stated.model !== modelId) throw otherModel(document, modelId, stated.model);
  const definition = document.definition();
  // An escape in quotes ("\\uD800") can name what the text itself cannot hold.
  const unkept = unstorable(definition);
  if (unkept.length > 0)
    throw new InvalidModel(
      file,
      unkept.map(({ pointer, expected, got }) => ({ line: 1, column: 1, message: `${pointer}: expected ${expected}, got ${got}` })),
    );
  // Of the data, not of the text: what is kept must mean what it was called.
  const model = modelOfDefinition(definition, file);
  return { modelId: model.model, version: versionOf(model), definition, text, model };
}

function otherModel(document: ModelDocument, expected: string, got: string): InvalidModel {
  const [, node] = document.entries(document.root, 'model').get('model')!;
  document.wrong(node, `model: expected ${expected}, the requested model, got ${got}`);
  return new InvalidModel(document.file, document.problems);
}
