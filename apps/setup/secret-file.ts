import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Makes a file that its owner alone may read; one that is there stays. Whole or not at all, also where two programs start at once. */
export function makeSecretFile(path: string, text: string): void {
  // Two containers on one volume may have the same process id.
  const before = writtenBeside(path, text);
  try {
    // A link is made once.
    linkSync(before, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(before);
  }
}

/** Puts another text into such a file: when it returns, that is there, also after a crash of the machine; until then, what was there. */
export function replaceSecretFile(path: string, text: string): void {
  renameSync(writtenBeside(path, text), path);
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function writtenBeside(path: string, text: string): string {
  const before = `${path}.${randomUUID()}`;
  const file = openSync(before, 'wx', 0o600);
  try {
    writeSync(file, `${text}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return before;
}
