import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { sendProblem } from '../problem-details';
import { guardRequests } from './guard-requests';

describe('a request of another site', () => {
  let server: FastifyInstance;
  let acted: number;
  beforeEach(async () => {
    acted = 0;
    server = fastify({ frameworkErrors: (error, _request, reply) => sendProblem(reply as FastifyReply, error) });
    server.setErrorHandler((error, _request, reply) => sendProblem(reply, error));
    guardRequests(server, {
      hosts: new Set(['leadlog.example.com']),
      listening: '127.0.0.1',
      origins: new Set(['https://www.example.com']),
    });
    server.all('/v1/act', () => {
      acted += 1;
      return {};
    });
    server.get('/health/live', () => ({}));
    await server.ready();
  });
  afterEach(() => server.close());
  const ask = (method: 'GET' | 'POST' | 'OPTIONS', headers: Record<string, string>, url = '/v1/act') =>
    server.inject({ method, url, headers });

  it.each(['evil.example', 'evil.example:3000', '127.0.0.1.evil.example', 'localhost.evil.example', 'leadlog.example.com.evil.example'])(
    'by the name %s is refused',
    async (host) => {
      const answer = await ask('GET', { host });
      expect([answer.statusCode, answer.json<{ errors: object[] }>().errors]).toEqual([
        421,
        [{ pointer: '/host', expected: expect.stringContaining('LEADLOG_HOSTS'), got: JSON.stringify(host) }],
      ]);
      expect(acted).toBe(0);
    },
  );

  it.each(['localhost:3000', 'api:3000', 'leadlog_api:3000', '127.0.0.1:3000', '10.4.2.7:3000', '[::1]:3000', 'LEADLOG.example.com'])(
    'by the name %s is answered',
    async (host) => {
      expect((await ask('POST', { host })).statusCode).toBe(200);
      expect((await ask('POST', { host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' })).statusCode).toBe(200);
    },
  );

  it('asks for its health by any name', async () =>
    expect((await ask('GET', { host: 'balancer.internal' }, '/health/live')).statusCode).toBe(200));

  it.each<[string, Record<string, string>]>([
    ['another origin', { origin: 'https://evil.example' }],
    ['another port', { origin: 'http://127.0.0.1:9999' }],
    ['another port of a name of the api', { origin: 'https://leadlog.example.com:9999' }],
    ['an origin that hides', { origin: 'null' }],
    ['a fetch across sites', { 'sec-fetch-site': 'cross-site' }],
    ['a fetch of a neighbour', { 'sec-fetch-site': 'same-site' }],
  ])('acts not, with %s', async (_what, headers) => {
    expect((await ask('POST', { host: '127.0.0.1:3000', ...headers })).statusCode).toBe(403);
    expect(acted).toBe(0);
  });

  it('behind a proxy acts by the name of that', async () => {
    expect((await ask('POST', { host: '10.0.0.3:3000', origin: 'https://leadlog.example.com' })).statusCode).toBe(200);
  });

  it('acts, with an origin that is named, and tells the browser that it may', async () => {
    const headers = { host: 'leadlog.example.com', origin: 'https://www.example.com', 'sec-fetch-site': 'same-site' };
    const answer = await ask('POST', headers);
    expect([answer.statusCode, acted]).toEqual([200, 1]);
    expect(answer.headers).toMatchObject({ 'access-control-allow-origin': 'https://www.example.com', vary: 'origin' });
    const before = await ask('OPTIONS', { ...headers, 'access-control-request-method': 'POST' });
    expect([before.statusCode, acted]).toEqual([204, 1]);
    expect(before.headers).toMatchObject({ 'access-control-allow-headers': expect.stringContaining('authorization') as string });
    // Cookies stay at home, so that a page can do only what a key that it brings may do.
    expect(before.headers).not.toHaveProperty('access-control-allow-credentials');
  });

  it.each(['https://www.example.com.evil.example', 'http://www.example.com', 'https://www.example.com:8443', 'null'])(
    'is allowed nothing by a browser from %s',
    async (origin) => {
      const answer = await ask('GET', { host: 'leadlog.example.com', origin });
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
      expect((await ask('POST', { host: 'leadlog.example.com', origin })).statusCode).toBe(403);
    },
  );

  it('has headers in every answer that keep a browser from taking it for anything else', async () => {
    for (const [url, host] of [
      ['/v1/act', 'localhost'],
      ['/nowhere', 'localhost'],
      ['/v1/act', 'evil.example'],
    ]) {
      expect((await ask('GET', { host: host! }, url)).headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
        'cache-control': 'no-store',
      });
    }
  });
});
