import 'dotenv/config';
import { ArchiveFiles, ArchiveReader, ModelHistories } from '@leadlog/archive';
import { performTrial, type TrialRequest, type TrialResult } from '@leadlog/scoring';
import { openLog } from '../setup/backends';
import { logger, setLogLevel } from '../setup/logger';
import { readSettings } from '../setup/settings';

export type FromTrialProcess = { progress: number } | { result: TrialResult } | { error: { name: string; message: string } };

/** A process that performs one trial of a scoring model for the worker that started it, and ends. Killed, it leaves nothing behind. */
async function perform(request: TrialRequest): Promise<TrialResult> {
  const settings = readSettings(process.env);
  setLogLevel(settings.logLevel);
  const { timezone } = settings;
  const log = openLog(settings);
  const reader = await ArchiveReader.open({ files: new ArchiveFiles(settings.archiveFolder), log, timezone, limits: { memory: '1GB', threads: 2, spill: '4GB' } });
  try {
    return await performTrial(new ModelHistories(reader, timezone), request, { now: Date.now(), timezone, onProgress: (progress) => tell({ progress }) });
  } finally {
    reader.close();
    await log.close();
  }
}

const tell = (message: FromTrialProcess, told?: () => void): void => void process.send?.(message, undefined, undefined, told);

process.on('disconnect', () => process.exit(0));
process.once('message', (request: TrialRequest) => {
  const end = (): never => process.exit(0);
  perform(request).then(
    (result) => tell({ result }, end),
    (error: Error) => {
      logger.debug({ err: error }, 'a trial failed');
      tell({ error: { name: error.name, message: error.message } }, end);
    },
  );
});
