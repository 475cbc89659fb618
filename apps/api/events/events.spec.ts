import { mkdtempSync, rmSync } from 'node:fs';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { LogUnavailable, type EventLog, type RecordedEvent } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { eventIdOf } from '@leadlog/events';
import { MAX_LINE_BYTES } from '@leadlog/ingestion';
import { SqliteJobs } from '@leadlog/jobs/sqlite/sqlite-jobs';
import { LiveReadModels } from '@leadlog/projections';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { createOwnedApi } from '../../../test/support/owned-api.testing';
import { AS_OWNER } from '../../../test/support/owner-key';

const now = Date.parse('2026-06-10T12:00:00+09:00');
const folder = mkdtempSync(join(tmpdir(), 'leadlog-events-'));
let log: SqliteEventLog;
let store: SqliteReadModelStore;
let jobs: SqliteJobs;
let app: NestFastifyApplication;
let port: number;
/** The log as it answers just now; a spec may take it away for a while. */
let unavailable: LogUnavailable | undefined;

beforeAll(async () => {
  log = SqliteEventLog.open({ file: join(folder, 'log.db'), clock: () => now });
  store = SqliteReadModelStore.open({ file: join(folder, 'read-models.db') });
  jobs = SqliteJobs.open({ file: join(folder, 'jobs.db') });
  const fallible = new Proxy(log, {
    get(target, name) {
      if (name === 'appendMany' && unavailable)
        return (appends: unknown[]) => Promise.resolve(appends.map(() => ({ ok: false, error: unavailable })));
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? (member as () => unknown).bind(target) : member;
    },
  }) as EventLog;
  app = await createOwnedApi({
    log: fallible,
    readModels: new LiveReadModels(store),
    store,
    jobs,
    clock: () => now,
    settings: { timezone: 'Asia/Tokyo' },
    docs: false,
  });
  await app.listen(0, '127.0.0.1');
  port = (app.getHttpServer().address() as { port: number }).port;
});
afterAll(async () => {
  await app.close();
  await jobs.close();
  await store.close();
  await log.close();
  rmSync(folder, { recursive: true });
});

let made = 0;
const viewed = (more: object = {}) => ({
  specversion: '1.0',
  id: `view-${made++}`,
  source: 'web',
  type: 'com.example.WebPageViewed',
  time: '2026-06-10T11:00:00+09:00',
  data: { leadId: 'lead-1', url: 'https://www.leadlog.example/price', category: 'price' },
  ...more,
});

async function post(contentType: string, payload: string | Buffer, headers: Record<string, string> = {}) {
  const response = await app.inject({ method: 'POST', url: '/v1/events', headers: { 'content-type': contentType, ...headers }, payload });
  return { status: response.statusCode, headers: response.headers, body: JSON.parse(response.body) };
}
const structured = (event: object) => post('application/cloudevents+json', JSON.stringify(event));

async function streamed(payload: string | Buffer) {
  const response = await app.inject({ method: 'POST', url: '/v1/events', headers: { 'content-type': 'application/x-ndjson' }, payload });
  const lines = response.body
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  return { status: response.statusCode, answers: lines.slice(0, -1), summary: lines.at(-1) };
}

async function streamOf(name: string): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const page of log.readStream(name)) events.push(...page);
  return events;
}

describe('POST /v1/events, one event', () => {
  it('answers 201 with the position once it is in the log, and 200 when it is sent again', async () => {
    const event = viewed({
      subject: 'email:H.Aoyama@Minato-Seiki.example',
      data: { url: 'https://www.leadlog.example/', category: 'other' },
    });
    const first = await structured(event);
    expect([first.status, first.body]).toEqual([
      201,
      {
        result: 'accepted',
        id: event.id,
        eventId: eventIdOf('web', event.id),
        leadId: expect.any(String),
        position: expect.stringMatching(/^\d+$/),
      },
    ]);
    expect(first.headers['leadlog-position']).toBe(first.body.position);
    expect(BigInt(first.body.position)).toBeLessThanOrEqual(await log.head());
    const again = await structured(event);
    expect([again.status, again.body]).toEqual([200, { ...first.body, result: 'duplicate' }]);
    expect(await streamOf(`activity-${first.body.leadId}`)).toHaveLength(1);
  });

  it('takes attributes that are null for attributes that are left out, as CloudEvents says', async () => {
    const event = viewed({ subject: null, datacontenttype: null, initiator: null, correlationid: null, schemaversion: null });
    expect((await structured(event)).status).toBe(201);
    expect((await structured({ ...event, id: null })).body.errors).toEqual([expect.objectContaining({ pointer: '/id', got: 'nothing' })]);
  });

  it('takes binary mode with percent-encoded headers', async () => {
    const { status, body } = await post('application/json', JSON.stringify({ url: 'https://www.leadlog.example/', category: 'other' }), {
      'ce-specversion': '1.0',
      'ce-id': 'binary-%E2%82%AC',
      'ce-source': 'web',
      'ce-type': 'WebPageViewed',
      'ce-time': '2026-06-10T11:00:00+09:00',
      'ce-subject': 'visitor:v-9',
    });
    expect([status, body.id, body.eventId]).toEqual([201, 'binary-€', eventIdOf('web', 'binary-€')]);
    const [event] = await streamOf(`activity-${body.leadId}`);
    expect(event!.data).toMatchObject({ leadId: body.leadId, identity: { visitorId: 'v-9' }, category: 'other' });
  });

  it.each([
    ['an unknown type', { type: 'WebPageVeiwed' }, '/type', /nearest is WebPageViewed/],
    ['a decision', { type: 'LeadTierChanged' }, '/type', /only Leadlog makes and records/],
    ['a future date', { time: '2026-06-10T12:05:01+09:00' }, '/time', /a time that is not in the future/],
    ['a local time', { time: '2026-06-10T11:00:00' }, '/time', /time zone/],
    ['no specversion', { specversion: undefined }, '/specversion', /"1.0"/],
    [
      'a wrong field',
      { data: { leadId: 'lead-1', url: 'https://a.example', category: 'prize' } },
      '/data/category',
      /one of price, product/,
    ],
    ['no lead', { data: { url: 'https://a.example', category: 'price' } }, '/data', /exactly one of leadId, identity/],
    ['a subject that contradicts data', { subject: 'lead-2' }, '/subject', /the lead named in data/],
  ])('rejects %s with field and reason', async (_what, change, pointer, expected) => {
    const { status, headers, body } = await structured(viewed(change));
    expect(status).toBe(422);
    expect(headers['content-type']).toMatch('application/problem+json');
    expect(body).toMatchObject({ status: 422, title: expect.any(String), type: expect.any(String), detail: expect.any(String) });
    expect(body.errors).toEqual([{ pointer, expected: expect.stringMatching(expected), got: expect.any(String) }]);
  });

  it('says where JSON is malformed', async () => {
    const { status, body } = await post('application/cloudevents+json', '{"id": "x",}');
    expect([status, body.detail]).toEqual([400, expect.stringMatching(/malformed JSON.*position 11/)]);
  });

  it('says what it supports when it is sent something else', async () => {
    const { status, body } = await post('text/csv', 'a,b');
    expect([status, body.detail]).toEqual([415, expect.stringContaining('application/x-ndjson')]);
  });

  it('answers 409 when its id stands for other content, says what differs, and keeps what is recorded', async () => {
    const event = viewed();
    await structured(event);
    const other = await structured({ ...event, data: { ...event.data, category: 'case' } });
    expect(other).toMatchObject({
      status: 409,
      body: { errors: [{ pointer: '/data/category', expected: '"price", as recorded under this id', got: '"case"' }] },
    });
    const { answers, summary } = await streamed(
      `${JSON.stringify(event)}\n${JSON.stringify({ ...event, data: { ...event.data, category: 'case' } })}\n`,
    );
    expect([answers.map(({ result }) => result), summary]).toEqual([
      ['duplicate', 'conflict'],
      { accepted: 0, duplicates: 1, conflicts: 1, rejected: 0, position: expect.any(String) },
    ]);
  });

  it('refuses more than 1 MiB', async () => {
    const { status, body } = await structured(viewed({ data: { text: 'x'.repeat(MAX_LINE_BYTES) } }));
    expect([status, body.detail]).toEqual([413, expect.stringContaining(String(MAX_LINE_BYTES))]);
  });

  it('answers 503 with Retry-After while the log cannot write, and takes the same event afterwards', async () => {
    const event = viewed();
    unavailable = new LogUnavailable('disk-full', 'the disk is full');
    const refused = await structured(event);
    unavailable = undefined;
    expect([refused.status, refused.headers['retry-after'], refused.body.detail]).toEqual([503, '1', 'the disk is full']);
    expect((await structured(event)).status).toBe(201);
  });
});

describe('POST /v1/events, a batch', () => {
  it('takes the good ones, names the bad ones, and counts', async () => {
    const [good, bad] = [viewed(), viewed({ data: { leadId: 'lead-1' } })];
    const { status, headers, body } = await post('application/cloudevents-batch+json', JSON.stringify([good, bad, good, 7]));
    expect(status).toBe(200);
    expect(body).toMatchObject({ accepted: 1, duplicates: 1, rejected: 2, position: headers['leadlog-position'] });
    expect(body.results.map(({ line, result }: { line: number; result: string }) => [line, result])).toEqual([
      [1, 'accepted'],
      [2, 'rejected'],
      [3, 'duplicate'],
      [4, 'rejected'],
    ]);
    expect(body.results[1]).toMatchObject({
      id: bad.id,
      errors: [
        { pointer: '/data/url', got: 'nothing' },
        { pointer: '/data/category', got: 'nothing' },
      ],
    });
  });
});

describe('POST /v1/events, NDJSON', () => {
  it('answers each line in order, counts blank lines, takes CRLF and a last line without its end; the summary is last', async () => {
    const [a, b] = [viewed(), viewed()];
    const { status, answers, summary } = await streamed(`${JSON.stringify(a)}\r\n\r\n{"id": \n${JSON.stringify(b)}`);
    expect(status).toBe(200);
    expect(answers).toMatchObject([
      { line: 1, result: 'accepted', id: a.id },
      { line: 3, result: 'rejected', errors: [{ got: expect.stringContaining('malformed JSON') }] },
      { line: 4, result: 'accepted', id: b.id },
    ]);
    expect(summary).toEqual({ accepted: 2, duplicates: 0, rejected: 1, position: answers[2].position });
  });

  it('refuses a line of more than 1 MiB and one that is not UTF-8, and goes on behind them', async () => {
    const body = Buffer.concat([
      Buffer.alloc(3 * MAX_LINE_BYTES, 'x'),
      Buffer.from('\n'),
      Buffer.from([0x22, 0xff, 0x22, 0x0a]),
      Buffer.from(JSON.stringify(viewed())),
    ]);
    const { answers } = await streamed(body);
    expect(answers).toMatchObject([
      { line: 1, result: 'rejected', errors: [{ got: 'a longer line' }] },
      { line: 2, result: 'rejected', errors: [{ expected: 'text in UTF-8' }] },
      { line: 3, result: 'accepted' },
    ]);
  });

  it('answers a line while the next is still to be sent, also one cut within a character', async () => {
    const { sent, answers, next } = await openStream();
    sent.write(`${JSON.stringify(viewed())}\n`);
    expect(await next()).toMatchObject({ line: 1, result: 'accepted' });
    const text = Buffer.from(
      JSON.stringify(
        viewed({ type: 'ContentDownloaded', data: { leadId: 'lead-ja', assetId: 'wp', kind: 'whitepaper', title: '設備保全' } }),
      ),
    );
    const cut = text.indexOf(Buffer.from('設')) + 1;
    sent.write(text.subarray(0, cut));
    sent.end(text.subarray(cut));
    expect(await next()).toMatchObject({ line: 2, result: 'accepted' });
    expect(await next()).toMatchObject({ accepted: 2, rejected: 0 });
    answers.close();
    expect((await streamOf('activity-lead-ja'))[0]!.data).toMatchObject({ title: '設備保全' });
  });

  it('keeps what has arrived whole when the sender breaks off, and nothing of the broken line', async () => {
    const [whole, half] = [
      viewed({ data: { ...viewed().data, leadId: 'lead-half' } }),
      viewed({ data: { ...viewed().data, leadId: 'lead-half' } }),
    ];
    const text = `${JSON.stringify(whole)}\n${JSON.stringify(half)}`;
    const socket = connect(port, '127.0.0.1');
    socket.write(
      `POST /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: ${AS_OWNER.authorization}\r\ncontent-type: application/x-ndjson\r\ncontent-length: ${text.length + 100}\r\n\r\n${text}`,
    );
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toContain('"line":1,"result":"accepted"');
    socket.destroy();
    await once(socket, 'close');
    expect((await structured(whole)).body.result).toBe('duplicate');
    expect((await streamOf('activity-lead-half')).map(({ metadata }) => metadata.sourceId)).toEqual([whole.id]);
  });

  it('answers 503 before the first answer; later it ends with why, and what was answered holds', async () => {
    unavailable = new LogUnavailable('disk-full', 'the disk is full');
    const refused = await app.inject({
      method: 'POST',
      url: '/v1/events',
      headers: { 'content-type': 'application/x-ndjson' },
      payload: JSON.stringify(viewed()),
    });
    unavailable = undefined;
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([503, '1']);

    const { sent, next, answers } = await openStream();
    sent.write(`${JSON.stringify(viewed())}\n`);
    expect(await next()).toMatchObject({ line: 1, result: 'accepted' });
    unavailable = new LogUnavailable('disk-full', 'the disk is full');
    sent.end(`${JSON.stringify(viewed())}\n`);
    expect(await next()).toMatchObject({ accepted: 1, incomplete: { status: 503, detail: 'the disk is full' } });
    unavailable = undefined;
    answers.close();
  });
});

describe('the rest of the API', () => {
  it('serves the schema and an example of every event', async () => {
    const list = (await app.inject('/v1/schemas')).json<{ items: { type: string }[] }>();
    expect(list.items.map(({ type }) => type)).toContain('LeadCaptured');
    expect((await app.inject('/v1/schemas/WebPageViewed')).json()).toMatchObject({
      schema: { type: 'object' },
      example: { category: 'price' },
    });
  });

  it.each([
    ['/v1/schemas/WebPageView', /nearest.*WebPageViewed/],
    ['/nowhere', /nowhere/],
  ])('answers 404 as a problem for %s', async (url, detail) => {
    const response = await app.inject(url);
    expect([response.statusCode, response.headers['content-type'], response.json()]).toEqual([
      404,
      expect.stringMatching('application/problem\\+json'),
      expect.objectContaining({ status: 404, detail: expect.stringMatching(detail) }),
    ]);
  });

  it('describes itself as OpenAPI 3.1 in which every reference leads somewhere', async () => {
    const document = (await app.inject('/openapi.json')).json<{ openapi: string; paths: Record<string, unknown> }>();
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toEqual(expect.arrayContaining(['/v1/events', '/v1/schemas/{type}', '/v1/leads/{id}']));
    for (const [, pointer] of JSON.stringify(document).matchAll(/"\$ref":"#([^"]+)"/g)) {
      const target = pointer!
        .split('/')
        .slice(1)
        .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], document);
      expect([pointer, typeof target]).toEqual([pointer, 'object']);
    }
  });

  it('lives without read models but is not ready; a read that must wait for them answers 503', async () => {
    expect((await app.inject('/health/live')).statusCode).toBe(200);
    const ready = await app.inject('/health/ready');
    expect([ready.statusCode, ready.headers['retry-after']]).toEqual([503, '1']);
    const waiting = await app.inject('/v1/leads/lead-1?after=0&timeout=0');
    expect([waiting.statusCode, waiting.headers['retry-after']]).toEqual([503, '1']);
    expect((await app.inject('/v1/leads?after=soon')).json()).toMatchObject({ status: 400, errors: [{ pointer: '/after' }] });
  });
});

async function openStream() {
  const sent: ClientRequest = request({
    port,
    host: '127.0.0.1',
    path: '/v1/events',
    method: 'POST',
    headers: { ...AS_OWNER, 'content-type': 'application/x-ndjson' },
  });
  let waiting: Promise<[IncomingMessage]> | undefined = once(sent, 'response') as Promise<[IncomingMessage]>;
  let lines: AsyncIterator<string> | undefined;
  const answers = { close: () => sent.destroy() };
  sent.on('error', () => undefined);
  const next = async () => {
    if (waiting) {
      const [response] = await waiting;
      waiting = undefined;
      lines = createInterface({ input: response })[Symbol.asyncIterator]();
    }
    const { value } = await lines!.next();
    return JSON.parse(value as string) as Record<string, unknown>;
  };
  return { sent, next, answers };
}

describe('an id that could not be read back in a path', () => {
  it.each(['.', '..', '', ' ', 'a b', 'a\u0000b', 'a\u007fb', 'a\u0085b'])('is refused: %j', async (id) => {
    for (const data of [
      { ...viewed().data, leadId: id },
      { ...viewed().data, accountId: id },
    ]) {
      expect(await structured(viewed({ data }))).toMatchObject({
        status: 422,
        body: { errors: expect.arrayContaining([expect.objectContaining({ pointer: expect.stringMatching(/Id$/) })]) },
      });
    }
  });
});
