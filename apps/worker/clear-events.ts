import { formOf } from '@leadlog/archive';
import { LogUnavailable } from '@leadlog/event-log';
import { counted } from '@leadlog/events';
import { overwriteSealed, sealClearEvents, sealedIn } from '@leadlog/personal/sqlite/seal-clear-events';
import type { Backends } from '../setup/backends';
import { dataFiles } from '../setup/data-folder';
import { archivePlace } from '../setup/history-folders';
import { logger } from '../setup/logger';
import type { Settings } from '../setup/settings';

/**
 * Seals what a log in a file has in clear, from before there were keys (docs/decisions/sealed-afterwards.md); in EventStoreDB nobody can. Before
 * anything is folded or archived, so that nothing else writes meanwhile where all is one program.
 */
export async function sealWhatIsInClear(settings: Settings, { keys }: Pick<Backends, 'keys'>): Promise<void> {
  if (!keys || settings.eventStoreUrl !== undefined) return;
  const { files, timezone } = archivePlace(settings);
  let begun = false;
  try {
    const sealed = await sealClearEvents(dataFiles(settings.dataFolder).log, keys, {
      before: (first) => {
        if (!begun) logger.info('what was recorded before there were keys is sealed, once');
        begun = true;
        // It has these events as they were until now, and is compared with the log.
        files.cutAt(first, formOf(timezone));
      },
      onLeft: ({ type, position }) =>
        logger.warn(`${type} at position ${position} stays in clear: sealed, it would not be read as it is (docs/personal-data.md)`),
    });
    if (sealed > 0) logger.info(`${counted(sealed, 'event')} sealed`);
  } catch (error) {
    // Everything goes on without it, and the next start goes on with it.
    if (!takesNoMore(error)) throw error;
    logger.warn({ err: error }, 'what was recorded before there were keys is sealed once its file can be written, at the next start');
  }
}

/** Whether no unused part of the log's file holds in clear what is sealed. What a full disk has cut short is tried again. */
export async function overwriteClearEvents({ dataFolder, eventStoreUrl }: Settings): Promise<boolean> {
  const { log: file } = dataFiles(dataFolder);
  if (eventStoreUrl !== undefined || !sealedIn(file)?.remains) return true;
  try {
    await overwriteSealed(file);
    return true;
  } catch (error) {
    if (!takesNoMore(error)) throw error;
    logger.warn(
      { err: error },
      `${file} may hold in unused parts what is sealed now: make room for two copies of it, and start the worker again`,
    );
    return false;
  }
}

/** A file that cannot grow, by its disk, a quota or a limit; one that is locked is waited for. */
const takesNoMore = (error: unknown): boolean => error instanceof LogUnavailable && (error.reason === 'disk-full' || error.reason === 'io');
