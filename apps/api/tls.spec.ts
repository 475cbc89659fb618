import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { SqliteJobs } from '@leadlog/jobs/sqlite/sqlite-jobs';
import { LiveReadModels } from '@leadlog/projections';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { readSettings } from '../setup/settings';
import { createOwnedApi } from '../../test/support/owned-api.testing';

it('an API with a certificate is asked by https, and tells browsers to come by nothing else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-api-tls-'));
  const settings = readSettings({ LEADLOG_DATA: folder });
  const log = SqliteEventLog.open({ file: join(folder, 'log.db') });
  const store = SqliteReadModelStore.open({ file: join(folder, 'read-models.db') });
  const jobs = SqliteJobs.open({ file: join(folder, 'jobs.db') });
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'leadlog.example' }], { keyType: 'ec' });
  const app = await createOwnedApi({
    log,
    store,
    jobs,
    readModels: new LiveReadModels(store),
    clock: Date.now,
    settings,
    docs: false,
    tls: { cert: Buffer.from(cert), key: Buffer.from(key) },
  });
  // As start-api.ts does.
  const url = await app.getHttpAdapter().getInstance().listen({ port: 0, host: '127.0.0.1' });
  expect(url).toMatch(/^https:/);
  const [response] = (await once(get(`${url}/health/live`, { rejectUnauthorized: false, agent: false }), 'response')) as [IncomingMessage];
  expect([response.statusCode, response.headers['strict-transport-security']]).toEqual([200, 'max-age=31536000']);
  response.resume();
  await once(response, 'close');
  await app.close();
  await jobs.close();
  await store.close();
  await log.close();
  rmSync(folder, { recursive: true });
});
