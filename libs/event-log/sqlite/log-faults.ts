import { LogUnavailable } from '../log';

/** How long another process may hold the file. */
export const LOCK_PATIENCE_MS = 5_000;

/** What SQLite says of the file of a log, as LogUnavailable with what to do; any other error as it is. */
export const logFault = (error: unknown, file: string, lockPatienceMs = LOCK_PATIENCE_MS): unknown =>
  fileFault(error, { what: `event log ${file}`, damaged: 'stop Leadlog and restore it from a backup' }, lockPatienceMs);

/** The same of another file without which a log cannot be read. `damaged`: what to do then. */
export function fileFault(error: unknown, file: { what: string; damaged: string }, lockPatienceMs = LOCK_PATIENCE_MS): unknown {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code !== 'string' || !code.startsWith('SQLITE_')) return error;
  const because = (said: string) => `${file.what}: ${said} (${code}: ${(error as Error).message})`;
  if (code.startsWith('SQLITE_FULL'))
    return new LogUnavailable('disk-full', because('the disk is full and nothing was written; free some space, then try again'));
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED'))
    return new LogUnavailable('locked', because(`another process has held the file for ${lockPatienceMs / 1_000} s; find and stop it`));
  if (code.startsWith('SQLITE_CORRUPT') || code.startsWith('SQLITE_NOTADB'))
    return new LogUnavailable('corrupt', because(`the file is damaged; ${file.damaged}`));
  if (code.startsWith('SQLITE_IOERR') || code.startsWith('SQLITE_CANTOPEN') || code.startsWith('SQLITE_READONLY'))
    return new LogUnavailable('io', because('the file cannot be read or written; check the disk, its quota and the permissions'));
  return error;
}
