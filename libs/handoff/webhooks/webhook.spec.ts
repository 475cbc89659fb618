import { SqliteJobs } from '@leadlog/jobs/sqlite/sqlite-jobs';
import { GiveUp, TryLater, type JobRecord } from '@leadlog/jobs';
import { retryDelayMs } from '@leadlog/jobs/policy';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { WebhookTargets } from './targets';
import { deliverWebhook, retryAfter, type Deliver, type Delivery } from './webhook';
import { enqueueDelivery, WEBHOOK_POLICY, webhookJobs, webhookQueue } from './webhook-jobs';

const secret = `whsec_${Buffer.from('a secret of this test only').toString('base64')}`;
const delivery: Delivery = {
  id: 'handoff-1',
  type: 'lead.handed-off',
  timestamp: '2026-01-05T09:00:00+09:00',
  data: { lead: '株式会社青山 髙橋 🏢' },
};
const never = new AbortController().signal;
/** Receivers of this test are on this machine. */
const targets = new WebhookTargets(['127.0.0.1']);

interface Received {
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** A real receiver on this machine; `answer` decides, everything that came is kept. */
class Receiver {
  readonly received: Received[] = [];
  answer: (response: ServerResponse, request: Received) => void = (response) => response.writeHead(204).end();
  private readonly server: Server = createServer((request, response) => void this.take(request, response));

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }
  async end(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const received = { url: request.url!, headers: request.headers as Record<string, string>, body: Buffer.concat(chunks).toString() };
    this.received.push(received);
    this.answer(response, received);
  }
}

describe('delivering a webhook', () => {
  let receiver: Receiver;
  let destination: Deliver;
  beforeEach(async () => {
    receiver = await new Receiver().start();
    destination = { name: 'sfa', url: receiver.url, secret, targets };
  });
  afterEach(() => receiver.end());
  const failure = (): Promise<unknown> =>
    deliverWebhook(destination, delivery, never).then(
      () => undefined,
      (error: unknown) => error,
    );
  const answering = (status: number, headers: Record<string, string> = {}, body = '') => {
    receiver.answer = (response) => response.writeHead(status, headers).end(body);
    return failure();
  };

  it('posts type, timestamp and data, signed so that a Standard Webhooks receiver accepts it', async () => {
    await deliverWebhook(destination, delivery, never);
    const [{ headers, body }] = receiver.received as [Received];
    expect(new Webhook(secret).verify(body, headers)).toEqual({ type: delivery.type, timestamp: delivery.timestamp, data: delivery.data });
    expect(headers).toMatchObject({ 'webhook-id': 'handoff-1', 'content-type': 'application/json' });
  });

  it('is refused by the receiver when body or secret differ', async () => {
    await deliverWebhook(destination, delivery, never);
    const [{ headers, body }] = receiver.received as [Received];
    expect(() => new Webhook(secret).verify(body.replace('青山', '赤山'), headers)).toThrow(/No matching signature/);
    expect(() => new Webhook(Buffer.from('another').toString('base64')).verify(body, headers)).toThrow(/No matching signature/);
  });

  it.each([200, 201, 202, 204])('takes %i for delivered', async (status) => expect(await answering(status)).toBeUndefined());

  it.each([400, 401, 403, 404, 409, 410, 413, 422])('gives up on %i, with what the receiver said', async (status) => {
    const error = await answering(status, {}, '項目が足りません');
    expect(error).toBeInstanceOf(GiveUp);
    expect((error as Error).message).toMatch(new RegExp(`^webhook sfa answered ${status}: 項目が足りません`));
  });

  it.each([408, 425, 429, 500, 502, 503])('lets %i be tried again', async (status) => {
    const error = await answering(status);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(GiveUp);
  });

  it.each([301, 302, 307, 308])('follows no redirect (%i) and gives up, saying where it leads', async (status) => {
    const error = await answering(status, { location: `${receiver.url}/elsewhere` });
    expect(error).toBeInstanceOf(GiveUp);
    expect((error as Error).message).toContain(`${receiver.url}/elsewhere`);
    expect(receiver.received).toHaveLength(1);
  });

  it.each([429, 503])('keeps to Retry-After of a %i', async (status) => {
    expect(await answering(status, { 'retry-after': '120' })).toMatchObject({ name: 'TryLater', afterMs: 120_000 });
    expect(await answering(status, { 'retry-after': 'soon' })).not.toBeInstanceOf(TryLater);
  });

  it('reads Retry-After as seconds or as a date, at most a day', () => {
    const now = Date.UTC(2026, 0, 5);
    expect(
      ['7', 'Mon, 05 Jan 2026 00:01:00 GMT', 'Sun, 04 Jan 2026 00:00:00 GMT', '99999999', 'x', '', undefined].map((header) =>
        retryAfter(header, now),
      ),
    ).toEqual([7_000, 60_000, 0, 86_400_000, undefined, undefined, undefined]);
  });

  it('keeps the first 500 characters of a long answer', async () => {
    const error = (await answering(500, {}, '長'.repeat(300_000))) as Error;
    expect(error.message).toBe(`webhook sfa answered 500: ${'長'.repeat(500)}`);
  });

  it('says that a receiver did not answer in time', async () => {
    destination.timeoutMs = 50;
    receiver.answer = () => undefined;
    expect(await failure()).toMatchObject({ message: 'webhook sfa: no answer within 50 ms' });
  });

  it('says that nobody listens there', async () => {
    const gone = await new Receiver().start();
    destination.url = gone.url;
    await gone.end();
    const error = await failure();
    expect(error).not.toBeInstanceOf(GiveUp);
    expect((error as Error).message).toMatch(/^webhook sfa: .*ECONNREFUSED/);
  });

  it('ends at once when it is aborted', async () => {
    const controller = new AbortController();
    receiver.answer = () => controller.abort();
    await expect(deliverWebhook(destination, delivery, controller.signal)).rejects.toThrow(/^webhook sfa: /);
  });
});

describe('webhooks through the jobs', () => {
  let receivers: Receiver[];
  let folder: string;
  let jobs: SqliteJobs;
  let worker: { stop(graceMs?: number): Promise<void> } | undefined;
  beforeEach(async () => {
    receivers = [await new Receiver().start(), await new Receiver().start()];
    folder = mkdtempSync(join(tmpdir(), 'leadlog-webhooks-'));
    jobs = SqliteJobs.open({ file: join(folder, 'jobs.db'), onWarning: () => undefined });
  });
  afterEach(async () => {
    await worker?.stop(0);
    worker = undefined;
    await jobs.close();
    for (const receiver of receivers) await receiver.end();
    rmSync(folder, { recursive: true });
  });
  const start = (attempts = 8) => {
    const destinations = receivers.map(({ url }, index) => ({ name: `d${index}`, url, secret }));
    worker = webhookJobs(jobs, destinations, targets, { attempts, backoff: { firstMs: 5, maxMs: 20 } });
  };
  const reaches = async (queue: string, id: string, state: JobRecord['state']): Promise<JobRecord> => {
    for (;;) {
      const record = await jobs.get(queue, id);
      if (record?.state === state) return record;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };

  it('tries again until it is taken, each time with the same message id and a valid signature', async () => {
    const [receiver] = receivers as [Receiver];
    receiver.answer = (response) => response.writeHead(receiver.received.length < 3 ? 500 : 200).end();
    start();
    expect(await enqueueDelivery(jobs, 'd0', delivery)).toBe(true);
    expect(await enqueueDelivery(jobs, 'd0', delivery)).toBe(false);
    expect(await reaches(webhookQueue('d0'), 'handoff-1', 'done')).toMatchObject({ attempts: 3 });
    for (const { body, headers } of receiver.received) new Webhook(secret).verify(body, headers);
    expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual(['handoff-1', 'handoff-1', 'handoff-1']);
  });

  it('makes a delivery to where nothing may be sent a dead letter at once, which names what would allow it', async () => {
    const url = receivers[0]!.url;
    worker = webhookJobs(jobs, [{ name: 'd0', url, secret }], new WebhookTargets());
    await enqueueDelivery(jobs, 'd0', delivery);
    expect(await reaches(webhookQueue('d0'), 'handoff-1', 'dead')).toMatchObject({
      attempts: 1,
      lastError: 'webhook d0: expected a public address, or one that LEADLOG_WEBHOOK_ALLOW names, got 127.0.0.1 (loopback)',
    });
    expect(receivers[0]!.received).toEqual([]);
  });

  it('keeps a refused delivery as a dead letter, and a redrive delivers it', async () => {
    const [receiver] = receivers as [Receiver];
    receiver.answer = (response) => response.writeHead(422).end('leadId missing');
    start();
    await enqueueDelivery(jobs, 'd0', delivery);
    await reaches(webhookQueue('d0'), 'handoff-1', 'dead');
    expect(await jobs.list(webhookQueue('d0'), 'dead')).toMatchObject([
      { id: 'handoff-1', attempts: 1, lastError: 'webhook d0 answered 422: leadId missing', payload: delivery },
    ]);
    receiver.answer = (response) => response.writeHead(200).end();
    expect(await jobs.redrive(webhookQueue('d0'), 'handoff-1')).toBe(true);
    await reaches(webhookQueue('d0'), 'handoff-1', 'done');
  });

  it('makes a delivery that fails to the end a dead letter', async () => {
    receivers[0]!.answer = (response) => response.writeHead(500).end('down');
    start(3);
    await enqueueDelivery(jobs, 'd0', delivery);
    expect(await reaches(webhookQueue('d0'), 'handoff-1', 'dead')).toMatchObject({
      attempts: 3,
      lastError: 'webhook d0 answered 500: down',
    });
  });

  it('delivers to one destination while another hangs on everything it is sent', async () => {
    receivers[0]!.answer = () => undefined;
    start();
    for (let n = 0; n < 20; n += 1) await enqueueDelivery(jobs, 'd0', { ...delivery, id: `hangs-${n}` });
    await enqueueDelivery(jobs, 'd1', delivery);
    await reaches(webhookQueue('d1'), 'handoff-1', 'done');
    expect(await jobs.counts(webhookQueue('d0'))).toMatchObject({ done: 0, dead: 0 });
  });

  it.each([
    ['a name', { name: 'a b', url: 'http://127.0.0.1/', secret }, /expected a name/],
    ['an url', { name: 'a', url: 'ftp://127.0.0.1/', secret }, /expected an http or https url, got "ftp:/],
    ['a secret', { name: 'a', url: 'http://127.0.0.1/', secret: 'no base64!' }, /expected a secret in base64/],
  ])('refuses %s that cannot work before anything is sent', (_, destination, message) => {
    expect(() => webhookJobs(jobs, [destination], targets)).toThrow(message);
  });
});

describe('a destination that is down', () => {
  const { attempts, backoff } = WEBHOOK_POLICY;
  const HOUR = 3_600_000;
  const waits = (random: number) => Array.from({ length: attempts - 1 }, (_, n) => retryDelayMs(backoff, n + 1, random));
  const total = (all: readonly number[]) => all.reduce((sum, wait) => sum + wait, 0);

  it('is tried for half a day at the least, a day and a half at the most, and told within half an hour of its return', () => {
    expect(total(waits(0))).toBeGreaterThan(12 * HOUR);
    expect(total(waits(1))).toBeLessThan(36 * HOUR);
    expect(Math.max(...waits(1))).toBeLessThanOrEqual(HOUR / 2);
  });

  it('for an hour, by the clock of the jobs: every delivery arrives, once, and none is a dead letter', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'leadlog-outage-'));
    const receiver = await new Receiver().start();
    const start = Date.UTC(2026, 0, 5);
    let now = start;
    const file = join(folder, 'jobs.db');
    const jobs = SqliteJobs.open({ file, clock: () => now, random: () => 0 });
    const taken: string[] = [];
    receiver.answer = (response, { headers }) => {
      if (now < start + HOUR) return void response.writeHead(502).end();
      taken.push(headers['webhook-id']!);
      response.writeHead(204).end();
    };
    const worker = webhookJobs(jobs, [{ name: 'sfa', url: receiver.url, secret }], targets);
    const ids = Array.from({ length: 12 }, (_, n) => `handoff-${n}`);
    for (const id of ids) await enqueueDelivery(jobs, 'sfa', { ...delivery, id });

    for (let tick = 0; (await jobs.counts(webhookQueue('sfa'))).done < ids.length;) {
      const waiting = await jobs.list(webhookQueue('sfa'), 'waiting');
      const { active, dead } = await jobs.counts(webhookQueue('sfa'));
      expect(dead).toBe(0);
      // Nothing is under way and nothing is due: an hour is over as soon as nobody waits for anything earlier.
      if (active === 0 && waiting.length > 0 && waiting.every(({ dueAt }) => dueAt > now)) {
        now = Math.min(...waiting.map(({ dueAt }) => dueAt));
        // Any news wakes the worker, which looks at the clock.
        await jobs.enqueue([{ id: `tick-${(tick += 1)}`, queue: 'clock', payload: null }]);
      }
      await new Promise((turn) => setTimeout(turn, 1));
    }
    expect(now - start).toBeGreaterThanOrEqual(HOUR);
    expect(taken.sort()).toEqual([...ids].sort());
    const refused = receiver.received.length - ids.length;
    expect(refused).toBeGreaterThanOrEqual(9 * ids.length);
    await worker.stop();
    await jobs.close();
    await receiver.end();
    rmSync(folder, { recursive: true });
  });
});
