import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { EventStoreDbEventLog } from '@leadlog/event-log/eventstoredb/eventstoredb-event-log';
import { LiveReadModels } from '@leadlog/projections';
import { createOwnedApi } from '../test/support/owned-api.testing';
import { openBackends, type Backends } from '../apps/setup/backends';
import { Metrics } from '../apps/operating/metrics';
import { backendsReady } from '../apps/operating/readiness';
import { tlsOf } from '../apps/setup/listening';
import { readSettings, SETTING_NAMES, type Settings } from '../apps/setup/settings';
import { listenForOperator } from '../apps/worker/operator-http';

export const ROOT = join(__dirname, '..');
export const OUR_IMAGE = 'leadlog';

export function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** What a container of ours is told to run is a program that the build makes. */
export function expectProgram(path: string | undefined): void {
  const source = /^dist\/(apps\/[a-z]+\/main)\.js$/.exec(path ?? '')?.[1];
  expect({ path, source: source !== undefined && existsSync(join(ROOT, `${source}.ts`)) }).toEqual({ path, source: true });
}

/**
 * The environment of a container of ours is one that its program starts with: every name is a setting or a secret that the
 * policy names, and every value is accepted, the connection string by the client of EventStoreDB too.
 */
export async function expectEnvironment(env: Readonly<Record<string, string>>, secrets: readonly string[] = []): Promise<void> {
  const unknown = Object.keys(env).filter((name) => !(name in SETTING_NAMES) && !secrets.includes(name) && !name.startsWith('NODE_'));
  expect(unknown).toEqual([]);
  const settings = readSettings(env);
  // The image listens on all addresses.
  tlsOf({ ...settings, host: '0.0.0.0' });
  const { eventStoreUrl } = settings;
  if (eventStoreUrl) await expectConnectionString(eventStoreUrl);
  // Node refuses to start with an option that may not stand there.
  if (env.NODE_OPTIONS) execFileSync(process.execPath, ['-e', ''], { env: { NODE_OPTIONS: env.NODE_OPTIONS } });
}

/** What `look` finds of the HTTP of one of our programs, over storage of its own. */
export async function withHttp<T>(program: 'api' | 'worker', look: (url: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-docker-'));
  const settings = readSettings({ LEADLOG_DATA: folder, PORT: '0' });
  const backends = await openBackends(settings);
  const http = await (program === 'api' ? apiHttp(backends, settings) : workerHttp(backends, settings));
  try {
    return await look(http.url);
  } finally {
    await http.close();
    await backends.close();
    rmSync(folder, { recursive: true });
  }
}

async function apiHttp({ log, store, jobs }: Backends, settings: Settings) {
  const app = await createOwnedApi({ log, store, readModels: new LiveReadModels(store), jobs, clock: Date.now, settings, docs: false });
  await app.listen(settings.port, settings.host);
  return { url: await app.getUrl(), close: () => app.close() };
}

function workerHttp(backends: Backends, settings: Settings) {
  const metrics = new Metrics();
  return listenForOperator(settings, {
    ready: () => backendsReady(backends),
    metrics: async () => ({ type: metrics.contentType, text: await metrics.text(backends) }),
  });
}

/** File of the authority's certificate that a connection string names. */
export function trustedFile(env: Readonly<Record<string, string>>): string | undefined {
  return /[?&]tlsCAFile=([^&]*)/.exec(env.EVENTSTORE_URL ?? '')?.[1];
}

async function expectConnectionString(url: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-trust-'));
  // The client only warns of a parameter that it does not know.
  const warned = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  try {
    const authority = join(folder, 'ca.crt');
    writeFileSync(authority, rootCertificates[0]!);
    await EventStoreDbEventLog.open({ url: url.replace(/(tlsCAFile=)[^&]*/, `$1${authority}`) }).close();
    expect(warned.mock.calls).toEqual([]);
  } finally {
    warned.mockRestore();
    rmSync(folder, { recursive: true });
  }
}
