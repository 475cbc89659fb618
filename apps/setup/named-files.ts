import { isUtf8 } from 'node:buffer';
import { accessSync, constants, mkdirSync, readFileSync, statSync } from 'node:fs';
import { WrongSetting, type Settings } from './settings';

/** What stands in the file that a setting names, as `parse` reads it. Throws WrongSetting with all that is wrong in it. */
export function readNamedFile<T>(setting: string, what: string, file: string, parse: (text: string, file: string) => T): T {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new WrongSetting(
      `${setting}: expected a file that can be read, got ${file} (${codeOf(error)}); name another, or leave it out for the one that comes with Leadlog`,
    );
  }
  if (!isUtf8(bytes)) throw new WrongSetting(`${setting}: expected a file in UTF-8, got ${file} with other bytes; convert it`);
  try {
    return parse(bytes.toString('utf8'), file);
  } catch (error) {
    throw new WrongSetting(
      `${setting}: expected ${what}; fix these places, or leave it out for the one that comes with Leadlog\n${(error as Error).message}`,
    );
  }
}

/** Before anything is opened in them: what SQLite and DuckDB say of a folder that is none names no setting. */
export function checkFolders({ dataFolder, archiveFolder, reportsFolder, eventStoreUrl, redisUrl }: Settings): void {
  if (!eventStoreUrl || !redisUrl) checkDataFolder(dataFolder);
  for (const [setting, folder] of [
    ['LEADLOG_ARCHIVE', archiveFolder],
    ['LEADLOG_REPORTS', reportsFolder],
  ] as const) {
    if (folder !== undefined && !mayBeFolder(folder))
      throw new WrongSetting(
        `${setting}: expected a folder, or the name of a new one, got ${folder}, where a file is in the way; name another`,
      );
  }
}

function checkDataFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    if (codeOf(error) === 'ENOSPC') throw error;
    throw new WrongSetting(
      `LEADLOG_DATA: expected a folder that this user may write to, or the name of a new one, got ${folder} (${codeOf(error)}); name another, or change who may write there`,
    );
  }
}

/** A folder that cannot be looked at now is another matter: it may come back. */
function mayBeFolder(folder: string): boolean {
  try {
    return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? true;
  } catch (error) {
    return codeOf(error) !== 'ENOTDIR';
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;
