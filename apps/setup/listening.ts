import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { isIP } from 'node:net';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { logger } from './logger';
import { WrongSetting, type Settings } from './settings';

/** How long a renewed certificate may lie there unseen. */
const LOOK_EVERY_MS = 30_000;

type Listening = Pick<Settings, 'host'> & Partial<Pick<Settings, 'behindProxy' | 'tlsCert' | 'tlsKey'>>;

/** What a server listens with. Left out: without TLS, on this machine alone or behind a proxy. */
export type Tls = Readonly<Required<Pick<SecureContextOptions, 'cert' | 'key'>>>;

/**
 * Keys, names and addresses of people would pass in the clear wherever this listens without TLS, so it does only where nobody else can listen
 * in: on this machine, or where the operator says that something before it has TLS. Throws WrongSetting.
 */
export function tlsOf({ host, behindProxy = false, tlsCert, tlsKey }: Listening): Tls | undefined {
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    const [missing, given] = tlsCert === undefined ? ['LEADLOG_TLS_CERT', 'LEADLOG_TLS_KEY'] : ['LEADLOG_TLS_KEY', 'LEADLOG_TLS_CERT'];
    throw new WrongSetting(`${missing}: expected a file, since ${given} names one; a certificate is of no use without its key`);
  }
  if (tlsCert !== undefined && tlsKey !== undefined) return readTls(tlsCert, tlsKey);
  if (behindProxy || isThisMachine(host)) return undefined;
  throw new WrongSetting(
    `HOST: expected 127.0.0.1 or another address of this machine alone, since without TLS everybody on the way could read keys and people, got "${host}"; set LEADLOG_TLS_CERT and LEADLOG_TLS_KEY to the files of a certificate, or LEADLOG_BEHIND_PROXY=on if a proxy in front of it has TLS and nothing else reaches it`,
  );
}

/** Takes a renewed certificate into use as soon as both files fit together; until then the former one serves. Returns how to stop looking. */
export function renewTls({ tlsCert, tlsKey }: Listening, use: (tls: Tls) => void, everyMs = LOOK_EVERY_MS): { stop(): void } {
  if (tlsCert === undefined || tlsKey === undefined) return { stop: () => undefined };
  const look = (): void => {
    try {
      use(readTls(tlsCert, tlsKey));
      logger.info('the certificate was renewed');
    } catch (error) {
      logger.warn({ err: error }, 'the former certificate goes on serving');
    }
  };
  // By looking and not by news of the file system, which differ by platform, and of which a mounted secret gives none.
  for (const file of [tlsCert, tlsKey]) watchFile(file, { interval: everyMs, persistent: false }, look);
  return {
    stop: () => {
      for (const file of [tlsCert, tlsKey]) unwatchFile(file, look);
    },
  };
}

function readTls(certFile: string, keyFile: string): Tls {
  const tls = { cert: read('LEADLOG_TLS_CERT', certFile), key: read('LEADLOG_TLS_KEY', keyFile) };
  try {
    createSecureContext(tls);
  } catch (error) {
    throw new WrongSetting(
      `LEADLOG_TLS_CERT: expected a certificate (PEM) and in LEADLOG_TLS_KEY its key, without a passphrase, got ${certFile} and ${keyFile} (${(error as Error).message})`,
    );
  }
  return tls;
}

function read(name: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new WrongSetting(
      `${name}: expected a file that can be read, got ${file} (${(error as NodeJS.ErrnoException).code}); name another`,
    );
  }
}

/** What cannot be reached from another machine. */
const isThisMachine = (host: string): boolean =>
  host.toLowerCase() === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
