import { unstorable } from '@leadlog/lead';
import { parse } from 'yaml';
import { InvalidModel, ModelDocument } from './model-document';
import { versionOf, type ScoringModel } from './model';
import { parseModel } from './parse-model';

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
  const stated = parseModel(text, file);
  if (modelId !== undefined && stated.model !== modelId) throw otherModel(text, file, modelId, stated.model);
  const definition = parse(text) as object;
  // An escape in quotes ("\\uD800") can name what the text itself cannot hold.
  const unkept = unstorable(definition);
  if (unkept.length > 0) throw new InvalidModel(file, unkept.map(({ pointer, expected, got }) => ({ line: 1, column: 1, message: `${pointer}: expected ${expected}, got ${got}` })));
  // Of the data, not of the text: what is kept must mean what it was called.
  const model = modelOfDefinition(definition, file);
  return { modelId: model.model, version: versionOf(model), definition, text, model };
}

/** Throws InvalidModel where this program does not know what the document says, such as one of a later program. */
export const modelOfDefinition = (definition: object, name: string): ScoringModel => parseModel(JSON.stringify(definition), name);

function otherModel(text: string, file: string, expected: string, got: string): InvalidModel {
  const document = new ModelDocument(file, text);
  const [, node] = document.entries(document.root, 'model').get('model')!;
  document.wrong(node, `model: expected ${expected}, the model that was asked for, got ${got}`);
  return new InvalidModel(file, document.problems);
}
