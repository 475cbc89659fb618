import { isPassing, kindOf } from '@leadlog/errors';
import { logger } from './logger';
import { WrongSetting, type Settings } from './settings';

export interface Running {
  /** Said on stdout once it is ready; programs that start this one wait for it. */
  ready: string;
  /** Finishes what is under way and closes the storage. */
  stop(): Promise<void>;
}

/** A program of its own process: ends with 1 when it cannot start, saying why, and with 0 once SIGTERM or SIGINT has let it finish. */
export async function runProgram(name: string, start: () => Promise<Running>): Promise<void> {
  let running: Running;
  try {
    running = await start();
  } catch (error) {
    process.stderr.write(notStarted(name, error));
    process.exit(1);
  }
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    logger.info(`${signal}: ${name} finishes what is under way and ends`);
    running.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.fatal(error, `${name} could not end as it should`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.stdout.write(`${running.ready}\n`);
}

/** A wrong setting says enough by itself, and storage that cannot be used nearly so; a stack would hide it. */
export function notStarted(name: string, error: unknown): string {
  const { message, stack = String(error) } = error as Partial<Error>;
  if (kindOf(error) === 'invalid') return `${message}\n`;
  return `${name} could not start: ${isPassing(error) ? message : stack}\n`;
}

/** A port that is taken is a matter of settings; every other error stays as it is. */
export function cannotListen(error: unknown, { host, port }: Pick<Settings, 'host' | 'port'>): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return new WrongSetting(
      `PORT: expected a free port, but something listens on ${host}:${port} already; set PORT to another, or 0 for any`,
    );
  if (code === 'EACCES') return new WrongSetting(`PORT: this user may not listen on ${host}:${port}; set PORT to one above 1023`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new WrongSetting(
      `HOST: expected an address of this machine, got "${host}"; 127.0.0.1 is this machine alone, 0.0.0.0 all of its addresses`,
    );
  return error;
}

/** After the ready line: how a person who has just started it gets in. Nothing where somebody has keys, but no file of this machine. */
export function howToGetIn(url: string, { ownerKeyFile, hasKeys }: { ownerKeyFile?: string; hasKeys: boolean }): string {
  if (ownerKeyFile === undefined)
    return hasKeys ? '' : 'Requests need an access key, and there is none yet; make the first: leadlog keys create --role owner\n';
  const file = /[^\w./-]/.test(ownerKeyFile) ? `'${ownerKeyFile}'` : ownerKeyFile;
  return `Requests need an access key; the owner's is in ${ownerKeyFile}: curl -H "Authorization: Bearer $(cat ${file})" ${url}/v1/leads\n`;
}

/** For whoever has started it and has a browser. */
export function howToSignIn({ link, expiresAt }: { link: string; expiresAt: number }): string {
  return `In a browser, sign in once until ${new Date(expiresAt).toTimeString().slice(0, 5)}: ${link} (later: leadlog people link)\n`;
}

/** For the ready line: which storage it stands on, without addresses, which may hold credentials. */
export function standsOn({ eventStoreUrl, redisUrl, dataFolder }: Settings): string {
  if (!eventStoreUrl && !redisUrl) return `data in ${dataFolder}`;
  const log = eventStoreUrl ? 'EventStoreDB' : dataFolder;
  const rest = redisUrl ? 'Redis' : dataFolder;
  return `log in ${log}, read models and jobs in ${rest}`;
}
