import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import type { EventLog } from '@leadlog/event-log';
import { namesByKey, namesInClear, type IdentityNames } from '@leadlog/lead';
import { MasterKey, personalTypes, SEALED, type PersonalKeys } from '@leadlog/personal';
import { SqlitePersonalKeys } from '@leadlog/personal/sqlite/sqlite-personal-keys';
import { dataFiles } from './data-folder';
import { logger } from './logger';
import { makeSecretFile } from './secret-file';
import { WrongSetting, type Settings } from './settings';

type KeySettings = Pick<Settings, 'dataFolder' | 'eventStoreUrl' | 'redisUrl' | 'namespace' | 'masterKeyFile'>;

/**
 * The keys of personal data, beside the log that they are for; undefined where it is recorded in clear. Throws WrongSetting where the keys
 * of a log are missing: new ones would let nobody read it, for ever.
 */
export async function openPersonalKeys(settings: KeySettings, stored: EventLog): Promise<PersonalKeys | undefined> {
  if (settings.eventStoreUrl) return openKeysInRedis(settings, stored);
  const { personalKeys: file, masterKey } = dataFiles(settings.dataFolder);
  if (!existsSync(file) && (await holdsSealed(stored)))
    throw new WrongSetting(
      `${file} is not there, and the log beside it has personal data that only its keys open: put it back, with ${settings.masterKeyFile ?? masterKey}, from where leadlog backup has put the keys. If they are lost, make ${file} an empty file: Leadlog starts, and those people stay forgotten`,
    );
  return SqlitePersonalKeys.open({ file, master: masterOf(settings) });
}

/** For a program that records in clear: whether another has made keys since. Undefined where there is no place for keys that both know. */
export async function watchForKeys(settings: KeySettings): Promise<{ thereAreKeys(): boolean; close(): Promise<void> } | undefined> {
  return settings.eventStoreUrl ? keysInRedis(settings)?.watch() : undefined;
}

/** What identities are called in a log with these keys. */
export const namesOf = (keys: Pick<PersonalKeys, 'identityKey'> | undefined): IdentityNames =>
  keys ? namesByKey(keys.identityKey) : namesInClear;

/** Those that there are, for whoever looks and must leave nothing behind. */
export async function openPersonalKeysToRead(settings: KeySettings): Promise<PersonalKeys | undefined> {
  const { dataFolder, eventStoreUrl, masterKeyFile } = settings;
  if (eventStoreUrl) {
    const redis = keysInRedis(settings);
    return redis && masterKeyFile !== undefined && (await redis.state()).holdsKeys ? redis.openToRead(masterIn(masterKeyFile)) : undefined;
  }
  const { personalKeys: file, masterKey } = dataFiles(dataFolder);
  if (!existsSync(file)) return undefined;
  return SqlitePersonalKeys.open({ file, master: masterIn(masterKeyFile ?? masterKey), readOnly: true });
}

/** Why a Redis that keeps keys, or is to keep them, may lose some; each says what to set. */
export async function keysMayBeLost(settings: KeySettings): Promise<{ holdsKeys: boolean; unsafe: string[] }> {
  const redis = keysInRedis(settings);
  if (!redis) return { holdsKeys: false, unsafe: ['names are recorded in clear: set REDIS_URL, whose Redis keeps the keys'] };
  const { holdsKeys, unsafe } = await redis.state();
  const named = settings.masterKeyFile === undefined ? [NOT_NAMED] : [];
  return { holdsKeys, unsafe: [...named, ...unsafe.map((one) => `Redis may lose keys: ${one}`)] };
}

const NOT_NAMED = 'LEADLOG_MASTER_KEY_FILE is not set; name a file with 64 hex digits';

/** Programs on several machines have no folder in common, so the master key must be named; and a key that Redis loses is a person lost. */
async function openKeysInRedis(settings: KeySettings, stored: EventLog): Promise<PersonalKeys | undefined> {
  const redis = keysInRedis(settings);
  if (!redis) return inClear('set REDIS_URL, whose Redis keeps the keys', stored);
  const { holdsKeys, unsafe: missing } = await keysMayBeLost(settings);
  if (missing.length === 0) {
    if (!holdsKeys && (await holdsSealed(stored)))
      throw new WrongSetting(
        'REDIS_URL: the log has personal data that only its keys open, and this Redis has no keys: restore Redis from a backup that has them, or name the one that does',
      );
    const keys = await redis.open(masterIn(settings.masterKeyFile!));
    // Not only whoever has made them: it may be killed before they are heard of.
    await keys.untilAllHaveHeard();
    return keys;
  }
  if (holdsKeys) throw new WrongSetting(`the log has personal data that only its keys in Redis open, but ${missing.join('. ')}`);
  return inClear(missing.join('. '), stored);
}

/** Throws WrongSetting where the log holds sealed events: names would be missing everywhere, and new ones in clear for good. */
async function inClear(todo: string, stored: EventLog): Promise<undefined> {
  if (await holdsSealed(stored))
    throw new WrongSetting(`the log has personal data that only its keys open, and there are no keys here: ${todo}`);
  logger.warn(`names and addresses are recorded in clear, and nobody can be forgotten. ${todo} (docs/personal-data.md)`);
  return undefined;
}

function keysInRedis({ redisUrl, namespace }: KeySettings) {
  if (!redisUrl) return undefined;
  const { RedisPersonalKeys } =
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    require('../../libs/personal/redis/redis-personal-keys') as typeof import('@leadlog/personal/redis/redis-personal-keys');
  const options = { url: redisUrl, prefix: namespace && `leadlog-${namespace}` };
  return {
    state: () => RedisPersonalKeys.stateOf(options),
    watch: () => RedisPersonalKeys.watch(options),
    open: (master: MasterKey) => RedisPersonalKeys.open(options, master),
    openToRead: (master: MasterKey) => RedisPersonalKeys.open(options, master, { readOnly: true }),
  };
}

/** The file that the settings name is somebody else's, and is only read. */
function masterOf({ dataFolder, masterKeyFile }: KeySettings): MasterKey {
  if (masterKeyFile !== undefined) return masterIn(masterKeyFile);
  const { masterKey: path, personalKeys } = dataFiles(dataFolder);
  if (!existsSync(path)) {
    // An empty file holds no keys yet. Another program in its first start makes the master key before them, so that is looked for again.
    if (existsSync(personalKeys) && readFileSync(personalKeys).length > 0 && !existsSync(path))
      throw new WrongSetting(
        `${path} is not there, and the keys of personal data in ${personalKeys} can be used with it alone: put it back, or name a file that has it with LEADLOG_MASTER_KEY_FILE`,
      );
    try {
      mkdirSync(dataFolder, { recursive: true });
      makeSecretFile(path, randomBytes(32).toString('hex'));
    } catch (error) {
      throw new WrongSetting(
        `${path}: the key of personal data could not be made (${codeOf(error)}); let this user write there, or name a file that has one with LEADLOG_MASTER_KEY_FILE`,
      );
    }
  }
  return masterIn(path);
}

function masterIn(path: string): MasterKey {
  const read = () => masterKeysIn(path).map((hex) => Buffer.from(hex, 'hex'));
  return new MasterKey(read(), read);
}

/** The newest first; while it takes the place of another, that one in a line below. */
export function masterKeysIn(path: string): string[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new WrongSetting(`${path}: expected a file with the master key of personal data that can be read (${codeOf(error)})`);
  }
  const keys = text.split(/\s*\n\s*/);
  if (keys.length > 2 || keys.some((key) => !/^[\dA-Fa-f]{64}$/.test(key)))
    throw new WrongSetting(
      `${path}: expected a master key, 64 hex digits and nothing else; while it takes the place of another, that one in a second line`,
    );
  return keys;
}

/** Reads all events that may be sealed until one is; asked once in the life of a data folder. */
async function holdsSealed(stored: EventLog): Promise<boolean> {
  for await (const { events } of stored.read({ filter: { types: personalTypes } }))
    if (events.some(({ data }) => typeof (data as Record<string, unknown>)[SEALED] === 'string')) return true;
  return false;
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);
