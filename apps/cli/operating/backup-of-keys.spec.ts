import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MasterKey } from '@leadlog/personal';
import { copyKeys } from '@leadlog/personal/sqlite/copy-of-keys';
import { SqlitePersonalKeys } from '@leadlog/personal/sqlite/sqlite-personal-keys';
import { dataFiles } from '../../setup/data-folder';
import { masterKeysIn } from '../../setup/personal-keys';
import { backUpKeys } from './backup-of-keys';

const folder = mkdtempSync(join(tmpdir(), 'leadlog-backup-of-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

const [old, fresh] = ['ab'.repeat(32), 'cd'.repeat(32)] as const;
/** In their order, the steps of a rotation of the master key: what is in its file, and when the keys are wrapped by the first of it. */
const ROTATION = [`${fresh}\n${old}`, 'wrapped anew', fresh] as const;

const emptyFolder = () => dataFiles(mkdtempSync(join(folder, 'data-')));
const opened = ({ personalKeys: file, masterKey }: ReturnType<typeof dataFiles>, readOnly = false) =>
  SqlitePersonalKeys.open({ file, master: new MasterKey(masterKeysIn(masterKey).map((key) => Buffer.from(key, 'hex'))), readOnly });

describe('a backup of keys during a rotation of the master key', () => {
  const places = [0, 1, 2, 3].flatMap((copied) => [0, 1, 2, 3].flatMap((read) => (read < copied ? [] : [[copied, read] as const])));
  it.each(places)('opens with the master key beside it, copied after step %i of it and ended after step %i', async (copied, ended) => {
    const [from, to] = [emptyFolder(), emptyFolder()];
    writeFileSync(from.masterKey, old);
    const first = opened(from);
    const made = await first.ensure(['lead-1']);
    await first.close();
    let done = 0;
    const rotate = async (until: number) => {
      for (; done < until; done += 1) {
        const step = ROTATION[done]!;
        if (step !== 'wrapped anew') writeFileSync(from.masterKey, step);
        else {
          const keys = opened(from);
          await keys.rewrap();
          await keys.close();
        }
      }
    };
    await backUpKeys(from, to, async (...files) => {
      await rotate(copied);
      copyKeys(...files);
      await rotate(ended);
    });
    const keys = opened(to, true);
    expect(await keys.keysOf(['lead-1'])).toEqual(made);
    await keys.close();
  });
});
