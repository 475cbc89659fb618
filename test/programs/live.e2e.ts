import { getJson, postJson, startHalf, temporaryFolder, untilReady, type EngineProcess } from '../support/engine-process';
import { LiveStream } from '../support/live-stream.testing';
import { AS_OWNER } from '../support/owner-key';

/** Two APIs apart from the worker, on one folder or on servers. */
const { folder, remove } = temporaryFolder();
const apis: EngineProcess[] = [];
let worker: EngineProcess;
beforeAll(async () => {
  worker = await startHalf('worker', folder);
  apis.push(await startHalf('api', folder), await startHalf('api', folder));
  await Promise.all(apis.map(({ url }) => untilReady(url)));
  // Of an empty log there is nothing to come back to.
  await tell('zero');
});
afterAll(async () => {
  await Promise.all([worker, ...apis].map((one) => one.kill()));
  remove();
});

async function tell(leadId: string, api = apis[0]!): Promise<void> {
  const event = {
    specversion: '1.0',
    id: leadId,
    source: '/web',
    type: 'InquiryReceived',
    subject: leadId,
    time: new Date().toISOString(),
    data: { kind: 'quote', text: 'PERSONAL' },
  };
  await postJson(`${api.url}/v1/events`, event, 'application/cloudevents+json');
}
const heardOf = (leadId: string) => (stream: LiveStream) => stream.said('leads').includes(leadId);

it('what one API takes is told by another, once whoever asks there finds it', async () => {
  const stream = await LiveStream.open(apis[1]!.url, AS_OWNER);
  await tell('one');
  await stream.until(heardOf('one'));
  expect(await getJson(`${apis[1]!.url}/v1/leads/one`)).toMatchObject({ leadId: 'one' });
  expect(JSON.stringify(stream.messages)).not.toContain('PERSONAL');
  stream.close();
});

it('whoever listened to an API that was restarted, or killed, goes on where they were', async () => {
  let stream = await LiveStream.open(apis[0]!.url, AS_OWNER);
  await stream.until(({ messages }) => messages.length > 0);
  for (const end of ['stop', 'kill'] as const) {
    await apis[0]![end]();
    await stream.ended();
    await tell(`after-${end}`, apis[1]);
    apis[0] = await startHalf('api', folder);
    stream = await LiveStream.open(apis[0].url, AS_OWNER, stream.lastId);
    await stream.until(({ messages }) => messages.length > 0);
    expect(stream.messages[0]!.event).toBe('open');
    await stream.until(heardOf(`after-${end}`));
  }
  stream.close();
});

it('nothing is told while no worker folds, and then what has come meanwhile', async () => {
  const stream = await LiveStream.open(apis[0]!.url, AS_OWNER);
  await stream.until(({ messages }) => messages.length > 0);
  await worker.stop();
  await tell('two');
  const { keyId } = (await postJson<{ keyId: string }>(`${apis[0]!.url}/v1/keys`, { name: 'k', role: 'operator' }, 'application/json'))
    .body;
  // Of keys no read model has to know; it was made after.
  await stream.until((one) => one.said('keys').includes(keyId));
  expect(stream.said('leads')).toEqual([]);
  worker = await startHalf('worker', folder);
  await stream.until(heardOf('two'));
  stream.close();
});
