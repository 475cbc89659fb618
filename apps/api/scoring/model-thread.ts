import { parentPort } from 'node:worker_threads';
import { told, type ToldError } from '@leadlog/children';
import { readDocument, type ModelDocumentText, type ScoringModel } from '@leadlog/scoring';

export interface ToRead {
  text: string;
  modelId: string;
}
export type FromModelThread = { read: ModelDocumentText & { model: ScoringModel } } | { error: ToldError };

function answered({ text, modelId }: ToRead): FromModelThread {
  try {
    return { read: readDocument(text, modelId, modelId) };
  } catch (error) {
    return { error: told(error as Error) };
  }
}

parentPort!.on('message', (document: ToRead) => {
  parentPort!.postMessage('reading');
  parentPort!.postMessage(answered(document));
});
