import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import type { Readiness } from '../operating/readiness';
import { listenForOperator, type Operated, type OperatorHttp } from './operator-http';

describe('what a worker tells over HTTP', () => {
  let http: OperatorHttp;
  let readiness: Readiness;
  const operated: Operated = {
    ready: () => Promise.resolve(readiness),
    metrics: () => Promise.resolve({ type: 'text/plain; version=0.0.4', text: '# HELP it_is_there 1\n' }),
  };
  beforeEach(async () => {
    readiness = { status: 'ready', reasons: [] };
    http = await listenForOperator({ host: '127.0.0.1', port: 0 }, operated);
  });
  afterEach(() => http.close());
  const ask = async (path: string, method = 'GET') => {
    const response = await fetch(http.url + path, { method });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
  };

  it('lives as long as it answers', async () => {
    readiness = { status: 'not-ready', reasons: ['x'] };
    expect(await ask('/health/live')).toEqual({ status: 200, body: { status: 'live' } });
  });

  it('is ready with 200, and not ready with 503 and the reasons', async () => {
    expect(await ask('/health/ready?verbose')).toEqual({ status: 200, body: { status: 'ready', reasons: [] } });
    readiness = { status: 'not-ready', reasons: ['the event log cannot be read: unreachable'] };
    expect(await ask('/health/ready')).toEqual({ status: 503, body: readiness });
    expect(await ask('/health/ready', 'HEAD')).toEqual({ status: 503, body: undefined });
  });

  it('gives its metrics in the type that they have', async () => {
    const response = await fetch(`${http.url}/metrics`);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4');
    expect(await response.text()).toBe('# HELP it_is_there 1\n');
  });

  it('answers nothing else', async () => {
    expect(await ask('/v1/leads')).toMatchObject({ status: 404, body: { detail: expect.stringContaining('/health/live') } });
    expect(await ask('/')).toMatchObject({ status: 404 });
    expect(await ask('/health/live', 'POST')).toMatchObject({ status: 405 });
  });

  it('listens outside this machine with TLS only', async () => {
    await expect(listenForOperator({ host: '0.0.0.0', port: 0 }, operated)).rejects.toMatchObject({
      name: 'WrongSetting',
      message: expect.stringContaining('LEADLOG_TLS_CERT') as string,
    });
    const folder = mkdtempSync(join(tmpdir(), 'leadlog-operator-'));
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'worker.example' }], { keyType: 'ec' });
    const [tlsCert, tlsKey] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
    writeFileSync(tlsCert, cert);
    writeFileSync(tlsKey, key);
    const secure = await listenForOperator({ host: '0.0.0.0', port: 0, tlsCert, tlsKey }, operated);
    expect(secure.url).toMatch(/^https:/);
    const [response] = (await once(get(`${secure.url}/health/live`, { rejectUnauthorized: false }), 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(200);
    response.resume();
    await secure.close();
    rmSync(folder, { recursive: true });
  });

  it('says that a port is taken, and what to set', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    await expect(listenForOperator({ host: '127.0.0.1', port }, operated)).rejects.toMatchObject({
      name: 'WrongSetting',
      message: `PORT: expected a free port, but something listens on 127.0.0.1:${port} already; set PORT to another, or 0 for any`,
    });
    taken.close();
  });
});
