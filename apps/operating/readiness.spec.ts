import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBackends, type Backends } from '../setup/backends';
import { readSettings } from '../setup/settings';
import { backendsReady } from './readiness';

describe('readiness', () => {
  let folder: string;
  let backends: Backends;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'leadlog-ready-'));
    backends = await openBackends(readSettings({ LEADLOG_DATA: folder }));
  });
  afterEach(async () => {
    await backends.close();
    rmSync(folder, { recursive: true });
  });

  it('is there when log, read models and jobs answer', async () => {
    expect(await backendsReady(backends)).toEqual({ status: 'ready', reasons: [] });
  });

  it('names everything that does not answer', async () => {
    await backends.log.close();
    await backends.jobs.close();
    const { status, reasons } = await backendsReady(backends);
    expect(status).toBe('not-ready');
    expect(reasons).toEqual([
      expect.stringMatching(/^the event log cannot be read: .*closed/),
      expect.stringMatching(/^the jobs cannot be read: .*closed/),
    ]);
  });

  it('waits for no answer longer than a probe would', async () => {
    const { log, store } = backends;
    const silent = { log, store, jobs: { ...backends.jobs, counts: () => new Promise<never>(() => undefined) } };
    expect(await backendsReady(silent, 20)).toEqual({ status: 'not-ready', reasons: ['the jobs cannot be read: no answer within 20 ms'] });
  });
});
