import { existsSync, statSync } from 'node:fs';
import { counted } from '@leadlog/events';
import { sealedState } from '@leadlog/personal';
import { openLogToRead } from '../../setup/backends';
import { dataFiles } from '../../setup/data-folder';
import { keysMayBeLost, masterKeysIn, openPersonalKeysToRead } from '../../setup/personal-keys';
import type { Settings } from '../../setup/settings';

/** How long the log is read for it. */
const PATIENCE_MS = 5_000;

/** What an operator should see to about the keys of personal data. */
export async function personalKeysFinding(
  settings: Settings,
  now = Date.now,
): Promise<{ state: 'fine' | 'look' | 'wrong'; detail: string }> {
  const { eventStoreUrl, dataFolder, masterKeyFile } = settings;
  const wrong: string[] = [];
  const look: string[] = [];
  if (eventStoreUrl) {
    const { holdsKeys, unsafe } = await keysMayBeLost(settings);
    (holdsKeys ? wrong : look).push(...unsafe);
  }
  const file = masterKeyFile ?? (eventStoreUrl ? undefined : dataFiles(dataFolder).masterKey);
  if (file !== undefined && existsSync(file)) {
    const mode = statSync(file).mode & 0o777;
    if ((mode & 0o077) !== 0) look.push(`${file} may be read by others (${mode.toString(8)}): chmod 600 ${file}`);
    if (masterKeysIn(file).length > 1)
      look.push(
        `${file} has two master keys: finish the rotation (leadlog personal-data rotate-master-key)${masterKeyFile === undefined ? '' : ', then remove the second line'}`,
      );
  }
  const keys = await openPersonalKeysToRead(settings);
  const log = openLogToRead(settings);
  const until = now() + PATIENCE_MS;
  try {
    const { sealed, without, whole } = await sealedState(log, keys, () => now() < until);
    const part = whole ? '' : `, as far as ${PATIENCE_MS / 1_000} s go`;
    if (without > 0)
      wrong.push(
        keys
          ? `the keys are older than the log: ${counted(without, 'person has', 'people have')} something that no key opens${part}; put back later keys before more is recorded`
          : `${counted(sealed, 'event is', 'events are')} sealed, and there are no keys here${part}`,
      );
    const detail = [...wrong, ...look].join('; ');
    if (detail !== '') return { state: wrong.length > 0 ? 'wrong' : 'look', detail };
    return {
      state: 'fine',
      detail: sealed === 0 ? 'nothing is sealed yet' : `every key of ${counted(sealed, 'sealed event')} is there${part}`,
    };
  } finally {
    await log.close();
    await keys?.close();
  }
}
