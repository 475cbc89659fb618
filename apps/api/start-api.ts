import type { Server as TlsServer } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { KnownAccess, LastUses, StartLink } from '@leadlog/access';
import type { EventLog } from '@leadlog/event-log';
import type { BullmqJobs } from '@leadlog/jobs/bullmq/bullmq-jobs';
import { LiveReadModels } from '@leadlog/projections';
import { openBackends, openKeyUses } from '../setup/backends';
import type { Clock } from '@leadlog/time';
import { clockOf } from '../setup/clock';
import { historyOf } from '../setup/history-folders';
import { Metrics } from '../operating/metrics';
import { observedBackends } from '../operating/observed-backends';
import { serverWrites } from '../operating/server-writes';
import { WrittenStorage, writtenPlaces } from '../operating/written-storage';
import { logger } from '../setup/logger';
import { DocumentsInForce } from '../setup/documents-in-force';
import { renewTls, tlsOf } from '../setup/listening';
import { OwnerKeyFile } from '../setup/owner-key';
import { cannotListen } from '../setup/program';
import { compiledProcess } from '../setup/sales-process';
import type { Settings } from '../setup/settings';
import { projectionSources, readableWith } from '../setup/projections';
import { signInLink } from './access/sign-in-place';
import { createApi } from './api';

/**
 * A stream that is still being sent after so long is cut off; what has arrived whole goes in. Less than what orchestrators wait before they
 * kill.
 */
const GRACE_MS = 20_000;
const LOOK_EVERY_MS = 50;
/** For the log, which may be away: an API that listens can say so. */
const PATIENCE_MS = 2_000;

export interface RunningApi {
  url: string;
  /** File with the owner key, if this program has one. */
  ownerKeyFile?: string;
  /** Whether there is any key to come with, so far as it knows. */
  hasKeys: boolean;
  /** The address to be opened in a browser to sign in as the owner, once, and until when (ms). It is to be shown to whoever owns the machine alone. */
  ownerLink(): { link: string; expiresAt: number };
  /** Takes no more requests, answers those under way, closes the storage. */
  close(): Promise<void>;
}

/** The api, listening. */
export async function startApi(settings: Settings): Promise<RunningApi> {
  const tls = tlsOf(settings);
  const metrics = new Metrics();
  const backends = await openBackends(settings);
  const { log, store, jobs, close } = observedBackends(backends, metrics);
  const board = settings.bullBoard && settings.redisUrl ? (backends.jobs as BullmqJobs) : undefined;
  const documents = await documentsInForce(log, settings);
  const ownerKey = OwnerKeyFile.open(settings);
  const access = await knownAccess(log, ownerKey, clockOf(settings));
  const uses = new LastUses(openKeyUses(settings), onWarning);
  const startLink = new StartLink();
  const history = historyOf(settings);
  const app = await createApi({
    history,
    log,
    store,
    readModels: new LiveReadModels(store, readableWith(projectionSources(settings))),
    jobs,
    clock: clockOf(settings),
    access,
    uses,
    startLink,
    settings,
    tls,
    metrics,
    written: new WrittenStorage(writtenPlaces(settings, { archive: true }), serverWrites(settings, backends)),
    board,
    organisation: () => documents.organisation.now().content,
    policyAt: (ms) => documents.policy.at(ms).content,
    process: compiledProcess(() => documents.process.now()),
    documents: documents.ofSettings,
    keys: backends.keys,
    unreadable: () => documents.unreadable(),
  });
  let url: string;
  try {
    url = await app.getHttpAdapter().getInstance().listen({ port: settings.port, host: settings.host });
  } catch (error) {
    await uses.close();
    await close();
    throw cannotListen(error, settings);
  }
  const through = await backends.log.head();
  const renewal = renewTls(settings, (renewed) => (app.getHttpServer() as TlsServer).setSecureContext(renewed));
  return {
    url,
    ownerKeyFile: ownerKey?.path,
    hasKeys: access.allKeys().length > 0,
    ownerLink: () => {
      const { token, expiresAt } = startLink.make(clockOf(settings)(), through);
      return { link: signInLink(url, token), expiresAt };
    },
    close: async () => {
      renewal.stop();
      const server = app.getHttpServer();
      // A connection whose last answer was given meanwhile would otherwise be kept open for the next request, for over a minute.
      const idle = setInterval(() => server.closeIdleConnections(), LOOK_EVERY_MS);
      const grace = setTimeout(() => server.closeAllConnections(), GRACE_MS);
      await app.close();
      history.sql.close();
      await documents.stop();
      await access.stop();
      await uses.close();
      ownerKey?.close();
      clearInterval(idle);
      clearTimeout(grace);
      await close();
    },
  };
}

const onWarning = (message: string, error?: unknown): void => logger.warn({ err: error }, message);

async function documentsInForce(log: EventLog, settings: Settings): Promise<DocumentsInForce> {
  const documents = new DocumentsInForce(log, settings, onWarning);
  await withPatience(documents.open(), 'what was published will be read again');
  documents.follow();
  return documents;
}

async function knownAccess(log: EventLog, ownerKey: OwnerKeyFile | undefined, clock: Clock): Promise<KnownAccess> {
  const access = new KnownAccess(log, () => ownerKey?.now(), onWarning, clock);
  await withPatience(access.open(), 'keys and sessions will be read again');
  access.follow();
  return access;
}

async function withPatience(opening: Promise<void>, otherwise: string): Promise<void> {
  const opened = opening.catch((error: unknown) => onWarning(otherwise, error));
  await Promise.race([opened, sleep(PATIENCE_MS, undefined, { ref: false })]);
}
