import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeyUses } from './key-uses';
import { keyUsesContract } from './key-uses.contract';
import { LastUses } from './last-uses';
import { SqliteKeyUses } from '../sqlite/sqlite-key-uses';

const folder = mkdtempSync(join(tmpdir(), 'leadlog-key-uses-'));
afterAll(() => rmSync(folder, { recursive: true }));
const MINUTE = 60_000;
const NOW = Date.parse('2026-06-10T09:00:00Z');

describe('uses of keys in a file', () => {
  keyUsesContract(() => new SqliteKeyUses(join(folder, 'contract.db')));
});

describe('when a key was last used', () => {
  const warnings: string[] = [];
  const onWarning = (message: string) => void warnings.push(message);

  it('is written once a minute, whatever is asked for by it, and stays where the storage was away', async () => {
    const stored = new SqliteKeyUses(join(folder, 'uses.db'));
    const written: [string, number][] = [];
    let isAway = false;
    const counted: KeyUses = {
      note: async (keyId, at) => {
        if (isAway) throw new Error('away');
        written.push([keyId, at]);
        await stored.note(keyId, at);
      },
      all: () => stored.all(),
      close: () => stored.close(),
    };
    const uses = new LastUses(counted, onWarning);
    for (let ms = 0; ms <= 2 * MINUTE; ms += 1_000) uses.saw('key-a', NOW + ms);
    uses.saw('key-b', NOW + 1);
    expect(await uses.all()).toEqual(
      new Map([
        ['key-a', NOW + 2 * MINUTE],
        ['key-b', NOW + 1],
      ]),
    );
    expect(written).toHaveLength(4);
    isAway = true;
    uses.saw('key-b', NOW + 2 * MINUTE);
    uses.saw('key-b', NOW + 2 * MINUTE + 1);
    expect((await uses.all()).get('key-b')).toBe(NOW + 1);
    expect(warnings).toEqual(['when a key was last used will be written again in a minute']);
    isAway = false;
    uses.saw('key-b', NOW + 3 * MINUTE);
    expect((await uses.all()).get('key-b')).toBe(NOW + 3 * MINUTE);
    await uses.close();
  });
});
