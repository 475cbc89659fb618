import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fastify, { type FastifyInstance } from 'fastify';
import { createKey, KnownAccess, type Holder } from '@leadlog/access';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { requireAccess } from '../access/require-access';
import { SessionCookie } from '../access/session-cookie';
import { sendProblem } from '../problem-details';
import { Limits, networkOf, Quota } from './limits';
import { unpackBodies } from './unpacked-bodies';

describe('limits of requests and bytes', () => {
  let now: number;
  let limits: Limits;
  beforeEach(() => {
    now = 1_000;
    limits = new Limits({ requests: 3, addressRequests: 2, megabytes: 1 }, () => now);
  });
  const holder = (role: Holder['role'], id: string = role): Holder => ({ kind: 'key', id, name: id, role });
  const ask = (access?: Holder, more: { ip?: string; url?: string; headers?: Record<string, string> } = {}) => {
    const refusal = limits.refusalOf({ ip: '192.0.2.1', url: '/v1/leads', headers: {}, access, ...more });
    return refusal && { status: refusal.getStatus(), retryAfter: refusal.retryAfter };
  };
  const over = (retryAfter: number) => ({ status: 429, retryAfter });

  it('counts the requests of each key of a person for a minute, from the first on', () => {
    for (let n = 0; n < 3; n += 1) expect(ask(holder('rep'))).toBeUndefined();
    now += 20_000;
    expect(ask(holder('rep'))).toEqual(over(40));
    expect(ask(holder('rep', 'another'))).toBeUndefined();
    now += 40_000;
    expect(ask(holder('rep'))).toBeUndefined();
  });

  it('lets the owner ask a hundred times as much', () => {
    for (let n = 0; n < 300; n += 1) expect(ask(holder('owner'))).toBeUndefined();
    expect(ask(holder('owner'))).toEqual(over(60));
  });

  it('counts who has no key by address, of IPv6 by network, and no balancer', () => {
    for (const ip of ['192.0.2.1', '192.0.2.1', '2001:db8::1', '2001:db8::2']) expect(ask(undefined, { ip })).toBeUndefined();
    for (const ip of ['192.0.2.1', '2001:db8::ffff:3']) expect(ask(undefined, { ip })).toEqual(over(60));
    expect(ask(undefined, { ip: '2001:db8:0:1::1' })).toBeUndefined();
    expect(ask(undefined, { url: '/health/ready' })).toBeUndefined();
    expect(ask(holder('rep'))).toBeUndefined();
  });

  it('counts the bytes of events that a sender sends, not how often; and its other requests', () => {
    const url = '/v1/events?decisions=silent';
    const sent = (bytes: number) => ask(holder('sender'), { url, headers: { 'content-length': String(bytes) } });
    for (let n = 0; n < 1_000; n += 1) expect(sent(1_000)).toBeUndefined();
    expect(sent(1)).toEqual(over(1));
    now += 1_000;
    expect(sent(1)).toBeUndefined();
    // Of what does not say how long it is there must be something left.
    const chunked = () => ask(holder('sender'), { url, headers: { 'transfer-encoding': 'chunked' } });
    expect(chunked()).toBeUndefined();
    sent(1_000_000);
    expect(chunked()).toEqual(over(1));
    for (let n = 0; n < 3; n += 1) expect(ask(holder('sender', 'curious'), { url: '/v1/schemas' })).toBeUndefined();
    expect(ask(holder('sender', 'curious'), { url: '/v1/schemas' })).toEqual(over(60));
  });

  it('paces what streams instead of refusing it', async () => {
    const sender = holder('sender');
    expect(ask(sender, { headers: { 'content-type': 'application/x-ndjson', 'content-length': '9000000000' } })).toBeUndefined();
    await limits.pace(sender, 1_000_000);
    now += 999;
    // A millisecond is left of this second, and waited for.
    await limits.pace(sender, 500_000);
    now += 1;
    await limits.pace(sender, 1_000_000);
  });

  it('keeps no more than it may use of memory, whoever asks', () => {
    const quota = new Quota(1, 60_000, 10);
    for (let n = 0; n < 15; n += 1) quota.use(`10.${n}`, 1, now);
    expect(quota.use('10.14', 1, now)).toBe(60_000);
    expect(quota.use('10.0', 1, now)).toBeUndefined();
  });

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['::1', '::/64'],
  ])('takes %s as part of %s', (address, network) => expect(networkOf(address)).toBe(network));
});

describe('a caller over a limit', () => {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-limits-'));
  const log = SqliteEventLog.open({ file: join(folder, 'log.db') });
  const keys = new KnownAccess(log);
  let server: FastifyInstance;
  let analyst: string;
  let sender: string;
  beforeAll(async () => {
    const writer = { log, clock: Date.now, actor: { kind: 'system' as const, id: 'test' } };
    analyst = (await createKey(writer, { name: 'analyst', role: 'analyst' })).key;
    await keys.open();
    server = fastify();
    server.setErrorHandler((error, _request, reply) => sendProblem(reply, error));
    // A second and a minute that never end.
    const limits = new Limits({ requests: 2, addressRequests: 2, megabytes: 1 }, () => 0);
    sender = (await createKey(writer, { name: 'sender', role: 'sender' })).key;
    await keys.open();
    requireAccess(server, { access: keys, clock: Date.now, cookie: new SessionCookie(false), hosts: new Set(), limits });
    unpackBodies(server);
    limits.countBodies(server);
    server.get('/v1/kpis', () => ({}));
    server.route({
      method: 'POST',
      url: '/v1/events',
      bodyLimit: 8_000_000,
      handler: ({ body }) => ({ taken: JSON.stringify(body).length }),
    });
    await server.ready();
  });
  afterAll(async () => {
    await server.close();
    await log.close();
    rmSync(folder, { recursive: true });
  });
  const statuses = async (headers: Record<string, string>): Promise<number[]> => {
    const found: number[] = [];
    for (let n = 0; n < 3; n += 1) found.push((await server.inject({ url: '/v1/kpis', headers })).statusCode);
    return found;
  };

  it('is told so, and when to try again, with a key or without; others go on', async () => {
    expect(await statuses({})).toEqual([401, 401, 429]);
    expect(await statuses({ authorization: `Bearer ${analyst}` })).toEqual([200, 200, 429]);
    const { headers, body } = await server.inject({ url: '/v1/kpis', headers: { authorization: `Bearer ${analyst}` } });
    expect(headers).toMatchObject({ 'content-type': expect.stringContaining('application/problem+json') as string });
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(JSON.parse(body)).toMatchObject({
      status: 429,
      title: 'Too much at once',
      errors: [{ expected: 'at most 2 requests a minute with one key (LEADLOG_LIMIT_REQUESTS)', got: 'more' }],
    });
  });

  it('is counted by what a packed body becomes, and by what comes of one that does not say its length', async () => {
    const text = JSON.stringify({ text: 'x'.repeat(600_000) });
    const packed = gzipSync(text);
    const send = async (payload: Buffer | Readable, more: Record<string, string> = {}) => {
      const headers = { authorization: `Bearer ${sender}`, 'content-type': 'application/json', ...more };
      return (await server.inject({ method: 'POST', url: '/v1/events', headers, payload })).statusCode;
    };
    expect(packed.length).toBeLessThan(1_000);
    expect(await send(packed, { 'content-encoding': 'gzip' })).toBe(200);
    // Less would come of it than the limit alone allows: it is what came before that counts.
    expect(await send(packed, { 'content-encoding': 'gzip' })).toBe(429);
    expect(await send(Readable.from([Buffer.from('{}')]), { 'transfer-encoding': 'chunked' })).toBe(429);
  });
});
