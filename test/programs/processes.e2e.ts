import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { getJson, postJson, startHalf, temporaryFolder, type EngineProcess } from '../support/engine-process';

const event = (id: string) => ({
  specversion: '1.0',
  id,
  source: '/processes',
  type: 'WebPageViewed',
  subject: 'lead-7',
  time: '2026-03-02T10:00:00+09:00',
  data: { url: 'https://example.com/price', category: 'price', dwellMs: 15_000 },
});

describe('api and worker as processes of their own', () => {
  const { folder, remove } = temporaryFolder();
  let api: EngineProcess;
  let worker: EngineProcess;
  beforeAll(async () => {
    api = await startHalf('api', folder);
    worker = await startHalf('worker', folder);
  });
  afterAll(async () => {
    await api?.kill();
    await worker?.kill();
    remove();
  });

  it('make one engine: what the api takes in, the worker folds, and the api answers', async () => {
    const { status, body } = await postJson<{ position: string }>(`${api.url}/v1/events`, event('1'), 'application/cloudevents+json');
    expect(status).toBe(201);
    const why = await getJson<{ leadId: string; axes: { score: number }[] }>(
      `${api.url}/v1/leads/lead-7/why?after=${body.position}&timeout=30000`,
    );
    expect(why).toMatchObject({ leadId: 'lead-7', tier: 'cold' });
  });

  it('both say whether they live and are ready; a worker answers nothing else', async () => {
    for (const { url } of [api, worker]) {
      expect(await getJson(`${url}/health/live`)).toEqual({ status: 'live' });
      expect(await getJson(`${url}/health/ready`)).toMatchObject({ status: 'ready' });
    }
    expect((await fetch(`${worker.url}/v1/leads`)).status).toBe(404);
  });

  it('the api ends on SIGTERM with 0 after it has answered what is under way, and takes nothing new', async () => {
    const lines = new TransformStream<string, string>();
    const writer = lines.writable.getWriter();
    const answer = fetch(`${api.url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: lines.readable.pipeThrough(new TextEncoderStream()),
      duplex: 'half',
    } as RequestInit);
    await writer.write(`${JSON.stringify(event('2'))}\n`);
    const reader = (await answer).body!.pipeThrough(new TextDecoderStream()).getReader();
    expect(JSON.parse((await reader.read()).value!)).toMatchObject({ line: 1, result: 'accepted' });

    const ended = api.stop();
    for (let refused = false; !refused;)
      refused = await fetch(`${api.url}/health/live`).then(
        (response) => response.text().then(() => response.status === 503),
        () => true,
      );
    await writer.write(`${JSON.stringify(event('3'))}\n`);
    await writer.close();
    let rest = '';
    for (let step = await reader.read(); !step.done; step = await reader.read()) rest += step.value;
    expect(
      rest
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toMatchObject([
      { line: 2, result: 'accepted' },
      { accepted: 2, duplicates: 0, rejected: 0 },
    ]);
    expect(await ended).toBe(0);

    api = await startHalf('api', folder);
    expect((await postJson<object>(`${api.url}/v1/events`, event('3'), 'application/cloudevents+json')).body).toMatchObject({
      result: 'duplicate',
    });
  });

  it('the worker ends on SIGTERM with 0, and one started again goes on', async () => {
    expect(await worker.stop()).toBe(0);
    const { body } = await postJson<{ position: string }>(`${api.url}/v1/events`, event('4'), 'application/cloudevents+json');
    worker = await startHalf('worker', folder, { ROLES: 'projections,reactions' });
    await getJson(`${api.url}/v1/leads/lead-7?after=${body.position}&timeout=30000`);
  });

  it('say in one line what is wrong with a setting, and end with 1', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const port = String((taken.address() as AddressInfo).port);
    for (const half of ['api', 'worker'] as const) {
      await expect(startHalf(half, folder, { PORT: port })).rejects.toThrow(
        // On servers it has warned by then that it records in clear.
        new RegExp(
          `ended with 1 before it listened:\\n(\\{.*\\}\\n)?PORT: expected a free port, but something listens on 127.0.0.1:${port} already`,
        ),
      );
      await expect(startHalf(half, folder, { ROLES: 'job' })).rejects.toThrow(
        'ended with 1 before it listened:\nROLES: expected one or more of projections, reactions, jobs',
      );
    }
    taken.close();
  });
});
