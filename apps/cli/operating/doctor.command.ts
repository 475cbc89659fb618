import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Command } from 'commander';
import { ArchiveFiles, throughOf, zoneDifference } from '@leadlog/archive';
import type { EventLog, RecordedEvent } from '@leadlog/event-log';
import { counted } from '@leadlog/events';
import { personalTypes, storedAs } from '@leadlog/personal';
import { sealedIn } from '@leadlog/personal/sqlite/seal-clear-events';
import type { RedisReadModelStore } from '@leadlog/projections/redis/redis-read-model-store';
import { openJobs, openLogToRead, openStore } from '../../setup/backends';
import { dataFiles } from '../../setup/data-folder';
import { failedArchive } from '../../operating/readiness';
import { tryAppend } from '../../operating/server-writes';
import { readMainModel } from '../../setup/main-model';
import { readPolicy } from '../../setup/policy';
import { standsOn } from '../../setup/program';
import { readSettings, type Settings } from '../../setup/settings';
import { sendsKeyOfFolder } from '../access-key';
import { personalKeysFinding } from './personal-keys-finding';
import { ApiRefused, apiUrl, request } from '../api-client';
import { CommandFailed, type Common, type Terminal } from '../terminal';

const PATIENCE_MS = 3_000;
const LITTLE_ROOM = 2 ** 30;
/** Events in which something personal in clear is looked for. */
const OLDEST = 1_000;

interface Finding {
  what: string;
  state: 'fine' | 'look' | 'wrong';
  detail: string;
}

export function addDoctor(program: Command, terminal: Terminal): void {
  program
    .command('doctor')
    .description('check the storage and settings of Leadlog, as this shell is set up, and suggest fixes')
    .action((_: unknown, command: Command) => examined(command.optsWithGlobals<Common>(), terminal));
}

async function examined({ url, json }: Common, terminal: Terminal): Promise<void> {
  const findings = await findingsOf(url, terminal.env);
  if (json) terminal.out(`${JSON.stringify({ findings })}\n`);
  else
    for (const { what, state, detail } of findings)
      terminal.out(`${{ fine: 'fine ', look: 'look ', wrong: 'WRONG' }[state]}  ${what}: ${detail}\n`);
  const wrong = findings.filter(({ state }) => state === 'wrong').length;
  if (wrong > 0) throw new CommandFailed(`${wrong} of ${findings.length} are wrong`);
}

async function findingsOf(url: string, env: Terminal['env']): Promise<Finding[]> {
  const findings: Finding[] = [nodeFinding(process.versions.node)];
  let settings: Settings;
  try {
    settings = readSettings(env);
    findings.push({
      what: 'settings',
      state: 'fine',
      detail: `log in ${settings.eventStoreUrl ? 'EventStoreDB' : 'a file'}, read models and jobs in ${settings.redisUrl ? 'Redis' : 'files'}`,
    });
  } catch (error) {
    return [...findings, { what: 'settings', state: 'wrong', detail: (error as Error).message }];
  }
  for (const [what, setting, file, read] of [
    ['scoring model', 'LEADLOG_MODEL', settings.modelFile, readMainModel],
    ['handoff policy', 'LEADLOG_POLICY', settings.policyFile, readPolicy],
  ] as const) {
    const look = () => (read(settings), { state: 'fine', detail: file ?? `the one that comes with Leadlog (${setting})` } as const);
    findings.push(await tried(what, undefined, () => Promise.resolve().then(look)));
  }
  const files = dataFiles(settings.dataFolder);
  if (!settings.eventStoreUrl || !settings.redisUrl) findings.push(folderFinding(settings.dataFolder));
  findings.push(
    await tried('log', settings.eventStoreUrl ? undefined : files.log, async () => {
      const log = openLogToRead(settings, PATIENCE_MS);
      const look = async () => {
        const head = await log.head();
        // Of a file that is open here to be read alone, the folder tells.
        if (settings.eventStoreUrl) await tryAppend(log);
        return { state: 'fine', detail: `answers${settings.eventStoreUrl ? ' and takes writes' : ''}; its head is at ${head}` } as const;
      };
      return look().finally(() => log.close());
    }),
  );
  findings.push(await tried('keys of personal data', settings.eventStoreUrl ? undefined : files.log, () => personalKeysFinding(settings)));
  findings.push(await tried('read models', settings.redisUrl ? undefined : files.readModels, () => readModelFinding(settings)));
  findings.push(
    await tried('jobs', settings.redisUrl ? undefined : files.jobs, async () => {
      const jobs = openJobs(settings, PATIENCE_MS);
      return jobs
        .counts('webhooks')
        .then(() => ({ state: 'fine', detail: 'answer' }) as const)
        .finally(() => jobs.close());
    }),
  );
  // What a log that does not answer holds is not to be found out.
  if (findings.every(({ what, state }) => what !== 'log' || state === 'fine'))
    findings.push(await tried('personal data', settings.eventStoreUrl ? undefined : files.log, () => personalDataFinding(settings)));
  findings.push(await tried('archive', undefined, () => Promise.resolve(archiveFinding(settings))));
  findings.push(await tried('time zones', undefined, () => zoneFinding(settings.timezone)));
  const api = await apiFinding(url);
  findings.push(api.state === 'fine' && (settings.eventStoreUrl || existsSync(files.log)) ? await logFinding(url, settings) : api);
  return findings;
}

function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const old = major < 20 || (major === 20 && minor < 19);
  return { what: 'Node', state: old ? 'wrong' : 'fine', detail: old ? `${version}; Leadlog needs 20.19 or newer` : version };
}

function folderFinding(folder: string): Finding {
  let existing = folder;
  while (!existsSync(existing)) existing = dirname(existing);
  if (!statSync(existing).isDirectory())
    return { what: 'data folder', state: 'wrong', detail: `${existing} is a file; set LEADLOG_DATA to a folder, or the name of a new one` };
  try {
    accessSync(existing, constants.W_OK);
  } catch {
    return {
      what: 'data folder',
      state: 'wrong',
      detail: `${existing} cannot be written; give this user the right to, or set LEADLOG_DATA to another folder`,
    };
  }
  const { bavail, bsize } = statfsSync(existing);
  const free = bavail * bsize;
  const detail = `${folder}${existing === folder ? '' : ' (made at the first start)'}, ${(free / 2 ** 30).toFixed(1)} GiB free`;
  return {
    what: 'data folder',
    state: free < LITTLE_ROOM ? 'look' : 'fine',
    detail: free < LITTLE_ROOM ? `${detail}; a full disk stops ingestion` : detail,
  };
}

/** What was recorded before there were keys is the oldest that there is. */
async function personalDataFinding(settings: Settings): Promise<Pick<Finding, 'state' | 'detail'>> {
  const { log: file } = dataFiles(settings.dataFolder);
  const log = openLogToRead(settings, PATIENCE_MS);
  let [looked, clear] = [0, false];
  try {
    for await (const { events } of log.read({ filter: { types: personalTypes } })) {
      looked += events.length;
      clear ||= events.some(({ type, data }) => storedAs(type, data as object) === 'clear');
      if (clear || looked >= OLDEST) break;
    }
  } finally {
    await log.close();
  }
  const where = `some of the oldest ${OLDEST} events about people are recorded in clear (leadlog personal-data status counts all)`;
  if (clear && settings.eventStoreUrl)
    return {
      state: 'look',
      detail: `${where}; EventStoreDB rewrites nothing, so whoever reads its log reads them, also of people who are erased`,
    };
  if (clear) return { state: 'look', detail: `${where}; they are sealed when a worker of this version starts` };
  if (!settings.eventStoreUrl && sealedIn(file)?.remains)
    return {
      state: 'look',
      detail: `sealed, but ${file} may still hold in unused parts what was there in clear; make room for two copies of it on the disk, then start the worker again`,
    };
  return { state: 'fine', detail: looked === 0 ? 'none is recorded yet' : `none in clear among the oldest ${OLDEST} events about people` };
}

function archiveFinding({ archiveFolder }: Settings): Pick<Finding, 'state' | 'detail'> {
  const files = new ArchiveFiles(archiveFolder);
  const failure = files.failure();
  if (failure) return { state: 'wrong', detail: `${failedArchive(failure)}; fix the cause, the worker tries again by itself` };
  const manifest = files.read();
  return {
    state: 'fine',
    detail: manifest ? `${archiveFolder}, up to ${throughOf(manifest)}` : `${archiveFolder} is made once there are events to archive`,
  };
}

async function readModelFinding(settings: Settings): Promise<Pick<Finding, 'state' | 'detail'>> {
  const store = await openStore(settings, PATIENCE_MS);
  try {
    const { generations } = await store.registry();
    if (settings.redisUrl) await (store as RedisReadModelStore).tryWrite();
    const failed = generations
      .filter(({ state }) => state === 'failed')
      .map(({ id, error }) => `generation ${id} failed (${error}); fix the cause, then leadlog projections rebuild`);
    const advice = [...failed, ...(settings.redisUrl ? await (store as RedisReadModelStore).advice() : [])];
    if (advice.length > 0) return { state: 'look', detail: advice.join('; ') };
    return {
      state: 'fine',
      detail: counted(generations.filter(({ state }) => state === 'live').length, 'projection is live', 'projections are live'),
    };
  } finally {
    await store.close();
  }
}

/** Not opened where there is no file yet: a look must not leave anything behind. */
async function tried(what: string, file: string | undefined, look: () => Promise<Pick<Finding, 'state' | 'detail'>>): Promise<Finding> {
  if (file !== undefined && !existsSync(file)) return { what, state: 'fine', detail: `${file} is made at the first start` };
  try {
    return { what, ...(await look()) };
  } catch (error) {
    return { what, state: 'wrong', detail: (error as Error).message };
  }
}

/** What anybody looks at: the years of any log, and deadlines to come. */
const [ZONES_FROM, ZONES_TO] = [Date.UTC(2000, 0, 1), Date.UTC(2040, 0, 1)];

async function zoneFinding(timezone: string): Promise<Pick<Finding, 'state' | 'detail'>> {
  const table = `Node's table (${process.versions.tz ?? 'of the system'})`;
  const difference = await zoneDifference(timezone, ZONES_FROM, ZONES_TO);
  if (!difference) return { state: 'fine', detail: `${timezone}; ${table} and DuckDB's own agree from 2000 to 2039` };
  const { first, last, ours, duckDb } = difference;
  const shown = (ms: number) => new Date(ms).toISOString().slice(0, 16);
  return {
    state: 'look',
    detail: `${timezone}; between ${shown(first).slice(0, 10)} and ${shown(last).slice(0, 10)} DuckDB's own table differs: at ${shown(first)}Z the clock shows ${shown(ours)} by ${table} and ${shown(duckDb)} by DuckDB's. Days, KPIs and AT TIME ZONE go by Node's; in your own SQL write local_day(started_at) and local_time(started_at), not started_at::DATE or hour(started_at). A newer Node brings a newer table`,
  };
}

async function apiFinding(url: string): Promise<Finding> {
  const ready = apiUrl(url, '/health/ready');
  try {
    const response = await fetch(ready, { signal: AbortSignal.timeout(PATIENCE_MS) });
    const { status } = response;
    const { warnings = [] } = status === 200 ? ((await response.json()) as { warnings?: string[] }) : {};
    if (warnings.length > 0) return { what: 'API', state: 'look', detail: `${url} is ready, but: ${warnings.join('; ')}` };
    return status === 200
      ? { what: 'API', state: 'fine', detail: `${url} is ready` }
      : { what: 'API', state: 'look', detail: `${url} answers ${status}: read models are being built, or its storage is away` };
  } catch {
    return { what: 'API', state: 'look', detail: `nobody answers at ${url}; start it with npm start, or say --url` };
  }
}

/** An api of another folder or server answers as readily, and everything that is asked of it is about another company. */
async function logFinding(url: string, settings: Settings): Promise<Finding> {
  const another: Finding = {
    what: 'API',
    state: 'wrong',
    detail: `${url} stands on another log than the settings of this shell name (${standsOn(settings)}); set LEADLOG_DATA or EVENTSTORE_URL as it has them, or say --url`,
  };
  try {
    return (await isSameLog(url, settings)) ? { what: 'API', state: 'fine', detail: `${url} is ready, on this log` } : another;
  } catch (error) {
    if (error instanceof ApiRefused && error.status === 401 && sendsKeyOfFolder(apiUrl(url, ''))) return another;
    const why = (error as Error).message.replaceAll('\n', ': ');
    return { what: 'API', state: 'look', detail: `${url} is ready; whether it is on this log is not known: ${why}` };
  }
}

async function isSameLog(url: string, settings: Settings): Promise<boolean> {
  const log = openLogToRead(settings, PATIENCE_MS);
  try {
    // Of one log, what is asked between two looks lies between them.
    const before = await log.head();
    const its = BigInt((await answered<{ position: string }>(url, '/v1/log/head')).position);
    if (its < before || its > (await log.head())) return false;
    const first = await firstEvent(log);
    if (!first) return true;
    const { items } = await answered<{ items: { id: string }[] }>(url, `/v1/log/streams/${encodeURIComponent(first.stream)}?limit=1`);
    return items[0]?.id === first.id;
  } finally {
    await log.close();
  }
}

async function firstEvent(log: EventLog): Promise<RecordedEvent | undefined> {
  for await (const { events } of log.read({ sliceSize: 1 })) if (events[0]) return events[0];
  return undefined;
}

async function answered<T>(url: string, path: string): Promise<T> {
  return (await (await request(apiUrl(url, path), { signal: AbortSignal.timeout(PATIENCE_MS) })).json()) as T;
}
