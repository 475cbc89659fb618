import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { postJson, startEngine, temporaryFolder, type EngineProcess } from '../support/engine-process';

const SECRET = Buffer.from('a secret of this test, and of no other').toString('base64');
const LEADS = 5;

interface Received {
  id: string;
  status: number;
  body: { type: string; data: { handoff: { at: string }; event: { leadId: string; handoffId: string; dossier: { leadId: string } } } };
}

describe('a handed-off lead is told to a webhook', () => {
  const { folder, remove } = temporaryFolder();
  const received: Received[] = [];
  let open = false;
  let receiver: Server;
  let engine: EngineProcess;
  let policy: string;

  beforeAll(async () => {
    receiver = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const status = open ? 204 : 503;
        new Webhook(SECRET).verify(text, request.headers as Record<string, string>);
        received.push({ id: String(request.headers['webhook-id']), status, body: JSON.parse(text) as Received['body'] });
        response.writeHead(status, open ? {} : { 'retry-after': '1' }).end();
      });
    });
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    policy = join(folder, 'policy.yaml');
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
    writeFileSync(
      policy,
      `reps: [{ id: rep-1, team: inside-1 }]\nsla: { accept: 4h, contact: 24h }\ndestinations: [{ name: sfa, url: '${url}', secretEnv: TEST_SECRET }]\n`,
    );
    engine = await start();
  });
  afterAll(async () => {
    await engine.stop();
    receiver.closeAllConnections();
    receiver.close();
    remove();
  });

  const start = () => startEngine(folder, { LEADLOG_POLICY: policy, TEST_SECRET: SECRET });
  let sent = 0;
  async function tell(type: string, subject: string, data: object): Promise<void> {
    const event = { specversion: '1.0', id: `w-${(sent += 1)}`, source: '/webhook', type, subject, time: new Date().toISOString(), data };
    expect(await postJson(`${engine.url}/v1/events`, event, 'application/cloudevents+json')).toMatchObject({ status: 201 });
  }
  async function until(so: () => boolean): Promise<void> {
    const giveUpAt = Date.now() + 300_000;
    while (!so()) {
      if (Date.now() > giveUpAt)
        throw new Error(
          `received ${JSON.stringify(received.map(({ id, status }) => [id, status]))}; the engine says\n${engine.stderr.join('\n')}`,
        );
      await new Promise((turn) => setTimeout(turn, 20));
    }
  }
  const delivered = () => received.filter(({ status }) => status === 204);

  it('once for every handoff, signed, with the dossier, although it was down and the engine was killed meanwhile', async () => {
    for (let lead = 1; lead <= LEADS; lead += 1) {
      const subject = `lead-${lead}`;
      await tell('LeadCaptured', subject, { channel: 'form', profile: { title: '部長', company: '株式会社みなと精機' } });
      for (const kind of ['demo', 'quote']) await tell('InquiryReceived', subject, { kind });
    }
    await until(() => new Set(received.map(({ id }) => id)).size === LEADS);
    // A delivery that is cut off in the middle waits for its lease, a minute; the contract of jobs shows that it comes. Here all wait for
    // their next try.
    await new Promise((written) => setTimeout(written, 500));
    await engine.kill();
    expect(delivered()).toEqual([]);

    open = true;
    engine = await start();
    await until(() => delivered().length >= LEADS);
    // Another restart makes all reactions look at every unanswered handoff again; a clean stop ends what is on its way.
    await engine.stop();
    engine = await start();
    await engine.stop();

    expect(
      delivered()
        .map(({ body }) => body.data.event.handoffId)
        .sort(),
    ).toEqual(Array.from({ length: LEADS }, (_, n) => `lead-${n + 1}.1`));
    expect(new Set(delivered().map(({ id }) => id)).size).toBe(LEADS);
    for (const { body } of delivered())
      expect(body).toMatchObject({
        type: 'lead.handed_off',
        data: {
          handoff: { at: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/) as string },
          event: { dossier: { leadId: body.data.event.leadId } },
        },
      });
    engine = await start();
  });

  it('which a policy that somebody publishes may only name where the engine may dial', async () => {
    const publish = (url: string) =>
      postJson(`${engine.url}/v1/policies/standard/publish`, {
        document: `reps: [{ id: rep-1, team: inside-1 }]\nsla: { accept: 4h, contact: 24h }\ndestinations: [{ name: sfa, url: '${url}', secretEnv: TEST_SECRET }]\n`,
      });
    for (const url of ['https://169.254.169.254/latest', 'http://sfa.example/hook', 'https://[::ffff:10.0.0.5]/'])
      expect(await publish(url)).toMatchObject({ status: 422, body: { errors: [{ pointer: '/destinations/0/url' }] } });
    // Where the operator's own policy delivers to, others may too.
    expect(await publish('http://127.0.0.1:9/hook')).toMatchObject({ status: 202 });
  });
});
