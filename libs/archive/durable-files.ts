import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Of a folder: what names it holds. */
export function syncFile(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
