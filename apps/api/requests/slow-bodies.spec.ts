import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { SqliteJobs } from '@leadlog/jobs/sqlite/sqlite-jobs';
import { LiveReadModels } from '@leadlog/projections';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { createOwnedApi } from '../../../test/support/owned-api.testing';
import { AS_OWNER } from '../../../test/support/owner-key';

const LIMIT_MS = 500;
const folder = mkdtempSync(join(tmpdir(), 'leadlog-slow-'));
const log = SqliteEventLog.open({ file: join(folder, 'log.db') });
const store = SqliteReadModelStore.open({ file: join(folder, 'read-models.db') });
const jobs = SqliteJobs.open({ file: join(folder, 'jobs.db') });
let app: NestFastifyApplication;
let port: number;
const sockets: Socket[] = [];

beforeAll(async () => {
  app = await createOwnedApi({
    log,
    readModels: new LiveReadModels(store),
    store,
    jobs,
    clock: Date.now,
    settings: { timezone: 'Asia/Tokyo', bodyMs: LIMIT_MS },
    docs: false,
  });
  await app.listen(0, '127.0.0.1');
  port = (app.getHttpServer().address() as { port: number }).port;
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await app.close();
  await jobs.close();
  await store.close();
  await log.close();
  rmSync(folder, { recursive: true });
});

function opened(): { socket: Socket; closed: Promise<string> } {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  socket.on('error', () => undefined);
  // Also when it is reset, as it may be while it still sends.
  return { socket, closed: new Promise((done) => socket.once('close', () => done(text))) };
}
const head = (type: string, more = '', path = '/v1/events') =>
  `POST ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: ${AS_OWNER.authorization}\r\ncontent-type: ${type}\r\n${more}\r\n`;
const line = (n: number) =>
  `${JSON.stringify({ specversion: '1.0', id: `slow-${n}`, source: 'slow', type: 'WebPageViewed', time: '2026-06-10T11:00:00+09:00', data: { leadId: 'lead-1', url: 'https://www.leadlog.example/price', category: 'price' } })}\n`;
const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const PROBLEM = /^HTTP\/1\.1 408 [^]*application\/problem\+json[^]*LEADLOG_BODY_SECONDS/;

describe('a body that does not come', () => {
  it.each([
    ['an event', 'application/cloudevents+json', '', '/v1/events'],
    ['a batch', 'application/cloudevents-batch+json', '', '/v1/events'],
    ['one that is packed', 'application/json', 'content-encoding: gzip\r\n', '/v1/events'],
    ['what a command is told', 'application/json', '', '/v1/leads/lead-1/merge'],
    ['a document', 'application/yaml', '', '/v1/models/m/drafts'],
  ])('is given up, with 408, also where a byte comes now and then: %s', async (_what, type, more, path) => {
    const { socket, closed } = opened();
    socket.write(head(type, `${more}content-length: 10000\r\n`, path));
    const bytes = more ? gzipSync(Buffer.from(JSON.stringify({ text: 'a'.repeat(9_000) }))).subarray(0, 8) : Buffer.from('{"a":   ');
    let sent = 0;
    const trickle = setInterval(() => void (sent < bytes.length ? socket.write(bytes.subarray(sent, (sent += 1))) : undefined), 40);
    expect(await closed).toMatch(PROBLEM);
    clearInterval(trickle);
  });

  it('of lines is given up in silence alone: what goes on is taken for as long as it does', async () => {
    const { socket, closed } = opened();
    socket.write(head('application/x-ndjson', 'transfer-encoding: chunked\r\n'));
    for (let n = 0; n < 15; n += 1) {
      socket.write(chunk(line(n)));
      await sleep(LIMIT_MS / 5);
    }
    const answer = await closed;
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toContain('"line":15,"result":"accepted"');
    expect(answer).toMatch(/"accepted":15,.*"incomplete":\{[^\n]*"status":408/);
  });

  it('is not read for ever after it was refused, whoever sends it', async () => {
    const { socket, closed } = opened();
    socket.write(head('application/x-ndjson', 'transfer-encoding: chunked\r\n').replace(/authorization: [^\r]*\r\n/, ''));
    const sending = setInterval(() => void socket.write(chunk(line(200))), 20);
    expect(await closed).toMatch(/^HTTP\/1\.1 401 /);
    clearInterval(sending);
  });

  it('of lines of which none has come is answered with 408', async () => {
    const { socket, closed } = opened();
    socket.write(head('application/x-ndjson', 'transfer-encoding: chunked\r\n'));
    socket.write(chunk(line(100).slice(0, 20)));
    expect(await closed).toMatch(PROBLEM);
  });

  it('holds up nobody, nor do connections on which nothing is said', async () => {
    const idle = Array.from({ length: 100 }, () => opened());
    const half = Array.from({ length: 100 }, () => opened());
    for (const { socket } of half) socket.write('POST /v1/events HTTP/1.1\r\nhost: loc');
    await Promise.all([...idle, ...half].map(({ socket }) => once(socket, 'connect')));
    expect((await fetch(`http://127.0.0.1:${port}/health/live`)).status).toBe(200);
    for (const { closed } of [...idle, ...half]) expect(await closed).toMatch(/^$|^HTTP\/1\.1 408 /);
  });
});

describe('what comes with a body is JSON', () => {
  const paths = [
    '/v1/events',
    '/v1/leads/lead-1/merge',
    '/v1/leads/lead-1/return',
    '/v1/handoffs/lead-1.1/accept',
    '/v1/models/m/publish',
    '/v1/models/m/rollback',
    '/v1/policies/p/publish',
    '/v1/projections/scores/rebuild',
  ];
  it.each(paths)('no form of a page makes it act: POST %s', async (url) => {
    for (const type of ['text/plain', 'text/plain;charset=UTF-8', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      for (const payload of ['', '{}', '{"id":"a"}=']) {
        const response = await app.inject({
          method: 'POST',
          url,
          headers: { host: 'localhost', 'content-type': type, 'content-length': String(payload.length) },
          payload,
        });
        expect([response.statusCode, response.json()]).toEqual([
          415,
          expect.objectContaining({
            errors: [{ pointer: '/content-type', expected: expect.stringContaining('application/json'), got: JSON.stringify(type) }],
          }),
        ]);
      }
    }
    const untold = await app.inject({ method: 'POST', url, headers: { host: 'localhost' }, payload: Buffer.from('{}') });
    expect([untold.statusCode, untold.json<{ errors: object[] }>().errors[0]]).toEqual([
      415,
      { pointer: '/content-type', expected: expect.stringContaining('application/json'), got: 'nothing' },
    ]);
  });
});
