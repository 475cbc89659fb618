import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { getJson, startHalf, temporaryFolder, type EngineProcess } from '../support/engine-process';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const MAIL = 'hanako.suzuki@example.com';

interface LogEvent {
  id: string;
  type: string;
  metadata: { correlationId?: string; causationId?: string };
}

describe('an engine that is looked at', () => {
  const { folder, remove } = temporaryFolder();
  let receiver: Server;
  let api: EngineProcess;
  let worker: EngineProcess;
  beforeAll(async () => {
    receiver = createServer((request, response) => void request.resume().on('end', () => response.writeHead(204).end()));
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
    const policy = join(folder, 'policy.yaml');
    writeFileSync(
      policy,
      `reps: [{ id: rep-1, team: inside-1 }]\nsla: { accept: 4h, contact: 24h }\ndestinations: [{ name: sfa, url: '${url}', secretEnv: TEST_SECRET }]\n`,
    );
    const env = {
      LEADLOG_POLICY: policy,
      TEST_SECRET: Buffer.from('a secret of this test').toString('base64'),
      LEADLOG_LOG_LEVEL: 'debug',
    };
    api = await startHalf('api', folder, env);
    worker = await startHalf('worker', folder, env);
  });
  afterAll(async () => {
    await worker?.kill();
    await api?.kill();
    receiver.close();
    remove();
  });

  let sent = 0;
  const told = (type: string, data: object, more: object = {}) => ({
    specversion: '1.0',
    id: `o-${(sent += 1)}`,
    source: '/looked-at',
    type,
    subject: 'lead-1',
    time: new Date().toISOString(),
    data,
    ...more,
  });
  const send = (body: unknown, type: string, headers: Record<string, string> = {}) =>
    fetch(`${api.url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': type, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const stream = async (name: string) => (await getJson<{ items: LogEvent[] }>(`${api.url}/v1/log/streams/${name}`)).items;
  /** The value of one line of the text format; labels in any order. */
  async function metric(url: string, name: string, labels: Record<string, string> = {}): Promise<number | undefined> {
    const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
    const line = lines.find(
      (one) =>
        (one.startsWith(`${name}{`) || one.startsWith(`${name} `)) &&
        Object.entries(labels).every(([label, value]) => one.includes(`${label}="${value}"`)),
    );
    return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1));
  }
  async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
    for (const giveUpAt = Date.now() + 300_000; ;) {
      const found = await look();
      if (found !== undefined) return found;
      if (Date.now() > giveUpAt) throw new Error(`it did not come to be; the worker says\n${worker.stderr.join('\n')}`);
      await new Promise((turn) => setTimeout(turn, 20));
    }
  }

  it('answers every request with its correlation id, and records it with the events', async () => {
    const one = await send(
      told('LeadCaptured', { channel: 'form', profile: { name: '鈴木花子', email: MAIL, company: '株式会社みなと精機', title: '部長' } }),
      'application/cloudevents+json',
      { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` },
    );
    expect(one.headers.get('x-correlation-id')).toBe(TRACE);
    const batch = await send(
      [
        told('WebPageViewed', { url: 'https://example.com/', category: 'price' }),
        told('WebPageViewed', { url: 'https://example.com/', category: 'price' }, { correlationid: 'its-own' }),
      ],
      'application/cloudevents-batch+json',
      { 'x-correlation-id': 'batch-1' },
    );
    expect(batch.headers.get('x-correlation-id')).toBe('batch-1');
    const lines = await send(
      `${JSON.stringify(told('WebPageViewed', { url: 'https://example.com/', category: 'price' }))}\n`,
      'application/x-ndjson',
      { 'x-request-id': 'lines-1' },
    );
    expect(lines.headers.get('x-correlation-id')).toBe('lines-1');
    await lines.text();
    expect((await fetch(`${api.url}/nowhere`)).headers.get('x-correlation-id')).toMatch(/^[\da-f-]{36}$/);
    const recorded = await stream('activity-lead-1');
    expect(recorded.map(({ metadata }) => metadata.correlationId)).toEqual([TRACE, 'batch-1', 'its-own', 'lines-1']);
  });

  it('says of every decision by which event, and in which piece of work, it came about', async () => {
    for (const kind of ['demo', 'quote'])
      await send(told('InquiryReceived', { kind }), 'application/cloudevents+json', { 'x-correlation-id': `inquiry-${kind}` });
    const decisions = await until(async () => {
      const events = await stream('lead-lead-1');
      return events.some(({ type }) => type === 'LeadAssigned') ? events : undefined;
    });
    const facts = await stream('activity-lead-1');
    const byId = new Map([...facts, ...decisions].map((event) => [event.id, event]));
    const [assigned, handedOff] = [
      decisions.findLast(({ type }) => type === 'LeadAssigned')!,
      decisions.findLast(({ type }) => type === 'LeadHandedOff')!,
    ];
    const hot = byId.get(handedOff.metadata.causationId!)!;
    const inquiry = byId.get(hot.metadata.causationId!)!;
    expect([assigned.metadata.causationId, hot.type, inquiry.type]).toEqual([handedOff.id, 'LeadTierChanged', 'InquiryReceived']);
    for (const decision of [assigned, handedOff, hot]) expect(decision.metadata.correlationId).toBe(inquiry.metadata.correlationId);
    expect(inquiry.metadata.correlationId).toMatch(/^inquiry-(demo|quote)$/);
  });

  it('measures requests, appends, read models, reactions and jobs', async () => {
    await until(async () =>
      (await metric(worker.url, 'leadlog_jobs', { queue: 'webhooks.sfa', state: 'done' })) === 1 ? true : undefined,
    );
    expect(
      await metric(api.url, 'leadlog_http_request_duration_seconds_count', { method: 'POST', route: '/v1/events', status: '201' }),
    ).toBe(3);
    expect(
      await metric(api.url, 'leadlog_http_request_duration_seconds_count', { route: '/v1/log/streams/:stream', status: '200' }),
    ).toBeGreaterThan(2);
    expect(await metric(api.url, 'leadlog_event_log_append_duration_seconds_count', { outcome: 'written' })).toBeGreaterThanOrEqual(4);
    const written = Number(await metric(api.url, 'leadlog_event_log_appended_events_total'));
    expect(written).toBeGreaterThanOrEqual(6);
    await send(told('WebPageViewed', { url: 'https://example.com/', category: 'price' }, { id: 'o-1' }), 'application/cloudevents+json');
    await send(told('WebPageViewed', { url: 'https://example.com/', category: 'price' }, { id: 'o-1' }), 'application/cloudevents+json');
    expect(await metric(api.url, 'leadlog_event_log_appended_events_total')).toBe(written);

    expect(await metric(worker.url, 'leadlog_reaction_duration_seconds_count', { reaction: 'hand-off', outcome: 'acted' })).toBe(1);
    expect(await metric(worker.url, 'leadlog_event_log_append_duration_seconds_count', { outcome: 'written' })).toBeGreaterThanOrEqual(2);
    expect(await metric(worker.url, 'leadlog_projection_commit_duration_seconds_count', { outcome: 'written' })).toBeGreaterThan(0);
    expect(await metric(worker.url, 'leadlog_job_duration_seconds_count', { queue: 'webhooks.sfa', outcome: 'done' })).toBe(1);
    for (const { url } of [api, worker]) {
      for (const storage of ['event_log', 'read_models', 'jobs']) expect(await metric(url, 'leadlog_storage_up', { storage })).toBe(1);
      await until(async () =>
        (await metric(url, 'leadlog_projection_lag_positions', { projection: 'leads', state: 'live' })) === 0 ? true : undefined,
      );
      expect(await metric(url, 'leadlog_projection_parked_keys', { projection: 'scores', state: 'live' })).toBe(0);
      expect(await metric(url, 'leadlog_projection_events_per_second', { projection: 'scores', state: 'live' })).toBeGreaterThanOrEqual(0);
      expect(await metric(url, 'leadlog_projection_generations', { projection: 'scores', state: 'live' })).toBe(1);
      expect(await metric(url, 'leadlog_log_head_position')).toBeGreaterThan(0);
      expect(await metric(url, 'nodejs_eventloop_lag_seconds')).toBeGreaterThanOrEqual(0);
      expect(await metric(url, 'process_resident_memory_bytes')).toBeGreaterThan(1e6);
    }
  });

  it('writes one JSON object a line, with the correlation id of the request and nothing about the person', async () => {
    await fetch(`${api.url}/v1/leads?q=${encodeURIComponent('鈴木花子')}`, { headers: { 'x-correlation-id': 'search-1' } });
    const line = await until(() => Promise.resolve(api.stderr.find((one) => one.includes('"search-1"'))));
    expect(JSON.parse(line)).toMatchObject({
      level: 20,
      correlationId: 'search-1',
      method: 'GET',
      route: '/v1/leads',
      status: 200,
      msg: 'request',
    });
    const all = [...api.stderr, ...worker.stderr];
    for (const one of all) expect(JSON.parse(one)).toMatchObject({ level: expect.any(Number), msg: expect.any(String) });
    for (const personal of ['鈴木', MAIL, encodeURIComponent('鈴木'), 'みなと精機'])
      expect(all.filter((one) => one.includes(personal))).toEqual([]);
  });
});
