import { chmodSync, readFileSync, statSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { hashOfKey, keyIdIn, newKey, type AccessKey } from '@leadlog/access';
import { logger } from './logger';
import { makeSecretFile } from './secret-file';
import { WrongSetting, type Settings } from './settings';

const LOOK_EVERY_MS = 1_000;
const ALL_BUT_ITS_USER = 0o077;
/** A mounted secret is readable by the group that its user got for that. */
const EVERYBODY_ELSE = 0o007;

/** Where the owner key stands: the file that the settings name, else, where the log is a file, the one beside it. */
export function ownerKeyPath({ ownerKeyFile, eventStoreUrl, dataFolder }: OwnerKeySettings): string | undefined {
  return ownerKeyFile ?? (eventStoreUrl ? undefined : join(dataFolder, 'owner.key'));
}
type OwnerKeySettings = Pick<Settings, 'ownerKeyFile' | 'eventStoreUrl' | 'dataFolder'>;

/** Undefined if no key stands in it. Throws WrongSetting if it cannot be read. */
export function readKeyFile(path: string): string | undefined {
  const text = readable(path, () => readFileSync(path, 'utf8')).trim();
  return keyIdIn(text) === undefined ? undefined : text;
}

/**
 * The owner key in a file. The file alone says what it is, so there is nothing that could be half done: it is made where it is missing,
 * and whoever deletes it has replaced it. A file that the settings name is somebody else's, and is only read.
 */
export class OwnerKeyFile {
  private key: AccessKey | undefined;
  private seen = '';
  private readonly looking: NodeJS.Timeout;

  private constructor(
    readonly path: string,
    private readonly isOurs: boolean,
  ) {
    this.look();
    this.looking = setInterval(() => this.lookAgain(), LOOK_EVERY_MS).unref();
  }

  /** Throws WrongSetting. Undefined where there is no such file: on servers, unless the settings name one. */
  static open(settings: OwnerKeySettings): OwnerKeyFile | undefined {
    const path = ownerKeyPath(settings);
    return path === undefined ? undefined : new OwnerKeyFile(path, settings.ownerKeyFile === undefined);
  }

  now(): AccessKey | undefined {
    return this.key;
  }

  close(): void {
    clearInterval(this.looking);
  }

  private lookAgain(): void {
    try {
      this.look();
    } catch (error) {
      // The file has changed, so the key that stood there no longer counts.
      this.key = undefined;
      const { message } = error as Error;
      if (this.seen !== message) logger.warn(message);
      this.seen = message;
    }
  }

  private look(): void {
    let stats = statOf(this.path);
    if (!stats && this.isOurs) {
      make(this.path);
      stats = statOf(this.path);
    }
    if (!stats)
      throw new WrongSetting(
        this.isOurs
          ? `${this.path}: expected a file with the owner key, but it is a link to one that is not there; delete it, and a key is made`
          : `LEADLOG_OWNER_KEY_FILE: expected a file with an owner key, but ${this.path} is not there`,
      );
    const seen = `${stats.ino} ${stats.mtimeMs} ${stats.size}`;
    if (seen === this.seen) return;
    const others = this.isOurs ? ALL_BUT_ITS_USER : EVERYBODY_ELSE;
    if (process.platform !== 'win32' && (stats.mode & others) !== 0) this.keepFromOthers(stats);
    const text = readKeyFile(this.path);
    if (text === undefined)
      throw new WrongSetting(
        `${this.path}: expected one access key (ll_…) and nothing else${this.isOurs ? '; delete the file, and a new key is made' : ''}`,
      );
    this.key = {
      keyId: keyIdIn(text)!,
      name: 'owner key in a file',
      role: 'owner',
      hashes: [{ hash: hashOfKey(text) }],
      createdAt: Math.floor(stats.mtimeMs),
    };
    this.seen = seen;
  }

  private keepFromOthers({ mode }: Stats): void {
    const was = `${this.path} could be read by others (mode ${(mode & 0o777).toString(8).padStart(4, '0')})`;
    if (!this.isOurs) return logger.warn(`${was}: whoever reads it is the owner; let this program's user alone read it`);
    try {
      chmodSync(this.path, 0o600);
    } catch (error) {
      throw new WrongSetting(`${was}, and this user cannot change that (${codeOf(error)}): chmod 600 ${this.path}`);
    }
    logger.warn(`${was}; now it cannot. If somebody may have, delete it: a new key is made within a second`);
  }
}

function statOf(path: string): Stats | undefined {
  return readable(path, () => statSync(path, { throwIfNoEntry: false }));
}

function readable<Found>(path: string, read: () => Found): Found {
  try {
    return read();
  } catch (error) {
    throw new WrongSetting(`${path}: expected a file with an access key that can be read (${codeOf(error)})`);
  }
}

function make(path: string): void {
  try {
    makeSecretFile(path, newKey().text);
  } catch (error) {
    throw new WrongSetting(
      `${path}: the owner key could not be made (${codeOf(error)}); let this user write there, or name a file that has one with LEADLOG_OWNER_KEY_FILE`,
    );
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);
