import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FieldError } from '@leadlog/events';
import { engineOnFiles } from '@leadlog/events/engine-on-files.testing';
import { apiOnFiles } from '../../test/support/owned-api.testing';
import type { Problem } from './problem-details';

interface Operation {
  parameters?: { name: string; in: string; schema?: { type?: string; enum?: string[] } }[];
  requestBody?: { content: Record<string, { schema: { $ref?: string } }> };
}

interface Schema {
  properties: Record<string, { type?: string; enum?: string[] }>;
  required?: string[];
}

const engine = engineOnFiles();
let api: Awaited<ReturnType<typeof apiOnFiles>>;
let app: NestFastifyApplication;

beforeAll(async () => {
  api = await apiOnFiles(engine);
  app = api.app;
});
afterAll(async () => {
  await api.close();
  await engine.end();
});

async function ask(
  method: string,
  url: string,
  payload = '{}',
  type = 'application/json',
): Promise<{ status: number; problem: Problem; text: string }> {
  const { statusCode, body } = await app.inject({
    method: method as 'GET',
    url,
    ...(method !== 'GET' && { headers: { 'content-type': type }, payload }),
  });
  return { status: statusCode, problem: (body.startsWith('{') ? JSON.parse(body) : {}) as Problem, text: body };
}

/** Told as every refusal is: a line for people, and its parts. */
async function expectRefusal(asked: Parameters<typeof ask>, statuses: readonly number[], pointer?: string): Promise<void> {
  const { status, problem, text } = await ask(...asked);
  const [first] = (problem.errors ?? []) as FieldError[];
  expect({ asked, status: statuses.includes(status) ? statuses : status, pointer: first?.pointer }).toEqual({
    asked,
    status: statuses,
    pointer: pointer ?? (expect.any(String) as string),
  });
  expect(problem).toEqual({
    type: `urn:leadlog:problem:${status}`,
    title: expect.any(String) as string,
    status,
    detail: expect.any(String) as string,
    errors: problem.errors,
  });
  for (const error of problem.errors!)
    expect({ asked, error }).toEqual({
      asked,
      error: {
        pointer: expect.stringMatching(/^(\/|$)/) as string,
        expected: expect.stringMatching(/./) as string,
        got: expect.stringMatching(/./) as string,
      },
    });
  expect([asked, /\bundefined\b|\[object|NaN|\bat \S+:\d+:\d+|\bmust (not )?be\b|should not exist/.exec(text)]).toEqual([asked, null]);
  expect(text.length).toBeLessThan(4_000);
}
async function operations(): Promise<[method: string, url: string, operation: Operation][]> {
  const { paths } = (await app.inject('/openapi.json')).json<{ paths: Record<string, Record<string, Operation>> }>();
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, string, Operation] => [
      method.toUpperCase(),
      path.replace(/\{\w+\}/g, 'x'),
      operation,
    ]),
  );
}

describe('A query parameter', () => {
  it('that a route does not know is refused by every route, before anything is done', async () => {
    const all = await operations();
    expect(all.length).toBeGreaterThan(30);
    for (const [method, url] of [...all, ['GET', '/metrics']] as [string, string][])
      await expectRefusal([method, `${url}?unheardOf=1`], [400], '/unheardOf');
  });

  it('that the document names is known', async () => {
    for (const [method, url, { parameters = [] }] of await operations()) {
      // Its answer has no end, and an id that it does not know is no fault of whoever comes back with it: live.spec.ts.
      if (url === '/v1/live') continue;
      for (const { name } of parameters.filter((one) => one.in === 'query'))
        expect((await ask(method, `${url}?${name}=1${name === 'after' ? '&timeout=0' : ''}`)).problem.detail ?? '').not.toMatch(
          /unknown query parameter|no field of this name/,
        );
    }
  });

  it('with a value that it cannot have is refused by every route that takes it, also where nothing is waited for', async () => {
    for (const [method, url, { parameters = [] }] of await operations()) {
      for (const { name, schema } of parameters.filter((one) => one.in === 'query')) {
        const judged =
          // What is compared are versions: one that is not there is looked for, as one with another name.
          (['after', 'timeout', 'from', 'to', 'at'].includes(name) && !url.endsWith('/compare')) ||
          schema?.type === 'integer' ||
          schema?.type === 'array' ||
          schema?.enum !== undefined;
        const bad = [
          ...(judged ? ['', '-x', 'x'.repeat(5_000), '1.5'] : []),
          ...(schema?.type === 'integer' ? ['-1', '999999999999999999999'] : []),
          '%00',
          `a&${name}=b`,
        ];
        for (const value of bad)
          await expectRefusal(
            [method, `${url}?${name}=${value}`],
            [400],
            schema?.type === 'array' || value !== '%00' ? `/${name}` : undefined,
          );
      }
    }
  });

  it.each([
    ['/v1/leads?teir=hot', '/teir', /one of tier, q, sort, limit, cursor, model, rep, after, timeout; the nearest is tier/, '"teir"'],
    ['/v1/inbox?repId=rep-1', '/repId', /one of rep, team, .*the nearest is rep/, '"repId"'],
    ['/v1/kpis?peroid=day', '/peroid', /the nearest is period/, '"peroid"'],
    ['/v1/leads?limit=ten', '/limit', /a whole number from 1 to 200/, '"ten"'],
    ['/v1/targets?period=2026-13', '/period', /a month .* or a fiscal year/, '"2026-13"'],
    ['/v1/leads?tier=warmish', '/tier', /one of cold, warm, hot/, '"warmish"'],
    ['/v1/leads?q=a&q=b', '/q', /one value/, '["a","b"]'],
  ])('of %s is refused with its place, what was expected and what came', async (url, pointer, expected, got) => {
    const { status, problem } = await ask('GET', url);
    expect(status).toBe(400);
    expect(problem.errors).toEqual([{ pointer, expected: expect.stringMatching(expected) as string, got }]);
  });
});

describe('A body', () => {
  async function bodies(): Promise<[method: string, url: string, schema: Schema | undefined][]> {
    const { paths, components } = (await app.inject('/openapi.json')).json<{
      paths: Record<string, Record<string, Operation>>;
      components: { schemas: Record<string, Schema> };
    }>();
    return Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([method]) => method !== 'get')
        .map(([method, { requestBody }]): [string, string, Schema | undefined] => {
          const name = requestBody?.content['application/json']?.schema.$ref?.split('/').at(-1);
          return [method.toUpperCase(), path.replace(/\{\w+\}/g, 'x'), name === undefined ? undefined : components.schemas[name]];
        }),
    );
  }

  it('that is none is refused by every route, and told alike', async () => {
    for (const [method, url] of await bodies()) {
      await expectRefusal([method, url, '{"a":'], [400], '');
      await expectRefusal([method, url, 'a=b', 'text/plain'], [415], '/content-type');
      await expectRefusal([method, url, 'a=b', 'application/x-www-form-urlencoded'], [415], '/content-type');
      await expectRefusal([method, url, '5'], [400, 422], url === '/v1/events' ? undefined : '');
      await expectRefusal([method, url, '"text"'], [400, 422], url === '/v1/events' ? undefined : '');
    }
  });

  it('with a member that a route does not know is refused, also by a route that needs none', async () => {
    for (const [method, url, schema] of await bodies()) {
      if (url === '/v1/events' || /validate|drafts/.test(url)) continue;
      await expectRefusal([method, url, '{"unheardOf":1}'], [400], schema ? undefined : '');
      const { problem } = await ask(method, url, '{"unheardOf":1}');
      expect([method, url, problem.errors]).toEqual([
        method,
        url,
        expect.arrayContaining([
          schema
            ? {
                pointer: '/unheardOf',
                expected: expect.stringContaining('no field of this name; the nearest known one is ') as string,
                got: '1',
              }
            : { pointer: '', expected: 'no body', got: '{"unheardOf":1}' },
        ]),
      ]);
    }
  });

  it('with a member that is not what it must be is refused with that member and what it must be', async () => {
    let tried = 0;
    for (const [method, url, schema] of await bodies()) {
      for (const [name, { type }] of Object.entries(schema?.properties ?? {})) {
        const wrong = type === 'string' ? ['5', '{}', 'true', 'null'] : ['"x"', '[[]]', '-1', 'null'];
        for (const value of wrong) {
          await expectRefusal([method, url, `{"${name}":${value}}`], [400]);
          const { problem } = await ask(method, url, `{"${name}":${value}}`);
          expect([method, url, problem.errors]).toEqual([
            method,
            url,
            expect.arrayContaining([{ pointer: `/${name}`, expected: expect.any(String) as string, got: value }]),
          ]);
          tried += 1;
        }
      }
      for (const name of schema?.required ?? [])
        expect([method, url, (await ask(method, url)).problem.errors]).toEqual([
          method,
          url,
          expect.arrayContaining([{ pointer: `/${name}`, expected: expect.any(String) as string, got: 'nothing' }]),
        ]);
    }
    expect(tried).toBeGreaterThan(100);
  });

  it.each([
    ['/v1/sql', '{}', '/sql', 'a text of at most 100000 characters', 'nothing'],
    ['/v1/sql', '{"sql":"SELECT 1","limit":0}', '/limit', 'a whole number from 1 to 10000000', '0'],
    ['/v1/sql', '{"sql":"SELECT 1","asOf":"yesterday"}', '/asOf', 'a moment in RFC 3339 with an offset', '"yesterday"'],
    [
      '/v1/handoffs/x.1/accept',
      '{"repid":"rep-1","repId":"rep-1"}',
      '/repid',
      'no field of this name; the nearest known one is repId',
      '"rep-1"',
    ],
    [
      '/v1/handoffs/x.1/reject',
      '{"repId":"rep-1","reason":"bored"}',
      '/reason',
      'one of badFit, noNeed, badTiming, duplicate, badData, competitor, other',
      '"bored"',
    ],
    ['/v1/models/m/rollback', '{"handoffs":"loud"}', '/handoffs', 'one of silent, trickle, all', '"loud"'],
    ['/v1/models/m/trials', '{"kind":"backtest","against":"saas"}', '/against', 'a list of at most 5 texts', '"saas"'],
    ['/v1/projections/leads/rebuild', '{"autoSwitch":"no"}', '/autoSwitch', 'true or false', '"no"'],
    ['/v1/projections/leads/rebuild', '[]', '', 'an object in JSON', '[]'],
    ['/v1/projections/leads/pause', '{"paused":true}', '', 'no body', '{"paused":true}'],
  ])('of %s: %s', async (url, body, pointer, expected, got) => {
    const { status, problem } = await ask('POST', url, body);
    expect([status, problem.errors]).toEqual([400, [{ pointer, expected, got }]]);
    expect(problem.detail).toBe(`${pointer && `${pointer}: `}expected ${expected}, got ${got}`);
  });
});

describe('What is not there', () => {
  it.each([
    ['GET', '/v1/schemas/DealWin', '/type', /an event of the catalogue .*the nearest is DealWon/],
    ['GET', '/v1/models/x', '/id', /a model that was drafted or published/],
    ['GET', '/v1/models/x?version=1', '/version', /a version of "x"/],
    ['GET', '/v1/policies/x', '/id', /a handoff policy that was drafted or published/],
    ['GET', '/v1/policies/standard?version=1', '/version', /a version of "policy-standard"/],
    ['GET', '/v1/policies/standard/compare?against=1', '/against', /a version of "policy-standard"/],
    ['GET', '/v1/reports/stage-tim', '/name', /a report: one of .*the nearest is stage-time/],
    ['GET', '/v1/trials/x', '/trial', /a trial/],
    ['GET', '/v1/sql/questions/x', '/id', /a question that is under way here/],
    ['GET', '/v1/jobs/x', '/queue', /a queue; there is none yet/],
    ['GET', '/v1/projections/x/parked', '/name', /a projection/],
    ['POST', '/v1/projections/x/pause', '/name', /a projection/],
  ])('is told by its place: %s %s', async (method, url, pointer, expected) => {
    const { status, problem } = await ask(method, url);
    expect([status, problem.errors]).toEqual([
      404,
      [{ pointer, expected: expect.stringMatching(expected) as string, got: expect.any(String) as string }],
    ]);
  });
});
