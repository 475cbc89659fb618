import { join } from 'node:path';
import 'dotenv/config';
import { ArchiveFiles } from '@leadlog/archive';
import { serveSql } from '@leadlog/sql';
import { openLog } from '../setup/backends';
import { logger, setLogLevel } from '../setup/logger';
import { readSettings } from '../setup/settings';

const MEMORY = '1GB';
const RESIDENT_MIB = 2_048;
const SPILL = '4GB';

/** A process that answers SQL for the api that started it. */
async function main(): Promise<void> {
  const settings = readSettings(process.env);
  setLogLevel(settings.logLevel);
  await serveSql({
    files: new ArchiveFiles(settings.archiveFolder),
    log: openLog(settings),
    timezone: settings.timezone,
    fiscalYearStart: settings.fiscalYearStart,
    limits: { memory: MEMORY, threads: 2, spill: SPILL },
    answers: join(settings.archiveFolder, 'answers'),
    residentMiB: RESIDENT_MIB,
  });
}

void main().catch((error: unknown) => {
  logger.fatal(error, 'the process that answers SQL could not start');
  process.exit(1);
});
