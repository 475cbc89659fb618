import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import { counted } from '@leadlog/events';
import { MasterKey, personalTypes, storedAs } from '@leadlog/personal';
import { oneAtATime } from '@leadlog/personal/sqlite/one-at-a-time';
import { SqlitePersonalKeys } from '@leadlog/personal/sqlite/sqlite-personal-keys';
import { openLogToRead } from '../../setup/backends';
import { dataFiles } from '../../setup/data-folder';
import { masterKeysIn, openPersonalKeys, openPersonalKeysToRead } from '../../setup/personal-keys';
import { replaceSecretFile } from '../../setup/secret-file';
import { readSettings, type Settings } from '../../setup/settings';
import { factsText } from '../tables';
import { CommandFailed, WrongUsage, type Common, type Terminal } from '../terminal';

/** Straight on the log that the settings name. */
export function addPersonalData(program: Command, terminal: Terminal): void {
  const personalData = program
    .command('personal-data')
    .description('how personal data are recorded, in the log in the settings of this shell, and under which master key');
  personalData
    .command('status')
    .description('count events whose personal part is sealed, and those that are in clear; reads all of the log')
    .action(async (_: unknown, command: Command) => {
      const settings = readSettings(terminal.env);
      const log = openLogToRead(settings);
      const events = { sealed: 0, clear: 0, 'left out': 0, 'nothing personal': 0 };
      try {
        for await (const slice of log.read({ filter: { types: personalTypes } }))
          for (const { type, data } of slice.events) events[storedAs(type, data as object)] += 1;
      } finally {
        await log.close();
      }
      const keys = await openPersonalKeysToRead(settings);
      const { keys: people = 0, forgotten = 0 } = (await keys?.counts().finally(() => keys.close())) ?? {};
      const facts = { sealed: events.sealed, clear: events.clear, keys: people, forgotten };
      if (command.optsWithGlobals<Common>().json) terminal.out(`${JSON.stringify(facts)}\n`);
      else
        terminal.out(
          factsText([
            ['events whose personal part is sealed', facts.sealed],
            ['events whose personal part is in clear', facts.clear],
            ['keys', facts.keys],
            ['forgotten', facts.forgotten],
          ]),
        );
    });
  personalData
    .command('rotate-master-key')
    .description('wrap all keys of personal data by a new master key, while Leadlog runs; repeat it if it is interrupted')
    .action(async (_: unknown, command: Command) => {
      const settings = readSettings(terminal.env);
      const { file, rewrapped, filesRewritten, removeByHand } = await rotateMasterKey(settings);
      if (command.optsWithGlobals<Common>().json) terminal.out(`${JSON.stringify({ rewrapped, file, filesRewritten, removeByHand })}\n`);
      else {
        terminal.out(`${counted(rewrapped, 'key is', 'keys are')} wrapped by the first master key in ${file}\n`);
        if (removeByHand)
          terminal.out(`Remove the second line of ${file}, wherever a program reads it: nothing is wrapped by that one any more\n`);
      }
      if (!filesRewritten)
        terminal.err(
          'Redis does not let this user write its files anew: until it does so by itself, they hold keys wrapped by the master key before\n',
        );
    });
}

interface Rotated {
  file: string;
  rewrapped: number;
  filesRewritten: boolean;
  /** The key before is still in a file that is somebody else's. */
  removeByHand: boolean;
}

/**
 * The file has both keys from before the first key is wrapped anew until after the last one, so that whenever this is cut short, everything
 * opens, and the next time it goes on. Two at once would each wrap by what the other has written, and take it away.
 */
async function rotateMasterKey(settings: Settings): Promise<Rotated> {
  const named = settings.masterKeyFile;
  const file = named ?? dataFiles(settings.dataFolder).masterKey;
  const found = await openPersonalKeysToRead(settings);
  await found?.close();
  if (!found)
    throw new WrongUsage(
      'rotate-master-key: expected keys of personal data, of which there are none here yet (leadlog personal-data status)',
    );
  if (named !== undefined) {
    if (masterKeysIn(named).length < 2)
      throw new WrongUsage(
        `rotate-master-key: expected two keys in ${named}, wherever a program reads it: a new one (openssl rand -hex 32) in a line above the one that is there, got one`,
      );
    return { file, ...(await rewrapAll(settings)), removeByHand: true };
  }
  const rotated = await oneAtATime(`${file}.rotating`, async () => {
    const [first, second] = masterKeysIn(file) as [string, string?];
    const newest = second === undefined ? randomBytes(32).toString('hex') : first;
    if (second === undefined) replaceSecretFile(file, `${newest}\n${first}`);
    const done = await rewrapAll(settings);
    await keepAlone(file, newest, settings);
    return { file, ...done, removeByHand: false };
  });
  if (!rotated) throw new CommandFailed('rotate-master-key: another rotation is under way here; wait for its end', 'busy');
  return rotated.done;
}

async function rewrapAll(settings: Settings): Promise<Pick<Rotated, 'rewrapped' | 'filesRewritten'>> {
  const log = openLogToRead(settings);
  const keys = (await openPersonalKeys(settings, log).finally(() => log.close()))!;
  return keys.rewrap().finally(() => keys.close());
}

/** Both stay where the keys do not open with this one by itself. */
async function keepAlone(file: string, newest: string, settings: Settings): Promise<void> {
  const { personalKeys } = dataFiles(settings.dataFolder);
  await SqlitePersonalKeys.open({ file: personalKeys, master: new MasterKey(Buffer.from(newest, 'hex')), readOnly: true }).close();
  replaceSecretFile(file, newest);
}
