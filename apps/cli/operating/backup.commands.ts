import { createHash } from 'node:crypto';
import {
  cpSync,
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { checkCopy, copyLog, type CopiedLog } from '@leadlog/event-log/sqlite/copy-of-log';
import { counted } from '@leadlog/events';
import { sealedState } from '@leadlog/personal';
import { copyKeys } from '@leadlog/personal/sqlite/copy-of-keys';
import { dataFiles } from '../../setup/data-folder';
import { openLogToRead } from '../../setup/backends';
import { openPersonalKeysToRead } from '../../setup/personal-keys';
import { readSettings, type Settings } from '../../setup/settings';
import { CommandFailed, WrongUsage, type Common, type Terminal } from '../terminal';
import { backUpKeys } from './backup-of-keys';

/** Of the archive, what is not made again from the log: answers that were kept, replays with their code, trials. */
const KEPT = ['results', 'replays', 'trials'];
const LIST = 'backup.json';
/** Apart from the backup, so that they can be kept elsewhere: whoever has both can read what is personal in it. */
const KEYS = 'where the keys of personal data are (default: <dir>.keys)';
const keysFolder = (dir: string, { keys = `${dir.replace(/\/+$/, '')}.keys` }: { keys?: string }): string => resolve(keys);

interface Backup extends CopiedLog {
  format: 1;
  madeAt: string;
  /** Whether its keys of personal data were copied too. */
  keys?: boolean;
  /** Path below the backup → SHA-256. */
  files: Record<string, string>;
}

export function addBackup(program: Command, terminal: Terminal): void {
  program
    .command('backup')
    .description(
      'copy the log of the data folder as of one moment, and the parts of the archive that cannot be rebuilt from it; safe while Leadlog runs',
    )
    .argument('<dir>', 'a new or empty folder')
    .option('--keys <dir>', KEYS)
    .action(async (dir: string, options: { keys?: string }, command: Command) => {
      const settings = onFiles(readSettings(terminal.env), 'backup');
      const [to, keys] = [resolve(dir), keysFolder(dir, options)];
      const { events, head, madeAt } = await backUp(settings, to, keys);
      const hasKeys = existsSync(keys);
      say(
        terminal,
        command,
        { folder: to, ...(hasKeys && { keys }), events, position: head, madeAt },
        `${dir} holds ${counted(events, 'event')}, up to position ${head}. Restore them with: leadlog restore ${dir}\n${hasKeys ? `${keys} holds the keys of what is personal in it: keep them in another place than the backup\n` : ''}`,
      );
    });
  program
    .command('restore')
    .description('restore a backup to the data folder (LEADLOG_DATA), which must be new or empty; the backup is checked first')
    .argument('<dir>', 'a folder written by `leadlog backup`')
    .option('--keys <dir>', KEYS)
    .option('--lost-keys', 'restore although some keys are missing: what they open stays closed for ever')
    .action(async (dir: string, options: { keys?: string; lostKeys?: true }, command: Command) => {
      const settings = onFiles(readSettings(terminal.env), 'restore');
      const keys = keysFolder(dir, options);
      const { events, head, madeAt, keys: needsKeys } = await restore(resolve(dir), keys, settings, options.lostKeys ?? false);
      const hasKeys = existsSync(keys);
      if (needsKeys && !hasKeys)
        terminal.err(
          `${keys} is not there: what is personal opens with the keys of this backup alone; put them into ${settings.dataFolder} before Leadlog starts\n`,
        );
      if (settings.redisUrl) terminal.err('Read models in Redis may know events that are gone: empty it (FLUSHDB) before Leadlog starts\n');
      say(
        terminal,
        command,
        { folder: settings.dataFolder, ...(hasKeys && { keys }), events, position: head, madeAt },
        `${settings.dataFolder} holds the ${counted(events, 'event')} of ${madeAt}, up to position ${head}. Start Leadlog: it builds read models and archive from them.\n`,
      );
    });
}

function say(terminal: Terminal, command: Command, facts: object, text: string): void {
  terminal.out(command.optsWithGlobals<Common>().json ? `${JSON.stringify(facts)}\n` : text);
}

function onFiles(settings: Settings, what: string): Settings {
  if (settings.eventStoreUrl)
    throw new WrongUsage(`${what}: the log is in EventStoreDB (EVENTSTORE_URL), which has backups of its own; docs/operating.md says how`);
  return settings;
}

async function backUp(settings: Settings, to: string, toKeys: string): Promise<Backup> {
  await openLogToRead(settings).close();
  for (const folder of [to, toKeys]) if (!isFree(folder)) throw new WrongUsage(`backup: expected a new or empty folder, got ${folder}`);
  const { log, personalKeys, masterKey } = dataFiles(settings.dataFolder);
  return filling(to, async () => {
    const copied = copyLog(log, dataFiles(to).log);
    for (const name of KEPT) {
      const from = join(settings.archiveFolder, name);
      // Links would point at what is not in the backup.
      if (existsSync(from)) cpSync(from, join(to, 'archive', name), { recursive: true, dereference: true });
    }
    // After the log, whose events all have their keys by then.
    const keys = existsSync(personalKeys);
    if (keys) {
      mkdirSync(toKeys, { recursive: true, mode: 0o700 });
      // A master key that the settings name is kept where it is.
      if (settings.masterKeyFile !== undefined) copyKeys(personalKeys, dataFiles(toKeys).personalKeys);
      else await backUpKeys({ personalKeys, masterKey }, dataFiles(toKeys));
    }
    // Last: a folder without it is no backup, so half of one is never taken for a whole.
    const backup: Backup = { format: 1, madeAt: new Date().toISOString(), ...copied, keys, files: await hashesOf(to) };
    writeFileSync(join(to, LIST), `${JSON.stringify(backup, null, 2)}\n`);
    return backup;
  });
}

async function restore(from: string, fromKeys: string, settings: Settings, mayLack: boolean): Promise<Backup> {
  for (const folder of [settings.dataFolder, settings.archiveFolder]) {
    if (!isFree(folder))
      throw new WrongUsage(
        `restore: expected a folder that is empty, or not there yet, got ${folder}; what is in it would be lost. Move it away, or set LEADLOG_DATA${folder === settings.dataFolder ? '' : ' and LEADLOG_ARCHIVE'} to another`,
      );
  }
  const backup = await checked(from);
  return filling(settings.dataFolder, async () => {
    const kept = join(from, 'archive');
    if (existsSync(kept)) cpSync(kept, settings.archiveFolder, { recursive: true });
    const { log, personalKeys, masterKey } = dataFiles(settings.dataFolder);
    const keys = dataFiles(fromKeys);
    for (const [key, place] of [
      [keys.personalKeys, personalKeys],
      [keys.masterKey, masterKey],
    ] as const)
      if (existsSync(key)) cpSync(key, place);
    // Last, and at once: an engine that starts meanwhile must not find half of it.
    cpSync(dataFiles(from).log, `${log}.making`);
    if (!mayLack) await refuseMissingKeys(`${log}.making`, fromKeys, settings);
    renameSync(`${log}.making`, log);
    return backup;
  });
}

/** Older keys than the log: an engine would start, and give those whose keys are missing others, which open nothing of before. */
async function refuseMissingKeys(file: string, fromKeys: string, settings: Settings): Promise<void> {
  const { personalKeys, masterKey } = dataFiles(settings.dataFolder);
  // Without them no engine starts on this log.
  if (!existsSync(personalKeys) || !existsSync(settings.masterKeyFile ?? masterKey)) return;
  const stored = SqliteEventLog.open({ file, readOnly: true });
  const keys = await openPersonalKeysToRead(settings);
  try {
    const missing = keys === undefined ? 0 : (await sealedState(stored, keys)).without;
    if (missing > 0)
      throw new CommandFailed(
        `${fromKeys} lacks ${counted(missing, 'key')} of what is personal in this log: name the keys that were copied with it, or later ones, by --keys; if they are lost, add --lost-keys. Nothing was restored`,
      );
  } finally {
    await keys?.close();
    await stored.close();
    for (const beside of ['-wal', '-shm']) rmSync(`${file}${beside}`, { force: true });
  }
}

/** Fills an empty folder, which may be where a disk is mounted; what fails leaves it empty. */
async function filling<T>(folder: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(folder, { recursive: true });
  try {
    return await work();
  } catch (error) {
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
    throw error;
  }
}

/** Throws CommandFailed where anything of it is not as it was made. */
async function checked(from: string): Promise<Backup> {
  let backup: Backup;
  try {
    backup = JSON.parse(readFileSync(join(from, LIST), 'utf8')) as Backup;
  } catch (error) {
    throw new WrongUsage(
      `restore: expected a folder that leadlog backup has made, got ${from}, whose ${LIST} cannot be read (${(error as Error).message})`,
    );
  }
  if (backup.format !== 1)
    throw new CommandFailed(`${from} was made by a newer Leadlog (format ${String(backup.format)}); upgrade this one`);
  const found = await hashesOf(from);
  const names = new Set([...Object.keys(backup.files), ...Object.keys(found)]);
  const wrong = [...names].filter((name) => backup.files[name] !== found[name]);
  if (wrong.length > 0)
    throw new CommandFailed(
      `the backup ${from} is not as it was made: ${wrong.join(', ')} ${wrong.length === 1 ? 'differs' : 'differ'} from what ${LIST} says; take another backup. Nothing was restored`,
    );
  const log = checkCopy(dataFiles(from).log);
  if (log.events !== backup.events || log.head !== backup.head)
    throw new CommandFailed(
      `the backup ${from} holds ${counted(log.events, 'event')} up to ${log.head}; expected ${backup.events} up to ${backup.head}`,
    );
  return backup;
}

function isFree(folder: string): boolean {
  if (!existsSync(folder)) return true;
  return statSync(folder).isDirectory() && readdirSync(folder).length === 0;
}

async function hashesOf(folder: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const { parentPath, name } of entries) {
    const path = join(parentPath, name);
    const below = relative(folder, path);
    if (below === LIST) continue;
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash);
    files[below] = hash.digest('hex');
  }
  return Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));
}
