import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { LeadlogError } from '@leadlog/errors';
import { nearest } from '@leadlog/events/validation/nearest-name';
import { FISCAL_YEAR_START } from '@leadlog/time';
import { kpiWindowsIn, type KpiWindows } from './kpi-windows';
import { OIDC_NAMES, oidcIn, type OidcSettings } from './oidc';
import { shownAddress } from './shown-address';

/** What a worker may do; each of any number of workers does all of it, or what its ROLES say. */
export const ROLES = ['projections', 'reactions', 'jobs', 'archive'] as const;
export type Role = (typeof ROLES)[number];

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** How much one caller may use up. */
export interface LimitSettings {
  /** A minute, with the key of a person. */
  requests: number;
  /** A minute, from one address, by whoever has no valid key. */
  addressRequests: number;
  /** A second, of events sent with one key. */
  megabytes: number;
}
/** A batch of the largest size is 8.4 of them: with less it would be refused for ever. */
const LEAST_MEGABYTES = 9;
export const DEFAULT_LIMITS: LimitSettings = { requests: 600, addressRequests: 6_000, megabytes: 50 };

/** Everything that can be set, in one place. Read once at the start. */
export interface Settings {
  /** Folder of the embedded engine. */
  dataFolder: string;
  /** Folder of the archive. */
  archiveFolder: string;
  /** Folder of reports beside those that come with Leadlog. */
  reportsFolder?: string;
  /** How long an event may wait to be archived with others. */
  archiveRestMs: number;
  /** The log in EventStoreDB; left out: in a file of the data folder. */
  eventStoreUrl?: string;
  /** Read models and jobs in Redis; left out: in files of the data folder. */
  redisUrl?: string;
  /** First part of every stream name and key, where several installations share EventStoreDB or Redis. */
  namespace?: string;
  host: string;
  port: number;
  /** Something before it has TLS, and tells by X-Forwarded-For from where a request comes. */
  behindProxy: boolean;
  /** Files of a certificate and its key (PEM), to listen with TLS (listening.ts). */
  tlsCert?: string;
  tlsKey?: string;
  /** Names by which the api is reached, in lower case. */
  hosts: readonly string[];
  /** Origins whose pages may call the api. */
  origins: readonly string[];
  limits: LimitSettings;
  /** Longest that the api waits for a body, or for more of one that streams. */
  bodyMs: number;
  /** File of the owner key; left out: the one in the data folder, where the log is a file. */
  ownerKeyFile?: string;
  /** File of the key that wraps those of personal data; left out: the one in the data folder, where the log is a file. */
  masterKeyFile?: string;
  /** Where people sign in; left out: by links alone. */
  oidc?: OidcSettings;
  /** IANA name; the days of KPIs and periods are days there. */
  timezone: string;
  /** Month with which a fiscal year begins, 1 to 12. */
  fiscalYearStart: number;
  /** Of the formulas of KPIs; others have their defaults. */
  kpiWindows: KpiWindows;
  /** Scoring model (YAML); the one that comes with Leadlog by default. */
  modelFile?: string;
  /** Handoff policy (YAML); the one that comes with Leadlog by default. */
  policyFile?: string;
  /** Organisation (YAML); without it, the reps of the policy are always at work. */
  organisationFile?: string;
  /** Sales process (YAML); the one that comes with Leadlog by default. */
  processFile?: string;
  /** Host names, addresses and networks that webhooks may reach besides https at public addresses (webhook-targets.ts). */
  webhookAllow: readonly string[];
  /** What a worker started with these settings does. */
  roles: ReadonlySet<Role>;
  /** By how much the worker of the standalone program, and replays, stand back behind who waits for an answer: 0 (not at all) to 19, as with nice(1). */
  backgroundNice: number;
  logLevel: LogLevel;
  /** The queues of BullMQ as pages at /admin/queues of the api. */
  bullBoard: boolean;
  /** Where traces go (OTLP over HTTP); left out: there are none. */
  tracesTo?: string;
  /**
   * For a program that starts an engine and lets it live through another time, such as the demo: that time in ms, or 0 for the time of the
   * machine, in memory that the threads share. No environment variable sets it.
   */
  setTime?: Float64Array;
}

export const SETTING_NAMES: Readonly<Record<string, string>> = {
  LEADLOG_DATA: 'folder of the embedded engine (./data)',
  LEADLOG_ARCHIVE: 'folder of the archive, shared by the workers that write it and the APIs that read it (archive in LEADLOG_DATA)',
  LEADLOG_ARCHIVE_SECONDS: 'maximum delay in seconds before events are archived; until then, queries read them from the log (60)',
  LEADLOG_REPORTS: 'folder of your own reports, in addition to those that come with Leadlog (none)',
  LEADLOG_TIMEZONE: 'time zone of the tenant (Asia/Tokyo)',
  LEADLOG_FISCAL_YEAR_START: 'month with which a fiscal year begins, 1 to 12 (4)',
  LEADLOG_KPI_WINDOWS: 'time windows of KPIs that differ, such as first-meeting=21d,soon=90m (none)',
  LEADLOG_NAMESPACE: 'prefix of stream names and keys, for installations that share servers (none)',
  LEADLOG_MODEL: 'file of the scoring model (YAML)',
  LEADLOG_POLICY: 'file of the handoff policy (YAML)',
  LEADLOG_ORGANISATION: 'file of the organisation (YAML): reps, teams, working hours (none: the reps of the policy, always at work)',
  LEADLOG_PROCESS: 'file of the sales process (YAML)',
  LEADLOG_TLS_CERT:
    'file of the certificate to listen with (PEM, with those between it and its authority); needed outside this machine (none)',
  LEADLOG_TLS_KEY: 'file of the key of that certificate (PEM, without a passphrase) (none)',
  LEADLOG_BEHIND_PROXY:
    'on if a proxy in front has TLS and nothing else reaches the port; the last address of X-Forwarded-For is then the caller (off)',
  LEADLOG_HOSTS:
    'host names under which the API is reached, comma-separated, such as that of a proxy in front of it (none: only addresses and localhost)',
  LEADLOG_ORIGINS:
    'origins whose pages may call the API with a key, comma-separated, such as https://www.example.com (none: no page of another origin)',
  LEADLOG_LIMIT_REQUESTS: 'requests a minute with the key of a person; with that of the owner, a hundred times as many (600)',
  LEADLOG_LIMIT_ADDRESS: 'requests a minute from one address without a valid key (6000)',
  LEADLOG_LIMIT_MEGABYTES: 'megabytes of bodies a second with one key, unpacked, at least 9 (50)',
  LEADLOG_BODY_SECONDS: 'how many seconds the API waits for the body of a request, and for the next part of a streamed one (60)',
  LEADLOG_WEBHOOK_ALLOW:
    'what webhooks may reach over http and at private addresses, comma-separated: host names, addresses, networks, such as sfa.internal,10.4.0.0/16 (none: only the destinations in the file of LEADLOG_POLICY)',
  LEADLOG_OWNER_KEY_FILE:
    'file with the owner key, such as a mounted secret; it must be there (none: owner.key in LEADLOG_DATA, made at the first start; with EVENTSTORE_URL none)',
  LEADLOG_MASTER_KEY_FILE:
    'file with the key that wraps the keys of personal data, such as a mounted secret: 64 hex digits (none: master.key in LEADLOG_DATA, made at the first start; with EVENTSTORE_URL none)',
  ...OIDC_NAMES,
  LEADLOG_KEY: 'access key for the command line (none: the owner key of this machine, for an API of this machine)',
  LEADLOG_URL: 'address of the running API, for the command line (http://127.0.0.1:3000)',
  EVENTSTORE_URL:
    'connection string of EventStoreDB, such as esdb://admin:changeit@127.0.0.1:2113?tls=false (none: the log is in LEADLOG_DATA)',
  REDIS_URL:
    'address of Redis, such as redis://127.0.0.1:6379; separate the nodes of a cluster by commas (none: read models and jobs are in LEADLOG_DATA)',
  LEADLOG_BACKGROUND_NICE:
    'by how much read models and replays stand back behind who waits for an answer: 0 (not at all) to 19, as with nice; 0 where other programs keep all processors busy (10)',
  LEADLOG_LOG_LEVEL: `minimum log level: ${LOG_LEVELS.join(', ')} (info)`,
  LEADLOG_BULL_BOARD: 'on shows the queues in Redis at /admin/queues of the API, to keys of operators and owners (off)',
  OTEL_EXPORTER_OTLP_ENDPOINT:
    'OpenTelemetry collector that accepts traces over HTTP, such as http://127.0.0.1:4318 (none: no traces); more OTEL_… names in docs/observability.md',
  ROLES: `what a worker does, comma-separated: ${ROLES.join(', ')} (all of them)`,
  HOST: 'address to listen on (127.0.0.1)',
  PORT: 'port to listen on (3000; a worker 3001)',
};

export class WrongSetting extends LeadlogError {
  readonly kind = 'invalid';
}

/**
 * Throws WrongSetting that says which one, what was expected and what came. `defaultPort`: where the program listens unless PORT says so.
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>, defaultPort = 3000): Settings {
  for (const name of Object.keys(env)) {
    if (!name.startsWith('LEADLOG_') || name in SETTING_NAMES) continue;
    const known = Object.keys(SETTING_NAMES).filter((one) => one.startsWith('LEADLOG_'));
    throw new WrongSetting(`${name} is no setting of Leadlog; the nearest is ${nearest(name, known)}. Known: ${known.join(', ')}`);
  }
  return {
    dataFolder: resolve(env.LEADLOG_DATA || './data'),
    archiveFolder: resolve(env.LEADLOG_ARCHIVE || join(env.LEADLOG_DATA || './data', 'archive')),
    archiveRestMs: 1_000 * secondsOf('LEADLOG_ARCHIVE_SECONDS', env.LEADLOG_ARCHIVE_SECONDS, 60),
    reportsFolder: env.LEADLOG_REPORTS ? resolve(env.LEADLOG_REPORTS) : undefined,
    eventStoreUrl: urlOf('EVENTSTORE_URL', env.EVENTSTORE_URL, ['esdb:', 'esdb+discover:'], 'esdb://127.0.0.1:2113?tls=false'),
    redisUrl: urlOf('REDIS_URL', env.REDIS_URL, ['redis:', 'rediss:'], 'redis://127.0.0.1:6379'),
    namespace: namespaceOf(env.LEADLOG_NAMESPACE),
    host: env.HOST || '127.0.0.1',
    port: portOf(env.PORT, defaultPort),
    behindProxy: onOrOff('LEADLOG_BEHIND_PROXY', env.LEADLOG_BEHIND_PROXY),
    tlsCert: env.LEADLOG_TLS_CERT ? resolve(env.LEADLOG_TLS_CERT) : undefined,
    tlsKey: env.LEADLOG_TLS_KEY ? resolve(env.LEADLOG_TLS_KEY) : undefined,
    hosts: hostsOf(env.LEADLOG_HOSTS),
    origins: originsOf(env.LEADLOG_ORIGINS),
    limits: {
      requests: limitOf('LEADLOG_LIMIT_REQUESTS', env.LEADLOG_LIMIT_REQUESTS, DEFAULT_LIMITS.requests),
      addressRequests: limitOf('LEADLOG_LIMIT_ADDRESS', env.LEADLOG_LIMIT_ADDRESS, DEFAULT_LIMITS.addressRequests),
      megabytes: limitOf('LEADLOG_LIMIT_MEGABYTES', env.LEADLOG_LIMIT_MEGABYTES, DEFAULT_LIMITS.megabytes, LEAST_MEGABYTES),
    },
    bodyMs: 1_000 * secondsOf('LEADLOG_BODY_SECONDS', env.LEADLOG_BODY_SECONDS, 60),
    ownerKeyFile: env.LEADLOG_OWNER_KEY_FILE ? resolve(env.LEADLOG_OWNER_KEY_FILE) : undefined,
    masterKeyFile: env.LEADLOG_MASTER_KEY_FILE ? resolve(env.LEADLOG_MASTER_KEY_FILE) : undefined,
    oidc: oidcOf(env),
    timezone: timezoneOf(env.LEADLOG_TIMEZONE || 'Asia/Tokyo'),
    fiscalYearStart: monthOf('LEADLOG_FISCAL_YEAR_START', env.LEADLOG_FISCAL_YEAR_START, FISCAL_YEAR_START),
    kpiWindows: kpiWindowsOf(env.LEADLOG_KPI_WINDOWS),
    modelFile: env.LEADLOG_MODEL ? resolve(env.LEADLOG_MODEL) : undefined,
    policyFile: env.LEADLOG_POLICY ? resolve(env.LEADLOG_POLICY) : undefined,
    organisationFile: env.LEADLOG_ORGANISATION ? resolve(env.LEADLOG_ORGANISATION) : undefined,
    processFile: env.LEADLOG_PROCESS ? resolve(env.LEADLOG_PROCESS) : undefined,
    webhookAllow: listOf(env.LEADLOG_WEBHOOK_ALLOW),
    roles: rolesOf(env.ROLES),
    backgroundNice: niceOf(env.LEADLOG_BACKGROUND_NICE),
    logLevel: logLevelOf(env.LEADLOG_LOG_LEVEL),
    bullBoard: bullBoardOf(env.LEADLOG_BULL_BOARD, env.REDIS_URL),
    tracesTo: urlOf(
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      env.OTEL_SDK_DISABLED === 'true' ? undefined : env.OTEL_EXPORTER_OTLP_ENDPOINT,
      ['http:', 'https:'],
      'http://127.0.0.1:4318',
    ),
  };
}

function urlOf(name: string, text: string | undefined, protocols: readonly string[], example: string): string | undefined {
  if (!text) return undefined;
  // Several hosts stand between commas, which URL does not know; the first says what is wrong with all.
  const first = text.split(',')[0]!;
  if (!URL.canParse(first) || !protocols.includes(new URL(first).protocol))
    throw new WrongSetting(
      `${name}: expected an address that starts with ${protocols.map((one) => `${one}//`).join(' or ')}, such as ${example}, got "${shownAddress(text)}"`,
    );
  return text;
}

function oidcOf(env: Readonly<Record<string, string | undefined>>): OidcSettings | undefined {
  const oidc = oidcIn(env);
  if (oidc && 'expected' in oidc) throw new WrongSetting(`${oidc.name}: expected ${oidc.expected}, got ${oidc.got}`);
  return oidc;
}

function namespaceOf(text: string | undefined): string | undefined {
  if (!text) return undefined;
  if (!/^[A-Za-z0-9-]{1,40}$/.test(text))
    throw new WrongSetting(`LEADLOG_NAMESPACE: expected up to 40 letters, digits and hyphens, got "${text}"`);
  return text;
}

function secondsOf(name: string, text: string | undefined, otherwise: number): number {
  if (!text) return otherwise;
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 86_400)
    throw new WrongSetting(`${name}: expected a whole number of seconds from 1 to 86400, got "${text}"`);
  return seconds;
}

function limitOf(name: string, text: string | undefined, otherwise: number, least = 1): number {
  if (!text) return otherwise;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < least || limit > 1_000_000_000)
    throw new WrongSetting(`${name}: expected a whole number from ${least} to 1000000000, got "${text}"`);
  return limit;
}

function niceOf(text: string | undefined): number {
  if (!text) return constants.priority.PRIORITY_BELOW_NORMAL;
  const nice = Number(text);
  if (!Number.isInteger(nice) || nice < 0 || nice > 19)
    throw new WrongSetting(`LEADLOG_BACKGROUND_NICE: expected a whole number from 0 to 19, got "${text}"`);
  return nice;
}

function kpiWindowsOf(text: string | undefined): KpiWindows {
  const windows = kpiWindowsIn(text ?? '');
  if ('expected' in windows) throw new WrongSetting(`LEADLOG_KPI_WINDOWS: expected ${windows.expected}, got "${windows.got}"`);
  return windows;
}

function monthOf(name: string, text: string | undefined, otherwise: number): number {
  if (!text) return otherwise;
  const month = Number(text);
  if (!Number.isInteger(month) || month < 1 || month > 12) throw new WrongSetting(`${name}: expected a month from 1 to 12, got "${text}"`);
  return month;
}

function portOf(text: string | undefined, defaultPort: number): number {
  if (!text) return defaultPort;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new WrongSetting(`PORT: expected a whole number from 0 to 65535, got "${text}"`);
  return port;
}

const listOf = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');

function hostsOf(text: string | undefined): string[] {
  const names = listOf(text?.toLowerCase());
  const wrong = names.find((one) => !/^[a-z0-9.-]{1,253}$/.test(one));
  if (wrong !== undefined)
    throw new WrongSetting(
      `LEADLOG_HOSTS: expected names such as leadlog.example.com, without port and separated by commas, got "${wrong}"`,
    );
  return names;
}

function originsOf(text: string | undefined): string[] {
  const origins = listOf(text);
  const wrong = origins.find((one) => !/^https?:/.test(one) || !URL.canParse(one) || new URL(one).origin !== one);
  if (wrong !== undefined)
    throw new WrongSetting(
      `LEADLOG_ORIGINS: expected origins such as https://www.example.com, without a path and separated by commas, got "${wrong}"`,
    );
  return origins;
}

function rolesOf(text: string | undefined): ReadonlySet<Role> {
  if (!text) return new Set(ROLES);
  const named = listOf(text);
  const unknown = named.find((one) => !(ROLES as readonly string[]).includes(one));
  if (unknown !== undefined)
    throw new WrongSetting(
      `ROLES: expected one or more of ${ROLES.join(', ')}, separated by commas, got "${unknown}"; the nearest is ${nearest(unknown, ROLES)}`,
    );
  if (named.length === 0)
    throw new WrongSetting(
      `ROLES: expected one or more of ${ROLES.join(', ')}, separated by commas, got "${text}"; leave it out for all of them`,
    );
  return new Set(named as Role[]);
}

function logLevelOf(text: string | undefined): LogLevel {
  if (!text) return 'info';
  const level = LOG_LEVELS.find((one) => one === text.toLowerCase());
  if (level === undefined) throw new WrongSetting(`LEADLOG_LOG_LEVEL: expected one of ${LOG_LEVELS.join(', ')}, got "${text}"`);
  return level;
}

function bullBoardOf(text: string | undefined, redisUrl: string | undefined): boolean {
  const on = onOrOff('LEADLOG_BULL_BOARD', text);
  if (on && !redisUrl)
    throw new WrongSetting(
      'LEADLOG_BULL_BOARD: expected REDIS_URL to be set too, since Bull Board shows queues in Redis, and jobs in files have none; set REDIS_URL, or turn LEADLOG_BULL_BOARD off',
    );
  return on;
}

function onOrOff(name: string, text: string | undefined): boolean {
  if (!text || text === 'off') return false;
  if (text !== 'on') throw new WrongSetting(`${name}: expected on or off, got "${text}"`);
  return true;
}

function timezoneOf(name: string): string {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return name;
  } catch {
    throw new WrongSetting(`LEADLOG_TIMEZONE: expected an IANA time zone such as Asia/Tokyo, got "${name}"`);
  }
}
