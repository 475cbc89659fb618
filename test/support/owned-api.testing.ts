import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { hashOfKey, keyIdIn, KnownAccess, type AccessKey } from '@leadlog/access';
import type { EventLog } from '@leadlog/event-log';
import type { EngineOnFiles } from '@leadlog/events/engine-on-files.testing';
import { SqliteJobs } from '@leadlog/jobs/sqlite/sqlite-jobs';
import { createApi } from '../../apps/api/api';
import type { ApiDependencies } from '../../apps/api/api-dependencies';
import { historyOf } from '../../apps/setup/history-folders';
import { readSettings } from '../../apps/setup/settings';
import { AS_OWNER, OWNER_KEY } from './owner-key';

const owner: AccessKey = {
  keyId: keyIdIn(OWNER_KEY)!,
  name: 'of a test',
  role: 'owner',
  hashes: [{ hash: hashOfKey(OWNER_KEY) }],
  createdAt: 0,
};

/** Those of the log, and OWNER_KEY. */
async function ownedAccess(log: EventLog): Promise<KnownAccess> {
  const access = new KnownAccess(log, () => owner);
  await access.open();
  return access;
}

/** The API with its guard; what is injected without a key of its own is asked by the owner. */
export async function createOwnedApi(dependencies: Omit<ApiDependencies, 'access'>): Promise<NestFastifyApplication> {
  const app = await createApi({ ...dependencies, access: await ownedAccess(dependencies.log) });
  const inject = (asked: string | { headers?: object }): unknown => {
    const request: { headers?: object } = typeof asked === 'string' ? ({ url: asked } as object) : asked;
    return app.inject({ ...request, headers: { ...AS_OWNER, ...request.headers } });
  };
  return new Proxy(app, {
    get: (target, name) => {
      if (name === 'inject') return inject;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? (member as () => unknown).bind(target) : member;
    },
  });
}

/**
 * The API over a log and its read models on files, with jobs and what it keeps of history in the same folder. `access`: who is let in; left
 * out, as createOwnedApi. What is closed leaves the log to its engine.
 */
export async function apiOnFiles(
  { folder, log, store, readModels }: Pick<EngineOnFiles, 'folder' | 'log' | 'store' | 'readModels'>,
  {
    access,
    docs = false,
    organisation,
    keys,
    uses,
  }: Partial<Pick<ApiDependencies, 'access' | 'docs' | 'organisation' | 'keys' | 'uses'>> = {},
): Promise<{ app: NestFastifyApplication; jobs: SqliteJobs; close(): Promise<void> }> {
  // Those of Leadlog lie beside dist, not beside the sources that a spec runs.
  const settings = readSettings({ LEADLOG_DATA: folder, LEADLOG_REPORTS: join(__dirname, '../../reports') });
  const jobs = SqliteJobs.open({ file: join(folder, 'jobs.db') });
  const history = historyOf(settings);
  const dependencies = { history, log, store, jobs, readModels, clock: Date.now, settings, docs, organisation, keys, uses };
  const app = await (access ? createApi({ ...dependencies, access }) : createOwnedApi(dependencies));
  return {
    app,
    jobs,
    close: async () => {
      await app.close();
      history.sql.close();
      await jobs.close();
    },
  };
}
