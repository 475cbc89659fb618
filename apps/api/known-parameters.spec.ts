import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { SqliteJobs } from '@leadlog/jobs/sqlite/sqlite-jobs';
import { commandLifecycle, type FieldError } from '@leadlog/lead';
import { LiveReadModels } from '@leadlog/projections';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { createApi } from './api';
import type { Problem } from './problem-details';

interface Operation {
  parameters?: { name: string; in: string }[];
}

let app: NestFastifyApplication;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-parameters-'));
  const log = SqliteEventLog.open({ file: join(folder, 'log.db') });
  const store = SqliteReadModelStore.open({ file: join(folder, 'read-models.db') });
  const jobs = SqliteJobs.open({ file: join(folder, 'jobs.db') });
  app = await createApi({ log, store, jobs, readModels: new LiveReadModels(store), clock: Date.now, settings: { timezone: 'Asia/Tokyo' }, lifecycle: commandLifecycle(log), docs: false });
  closing.push(() => app.close(), () => jobs.close(), () => store.close(), () => log.close(), () => rmSync(folder, { recursive: true }));
});
afterAll(async () => {
  for (const close of closing) await close();
});

async function ask(method: string, url: string): Promise<{ status: number; problem: Problem }> {
  const { statusCode, body } = await app.inject({ method: method as 'GET', url, ...(method !== 'GET' && { headers: { 'content-type': 'application/json' }, payload: '{}' }) });
  return { status: statusCode, problem: (body.startsWith('{') ? JSON.parse(body) : {}) as Problem };
}
async function operations(): Promise<[method: string, url: string, operation: Operation][]> {
  const { paths } = (await app.inject('/openapi.json')).json<{ paths: Record<string, Record<string, Operation>> }>();
  return Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]): [string, string, Operation] => [method.toUpperCase(), path.replace(/\{\w+\}/g, 'x'), operation]));
}

describe('A query parameter', () => {
  it('that a route does not know is refused by every route, before anything is done', async () => {
    const all = await operations();
    expect(all.length).toBeGreaterThan(30);
    for (const [method, url] of [...all, ['POST', '/v1/events'], ['GET', '/metrics']] as [string, string][]) {
      const { status, problem } = await ask(method, `${url}?unheardOf=1`);
      expect([method, url, status, (problem.errors?.[0] as FieldError | undefined)?.pointer]).toEqual([method, url, 400, '/unheardOf']);
    }
  });

  it('that the document names is known', async () => {
    for (const [method, url, { parameters = [] }] of await operations()) {
      for (const { name } of parameters.filter((one) => one.in === 'query')) expect((await ask(method, `${url}?${name}=1${name === 'after' ? '&timeout=0' : ''}`)).problem.detail ?? '').not.toContain('unknown query parameter');
    }
  });

  it.each([
    ['/v1/leads?teir=hot', '/teir', /one of tier, q, sort, limit, cursor, model, after, timeout; the nearest is tier/, '"teir"'],
    ['/v1/inbox?repId=rep-1', '/repId', /one of rep, team, .*the nearest is rep/, '"repId"'],
    ['/v1/kpis?peroid=day', '/peroid', /the nearest is period/, '"peroid"'],
    ['/v1/leads?limit=ten', '/limit', /a whole number from 1 to 200/, '"ten"'],
    ['/v1/leads?tier=warmish', '/tier', /one of cold, warm, hot/, '"warmish"'],
    ['/v1/leads?q=a&q=b', '/q', /one value/, '["a","b"]'],
  ])('of %s is refused with its place, what was expected and what came', async (url, pointer, expected, got) => {
    const { status, problem } = await ask('GET', url);
    expect(status).toBe(400);
    expect(problem.errors).toEqual([{ pointer, expected: expect.stringMatching(expected) as string, got }]);
  });
});
