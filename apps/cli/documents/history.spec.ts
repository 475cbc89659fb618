import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { SqliteJobs } from '@leadlog/jobs/sqlite/sqlite-jobs';
import { LiveReadModels, ProjectionEngine } from '@leadlog/projections';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { leadlog } from '../../../test/support/leadlog.testing';
import { createOwnedApi } from '../../../test/support/owned-api.testing';
import { projectionSources } from '../../setup/projections';
import { readSettings } from '../../setup/settings';

const version = 'd'.repeat(64);

it.each([
  ['policy', recorded('HandoffPolicyDrafted', { policyId: 'standard', version })],
  ['model', recorded('ScoringModelDrafted', { modelId: 'engagement', version })],
])('%s: a command that first looks which version is meant finds the draft of a moment ago', async (word, drafted) => {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-history-'));
  const settings = readSettings({ LEADLOG_DATA: folder });
  const log = SqliteEventLog.open({ file: join(folder, 'log.db') });
  const store = SqliteReadModelStore.open({ file: join(folder, 'read-models.db') });
  const jobs = SqliteJobs.open({ file: join(folder, 'jobs.db') });
  const sources = projectionSources(settings);
  const engine = () => new ProjectionEngine({ log, store, sources, decode, clock: Date.now });
  const readModels = new LiveReadModels(store);
  const first = engine();
  await first.start();
  await readModels.reached(
    sources.map(({ name }) => name),
    await log.head(),
    300_000,
  );
  await first.stop();

  const app = await createOwnedApi({ log, store, jobs, readModels, clock: Date.now, settings, docs: false });
  await app.listen(0, '127.0.0.1');
  // Nothing folds it for now.
  await log.appendMany([asAppend(drafted)]);
  const found = leadlog(await app.getUrl(), word, 'history', word === 'policy' ? 'standard' : 'engagement', '--json');
  const again = engine();
  await again.start();
  const { code, out, err } = await found;
  expect([code, err, out]).toEqual([0, '', expect.stringContaining(version)]);
  await again.stop();
  await app.close();
  await jobs.close();
  await store.close();
  await log.close();
  rmSync(folder, { recursive: true });
});
