import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Makes a file durable; for a folder, the names that it holds. */
export function syncFile(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
