import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { EventStoreDbEventLog } from '@leadlog/event-log/eventstoredb/eventstoredb-event-log';
import { commandLifecycle } from '@leadlog/lead';
import { LiveReadModels } from '@leadlog/projections';
import { createApi } from '../apps/api/api';
import { openBackends } from '../apps/backends';
import { readSettings, SETTING_NAMES } from '../apps/settings';

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
  const { eventStoreUrl } = readSettings(env);
  if (eventStoreUrl) await expectConnectionString(eventStoreUrl);
  // Node refuses to start with an option that may not stand there.
  if (env.NODE_OPTIONS) execFileSync(process.execPath, ['-e', ''], { env: { NODE_OPTIONS: env.NODE_OPTIONS } });
}

/** What `look` finds of our api as it listens, on a folder of its own. */
export async function withApi<T>(look: (url: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-docker-'));
  const settings = readSettings({ LEADLOG_DATA: folder });
  const { log, store, jobs, close } = await openBackends(settings);
  const app = await createApi({ log, store, readModels: new LiveReadModels(store), jobs, clock: Date.now, settings, lifecycle: commandLifecycle(log), docs: false });
  try {
    await app.listen(0, '127.0.0.1');
    return await look(await app.getUrl());
  } finally {
    await app.close();
    await close();
    rmSync(folder, { recursive: true });
  }
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
