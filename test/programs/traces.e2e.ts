import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { startEngine, temporaryFolder, type EngineProcess } from '../support/engine-process';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const SERVER_KIND = 2;
const CONSUMER_KIND = 5;

interface Attribute {
  key: string;
  value: { stringValue?: string; intValue?: number };
}

interface Span {
  service: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  attributes: Record<string, unknown>;
}

/** Takes OTLP over HTTP as JSON, as a collector does; and webhooks. */
class Collector {
  readonly spans: Span[] = [];
  delivered = 0;
  private readonly server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.url === '/hook') this.delivered += 1;
      else if (request.url === '/v1/traces' && request.headers['content-type'] === 'application/json')
        this.take(Buffer.concat(chunks).toString());
      else return void response.writeHead(404).end();
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });

  async listen(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async end(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }

  private take(text: string): void {
    const valuesOf = (attributes: Attribute[]) =>
      Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]));
    const { resourceSpans } = JSON.parse(text) as {
      resourceSpans: {
        resource: { attributes: Attribute[] };
        scopeSpans: { spans: (Omit<Span, 'attributes'> & { attributes: Attribute[] })[] }[];
      }[];
    };
    for (const { resource, scopeSpans } of resourceSpans) {
      const service = String(valuesOf(resource.attributes)['service.name']);
      for (const span of scopeSpans.flatMap(({ spans }) => spans))
        this.spans.push({ ...span, service, attributes: valuesOf(span.attributes) });
    }
  }
}

describe('traces', () => {
  const { folder, remove } = temporaryFolder();
  const collector = new Collector();
  let engine: EngineProcess;
  let collectorUrl: string;
  beforeAll(async () => {
    collectorUrl = await collector.listen();
    const policy = join(folder, 'policy.yaml');
    writeFileSync(
      policy,
      `reps: [{ id: rep-1, team: inside-1 }]\nsla: { accept: 4h, contact: 24h }\ndestinations: [{ name: sfa, url: '${collectorUrl}/hook', secretEnv: TEST_SECRET }]\n`,
    );
    engine = await startEngine(folder, {
      LEADLOG_POLICY: policy,
      TEST_SECRET: Buffer.from('a secret of this test').toString('base64'),
      OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl,
    });
  });
  afterAll(async () => {
    await engine.kill();
    await collector.end();
    remove();
  });

  const send = (type: string, id: string, data: object, headers: Record<string, string> = {}) =>
    fetch(`${engine.url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents+json', ...headers },
      body: JSON.stringify({ specversion: '1.0', id, source: '/traced', type, subject: 'lead-1', time: new Date().toISOString(), data }),
    });
  const named = (name: string, attributes: Record<string, unknown> = {}) =>
    collector.spans.filter(
      (span) => span.name === name && Object.entries(attributes).every(([key, value]) => span.attributes[key] === value),
    );

  it('lead from the request to the log, from a reaction to its decision, and from there to the delivery', async () => {
    const answer = await send(
      'LeadCaptured',
      't-1',
      { channel: 'form', profile: { title: '部長', company: '株式会社みなと精機' } },
      { traceparent: `00-${TRACE}-${PARENT}-01` },
    );
    expect([answer.status, answer.headers.get('x-correlation-id')]).toEqual([201, TRACE]);
    const untraced = await send('InquiryReceived', 't-2', { kind: 'demo' }, { traceparent: `00-${'a'.repeat(32)}-${PARENT}-00` });
    expect(untraced.status).toBe(201);
    await send('InquiryReceived', 't-3', { kind: 'quote' });
    await fetch(`${engine.url}/health/live`);
    while (collector.delivered === 0) await new Promise((turn) => setTimeout(turn, 20));
    expect(await engine.stop()).toBe(0);

    const [request] = collector.spans.filter(({ name, traceId }) => name === 'POST /v1/events' && traceId === TRACE) as [Span];
    expect(request).toMatchObject({
      parentSpanId: PARENT,
      kind: SERVER_KIND,
      service: 'leadlog-api',
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/v1/events',
        'http.response.status_code': 201,
        'leadlog.correlation_id': TRACE,
      },
    });
    const [append] = collector.spans.filter(({ name, traceId }) => name === 'event-log append' && traceId === TRACE) as [Span];
    expect(append).toMatchObject({ parentSpanId: request.spanId, service: 'leadlog-api' });

    const [handOff] = named('reaction', { 'leadlog.reaction': 'hand-off' }) as [Span];
    expect(handOff).toMatchObject({ service: 'leadlog-worker', attributes: { 'leadlog.key': 'lead-1' } });
    expect(
      named('event-log append', { 'leadlog.stream': 'lead-lead-1' }).map(({ parentSpanId, traceId }) => [parentSpanId, traceId]),
    ).toContainEqual([handOff.spanId, handOff.traceId]);

    const [delivery] = named('reaction', { 'leadlog.reaction': 'deliver-handoff' }) as [Span];
    expect(named('job')).toMatchObject([
      {
        parentSpanId: delivery.spanId,
        traceId: delivery.traceId,
        kind: CONSUMER_KIND,
        attributes: { 'leadlog.queue': 'webhooks.sfa', 'leadlog.attempt': 1 },
      },
    ]);
    expect(named('projection commit').length).toBeGreaterThan(0);

    // Whoever sends us a trace decides whether it is kept; machines that ask for health are no part of any.
    expect(collector.spans.filter(({ traceId }) => traceId === 'a'.repeat(32))).toEqual([]);
    expect(collector.spans.filter(({ name }) => name.includes('health'))).toEqual([]);
  });

  it('an engine ends all the same when nobody takes its last spans', async () => {
    await collector.end();
    engine = await startEngine(folder, { OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl });
    expect((await send('InquiryReceived', 't-4', { kind: 'demo' })).status).toBe(201);
    expect(await engine.stop()).toBe(0);
  });

  it('are not even loaded where nobody asks for them', () => {
    const loaded = (env: NodeJS.ProcessEnv) =>
      execFileSync(
        process.execPath,
        [
          '-e',
          `const { startTracing } = require('./apps/operating/tracing'); require('./apps/api/start-api'); startTracing({ tracesTo: process.env.TO }, 'x');
          console.log(Object.keys(require.cache).filter((file) => /@opentelemetry.(sdk|exporter|otlp)/.test(file)).length)`,
        ],
        { cwd: resolve('dist'), env: { ...process.env, ...env } },
      ).toString();
    expect(Number(loaded({}))).toBe(0);
    expect(Number(loaded({ TO: 'http://127.0.0.1:4318' }))).toBeGreaterThan(10);
  });
});
