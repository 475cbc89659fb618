import { keptOf, short, type DocumentKind } from '@leadlog/documents';
import { readProcess } from './parse-process';
import { meaningOf, type SalesProcess } from './process';
import { PROCESS_SCHEMA } from './process-schema';

/** Sales processes as documents that are stored. */
export const processKind: DocumentKind<SalesProcess> = {
  name: 'sales-process',
  noun: 'sales process',
  drafted: 'SalesProcessDrafted',
  published: 'SalesProcessPublished',
  category: 'process',
  subject: 'processId',
  by: 'processes',
  schema: PROCESS_SCHEMA,
  read: (text, file, id) => {
    const { process, document } = readProcess(text, file);
    if (id !== undefined && process.process !== id) {
      const [, node] = document.entries(document.root, 'process').get('process')!;
      document.wrong(node, `process: expected ${id}, the requested process, got ${short(process.process)}`);
      document.finish();
    }
    const kept = keptOf(document, text, (definition) => readProcess(definition, file).process, meaningOf);
    // As written, since a next action names the line of its rule.
    return { ...kept, id: process.process, content: process };
  },
  contentOf: ({ definition, text }, name) => readProcess(text ?? definition, name, { published: true }).process,
};
