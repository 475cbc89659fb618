import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { GiveUp } from '@leadlog/jobs';
import { LiveReadModels } from '@leadlog/projections';
import { openBackends, type Backends } from '../../setup/backends';
import { run } from '../../cli/run';
import { readSettings } from '../../setup/settings';
import { createOwnedApi } from '../../../test/support/owned-api.testing';
import { AS_OWNER } from '../../../test/support/owner-key';

describe('what an operator sees of the jobs', () => {
  let folder: string;
  let backends: Backends;
  let app: NestFastifyApplication;
  let url: string;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'leadlog-jobs-api-'));
    const settings = readSettings({ LEADLOG_DATA: folder });
    backends = await openBackends(settings);
    const { log, store, jobs } = backends;
    app = await createOwnedApi({ log, store, jobs, readModels: new LiveReadModels(store), clock: Date.now, settings, docs: false });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
    await jobs.enqueue([
      ...['a', 'b', 'c'].map((id) => ({ id, queue: 'webhooks.sfa', payload: { name: '佐藤' } })),
      { id: 'later', queue: 'webhooks.sfa', payload: {}, delayMs: 60_000 },
    ]);
    const worker = jobs.work('webhooks.sfa', async ({ id }) => {
      if (id !== 'c') throw new GiveUp(`webhook sfa answered 422: ${id}`);
    });
    for (let left = 3; left > 0; await new Promise((turn) => setTimeout(turn, 5))) {
      const { dead, done } = await jobs.counts('webhooks.sfa');
      left = 3 - dead - done;
    }
    await worker.stop();
  });
  afterEach(async () => {
    await app.close();
    await backends.close();
    rmSync(folder, { recursive: true });
  });
  const ask = async (path: string, body?: object) => {
    const response = await fetch(
      `${url}/v1/jobs${path}`,
      body
        ? { method: 'POST', headers: { ...AS_OWNER, 'content-type': 'application/json' }, body: JSON.stringify(body) }
        : { headers: AS_OWNER },
    );
    return { status: response.status, body: (await response.json()) as { items?: object[]; detail?: string } };
  };

  it('says which queues there are, and how they stand', async () => {
    expect(await ask('')).toEqual({
      status: 200,
      body: { items: [{ queue: 'webhooks.sfa', waiting: 1, active: 0, done: 1, dead: 2, delayed: 1 }] },
    });
  });

  it('lists dead jobs with their last error, and not what they carry', async () => {
    const { status, body } = await ask('/webhooks.sfa');
    expect([status, body.items]).toEqual([
      200,
      ['b', 'a'].map((id) => ({
        id,
        state: 'dead',
        attempts: 1,
        dueAt: expect.any(String),
        finishedAt: expect.any(String),
        lastError: `webhook sfa answered 422: ${id}`,
      })),
    ]);
    expect((await ask('/webhooks.sfa?state=waiting')).body.items).toMatchObject([{ id: 'later', state: 'waiting', attempts: 0 }]);
    expect((await ask('/webhooks.sfa?state=lost')).body.detail).toBe('/state: expected one of waiting, active, done, dead, got "lost"');
    expect(await ask('/webhooks.crm')).toMatchObject({
      status: 404,
      body: {
        detail: '/queue: expected a queue; there are webhooks.sfa, got "webhooks.crm"',
        errors: [{ pointer: '/queue', expected: 'a queue; there are webhooks.sfa', got: '"webhooks.crm"' }],
      },
    });
  });

  it('redrives one, or all that are dead, and refuses what is not', async () => {
    expect(await ask('/webhooks.sfa/redrive', { id: 'a' })).toEqual({
      status: 200,
      body: { queue: 'webhooks.sfa', redriven: ['a'], dead: 1 },
    });
    expect(await backends.jobs.get('webhooks.sfa', 'a')).toMatchObject({ state: 'waiting', attempts: 0 });
    expect(await ask('/webhooks.sfa/redrive', { id: 'a' })).toMatchObject({
      status: 409,
      body: { detail: '/id: expected a dead job, got "a", which is waiting' },
    });
    expect(await ask('/webhooks.sfa/redrive', { id: 'x' })).toMatchObject({ status: 404 });
    expect(await ask('/webhooks.sfa/redrive', {})).toEqual({ status: 200, body: { queue: 'webhooks.sfa', redriven: ['b'], dead: 0 } });
    expect(await ask('/webhooks.sfa/redrive', {})).toEqual({ status: 200, body: { queue: 'webhooks.sfa', redriven: [], dead: 0 } });
  });

  it('can be had on the command line', async () => {
    const called = async (...args: string[]) => {
      let out = '';
      let err = '';
      const code = await run([...args, '--url', url], { env: {}, out: (text) => (out += text), err: (text) => (err += text) });
      return { code, out, err };
    };
    expect((await called('jobs', 'list')).out).toMatch(/webhooks\.sfa.* 0 .* 1 .* 0 .* 1 .* 2 /);
    expect((await called('jobs', 'show', 'webhooks.sfa')).out).toContain('webhook sfa answered 422: a');
    expect(await called('jobs', 'redrive', 'webhooks.sfa', '--id', 'a')).toMatchObject({
      code: 0,
      out: '1 job of webhooks.sfa is tried anew; 1 dead is left\n',
    });
    expect(await called('jobs', 'redrive', 'webhooks.sfa', '--json')).toMatchObject({
      code: 0,
      out: '{"queue":"webhooks.sfa","redriven":["b"],"dead":0}\n',
    });
    expect(await called('jobs', 'show', 'none')).toMatchObject({ code: 1, err: expect.stringContaining('queue: expected a queue; there') });
  });
});
