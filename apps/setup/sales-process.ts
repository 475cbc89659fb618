import { join } from 'node:path';
import { compileProcess, parseProcess, type CompiledProcess } from '@leadlog/sales';
import { readNamedFile } from './named-files';
import type { Settings } from './settings';

/** Throws WrongSetting for a file that cannot be read or is no sales process. */
export function readSalesProcess({ processFile }: Partial<Pick<Settings, 'processFile'>>): CompiledProcess {
  const file = processFile ?? join(__dirname, '../../libs/sales/processes/japan-b2b.yaml');
  return compileProcess(readNamedFile('LEADLOG_PROCESS', 'a sales process', file, parseProcess));
}
