import { AsyncLocalStorage } from 'node:async_hooks';
import { existsSync } from 'node:fs';
import { keyIdIn } from '@leadlog/access';
import { ownerKeyPath, readKeyFile } from '../setup/owner-key';
import { WrongUsage, type Terminal } from './terminal';

/** From where a command takes its key. */
interface KeyPlace {
  env: Terminal['env'];
  /** Of `--key-file`. */
  keyFile?: string;
}

const places = new AsyncLocalStorage<() => KeyPlace>();
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** `place`: asked once a request is made, since the command line is read meanwhile. */
export const withKeyOf = <Done>(place: () => KeyPlace, work: () => Promise<Done>): Promise<Done> => places.run(place, work);

/**
 * The header that says who asks: the key of `--key-file`, else of LEADLOG_KEY, else the owner key that stands on this machine, which goes
 * to no other. Nothing where there is none: the API says what it needs.
 */
export function keyFor(url: URL): Record<string, string> {
  const place = places.getStore();
  const key = place && keyAt(place(), url);
  return key === undefined ? {} : { authorization: `Bearer ${key}` };
}

/** Whether a request to it would say who asks. */
export const hasKeyFor = (url: URL): boolean => 'authorization' in keyFor(url);

/** Whether the key that it would send is the data folder's own, which every API on that folder takes. */
export function sendsKeyOfFolder(url: URL): boolean {
  const place = places.getStore()?.();
  return (
    place !== undefined && place.keyFile === undefined && !place.env.LEADLOG_KEY && !place.env.LEADLOG_OWNER_KEY_FILE && hasKeyFor(url)
  );
}

function keyAt({ env, keyFile }: KeyPlace, url: URL): string | undefined {
  if (keyFile !== undefined) return keyIn('--key-file', keyFile);
  if (env.LEADLOG_KEY) {
    if (keyIdIn(env.LEADLOG_KEY) === undefined) throw new WrongUsage('LEADLOG_KEY: expected an access key (ll_…), got something else');
    return env.LEADLOG_KEY;
  }
  if (!LOOPBACK.test(url.hostname)) return undefined;
  // Whatever else is set, and wrongly so, is none of this command's business.
  const { LEADLOG_OWNER_KEY_FILE: ownerKeyFile, EVENTSTORE_URL: eventStoreUrl, LEADLOG_DATA: dataFolder } = env;
  const path = ownerKeyPath({ ownerKeyFile: ownerKeyFile || undefined, eventStoreUrl, dataFolder: dataFolder || './data' });
  return path !== undefined && existsSync(path) ? keyIn('LEADLOG_OWNER_KEY_FILE', path) : undefined;
}

function keyIn(name: string, path: string): string {
  let key: string | undefined;
  try {
    key = readKeyFile(path);
  } catch (error) {
    throw new WrongUsage(`${name}: ${(error as Error).message}`);
  }
  if (key === undefined) throw new WrongUsage(`${name}: expected a file with one access key (ll_…), got ${path} with something else`);
  return key;
}
