import { parentPort } from 'node:worker_threads';
import { told, type ToldError } from '@leadlog/children';
import type { ReadDocument } from '@leadlog/documents';
import { readDocument } from '@leadlog/scoring';
import { documentKinds } from '../../setup/documents';

export interface ToRead {
  /** Name of the kind. */
  kind: string;
  text: string;
  id: string;
}
export type FromReadingThread = { read: ReadDocument } | { error: ToldError };

const readers = new Map<string, (text: string, id: string) => ReadDocument>([
  [
    'scoring-model',
    (text, id) => {
      const { model, ...read } = readDocument(text, id, { modelId: id });
      return { ...read, id, content: model };
    },
  ],
  ...documentKinds.map((kind) => [kind.name, (text: string, id: string) => kind.read(text, id, id)] as const),
]);

function answered({ kind, text, id }: ToRead): FromReadingThread {
  try {
    return { read: readers.get(kind)!(text, id) };
  } catch (error) {
    return { error: told(error as Error) };
  }
}

parentPort!.on('message', (document: ToRead) => {
  parentPort!.postMessage('reading');
  parentPort!.postMessage(answered(document));
});
