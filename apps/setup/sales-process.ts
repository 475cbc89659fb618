import { join } from 'node:path';
import type { InForce, OfSettings } from '@leadlog/documents';
import { compileProcess, processKind, type CompiledProcess, type SalesProcess } from '@leadlog/sales';
import { documentOfSettings } from './document-of-settings';
import type { Settings } from './settings';

/** Throws WrongSetting for a file that cannot be read or is no sales process. */
export const readSalesProcess = ({ processFile }: Partial<Pick<Settings, 'processFile'>>): OfSettings<SalesProcess> =>
  documentOfSettings(processKind, 'LEADLOG_PROCESS', processFile ?? join(__dirname, '../../libs/sales/processes/japan-b2b.yaml'));

/** Compiled once for each process that comes into force. */
export function compiledProcess(now: () => InForce<SalesProcess>): () => CompiledProcess {
  let made: { of: SalesProcess; compiled: CompiledProcess } | undefined;
  return () => {
    const { content, version } = now();
    if (made?.of !== content) made = { of: content, compiled: compileProcess(content, version) };
    return made.compiled;
  };
}
