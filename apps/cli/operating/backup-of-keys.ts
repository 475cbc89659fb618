import { readFileSync, rmSync } from 'node:fs';
import { copyKeys } from '@leadlog/personal/sqlite/copy-of-keys';
import { makeSecretFile } from '../../setup/secret-file';

interface KeyFiles {
  personalKeys: string;
  masterKey: string;
}

/**
 * Copies the keys with the master key that opens them: the one before it opens none that a rotation has wrapped anew meanwhile, and the one after
 * it none that was not yet, so they are copied again where the file has changed. None goes back to what it was.
 */
export async function backUpKeys(
  from: KeyFiles,
  to: KeyFiles,
  copy: (from: string, to: string) => void | Promise<void> = copyKeys,
): Promise<void> {
  const read = () => readFileSync(from.masterKey, 'utf8').trim();
  for (;;) {
    const master = read();
    await copy(from.personalKeys, to.personalKeys);
    if (read() === master) return makeSecretFile(to.masterKey, master);
    rmSync(to.personalKeys);
  }
}
