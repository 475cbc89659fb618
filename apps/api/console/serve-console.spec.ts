import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync } from 'node:zlib';
import Fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify';
import { guardRequests } from '../requests/guard-requests';
import { CONSOLE_PATHS } from './console-paths';
import { addConsole } from './serve-console';

const PAGE = '<!doctype html><title>Leadlog</title><script type="module" src="/assets/index-abc.js"></script>';
const CODE = 'console.info("the console")';

const folder = mkdtempSync(join(tmpdir(), 'leadlog-console-'));
mkdirSync(join(folder, 'assets'));
writeFileSync(join(folder, 'index.html'), PAGE);
writeFileSync(join(folder, 'assets/index-abc.js'), CODE);
writeFileSync(join(folder, 'assets/index-abc.js.br'), brotliCompressSync(CODE));
afterAll(() => rmSync(folder, { recursive: true }));

function serverOf(files: string): FastifyInstance {
  const fastify = Fastify();
  guardRequests(fastify, { hosts: new Set() });
  addConsole(fastify, files);
  return fastify;
}
const built = serverOf(folder);
const get = (url: string, headers: Record<string, string> = {}): Promise<LightMyRequestResponse> => built.inject({ url, headers });

describe('the console', () => {
  it.each(['/', ...CONSOLE_PATHS, '/day?rep=rep-1', '/leads/lead-7', '/accounts/minato.example/people'])(
    'is the page at %s',
    async (url) => {
      const { statusCode, body, headers } = await get(url);
      expect({ statusCode, body }).toEqual({ statusCode: 200, body: PAGE });
      expect(headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache', vary: 'accept-encoding' });
      const policy = headers['content-security-policy'] as string;
      expect([/script-src 'self';/.test(policy), /style-src 'self';/.test(policy), policy.includes('unsafe')]).toEqual([true, true, false]);
    },
  );

  it.each(['/days', '/v1/day', '/assets/../index.html', '/assets/other.js'])('is not at %s', async (url) =>
    expect((await get(url)).statusCode).toBe(404),
  );

  it('is asked for again, and not sent again as long as it is the same', async () => {
    const { etag } = (await get('/')).headers;
    const again = await get('/inbox', { 'if-none-match': `"older", W/${etag}` });
    expect([again.statusCode, again.body, again.headers.etag]).toEqual([304, '', etag]);
    expect((await get('/', { 'if-none-match': '"older"' })).statusCode).toBe(200);
  });

  it('comes packed as the browser takes it', async () => {
    const asked = (accept: string) => get('/', { 'accept-encoding': accept });
    expect(brotliDecompressSync((await asked('gzip, deflate, br')).rawPayload).toString()).toBe(PAGE);
    expect(gunzipSync((await asked('gzip, br;q=0')).rawPayload).toString()).toBe(PAGE);
    expect((await asked('identity')).body).toBe(PAGE);
  });

  it('has its files kept for good, packed beforehand', async () => {
    const { headers, rawPayload } = await get('/assets/index-abc.js', { 'accept-encoding': 'br' });
    expect(headers).toMatchObject({ 'cache-control': 'public, max-age=31536000, immutable', 'content-encoding': 'br' });
    expect(brotliDecompressSync(rawPayload).toString()).toBe(CODE);
    expect((await get('/assets/index-abc.js')).body).toBe(CODE);
  });

  it('that was not built says so', async () => {
    const { statusCode, body } = await serverOf(join(folder, 'assets')).inject('/');
    expect([statusCode, body]).toEqual([200, expect.stringContaining('The console is not built here')]);
  });
});
