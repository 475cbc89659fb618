import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, unlinkSync, writeSync } from 'node:fs';

/** Makes a file that its owner alone may read; one that is there stays. Whole or not at all, also where two programs start at once. */
export function makeSecretFile(path: string, text: string): void {
  // Two containers on one volume may have the same process id.
  const before = `${path}.${randomUUID()}`;
  const file = openSync(before, 'wx', 0o600);
  try {
    writeSync(file, `${text}\n`);
    fsyncSync(file);
    closeSync(file);
    // A link is made once.
    linkSync(before, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(before);
  }
}
