import 'dotenv/config';
import { ArchiveFiles, ArchiveReader, ModelHistories } from '@leadlog/archive';
import { answerParent, tellParent } from '@leadlog/children';
import { performTrial, type TrialRequest, type TrialResult } from '@leadlog/scoring';
import { openLog } from '../setup/backends';
import { logger, setLogLevel } from '../setup/logger';
import { readSettings } from '../setup/settings';

/** A process that performs one trial of a scoring model for the worker that started it, and ends. Killed, it leaves nothing behind. */
async function perform(request: TrialRequest): Promise<TrialResult> {
  const settings = readSettings(process.env);
  setLogLevel(settings.logLevel);
  const { timezone } = settings;
  const log = openLog(settings);
  const reader = await ArchiveReader.open({
    files: new ArchiveFiles(settings.archiveFolder),
    log,
    timezone,
    limits: { memory: '1GB', threads: 2, spill: '4GB' },
  });
  try {
    return await performTrial(new ModelHistories(reader, timezone), request, {
      now: Date.now(),
      timezone,
      onProgress: (progress) => tellParent({ progress }),
    });
  } finally {
    reader.close();
    await log.close();
  }
}

answerParent(
  (request: TrialRequest) =>
    perform(request).catch((error: Error) => {
      logger.debug({ err: error }, 'a trial failed');
      throw error;
    }),
  { once: true },
);
