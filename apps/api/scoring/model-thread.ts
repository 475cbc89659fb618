import { parentPort } from 'node:worker_threads';
import { InvalidModel, readDocument, type ModelDocumentText, type ModelProblem, type ScoringModel } from '@leadlog/scoring';

export interface ToRead {
  text: string;
  modelId: string;
}
export type FromModelThread = { read: ModelDocumentText & { model: ScoringModel } } | { invalid: readonly ModelProblem[] } | { failed: string };

function answered({ text, modelId }: ToRead): FromModelThread {
  try {
    return { read: readDocument(text, modelId, modelId) };
  } catch (error) {
    return error instanceof InvalidModel ? { invalid: error.problems } : { failed: String(error) };
  }
}

parentPort!.on('message', (document: ToRead) => {
  parentPort!.postMessage('reading');
  parentPort!.postMessage(answered(document));
});
