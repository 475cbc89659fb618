import { getJson, postJson, startEngine, temporaryFolder, untilReady, type EngineProcess } from '../support/engine-process';
import { until } from '../support/until.testing';

interface Item {
  leadId: string;
  consentWithdrawn: { channel: string }[];
}

describe('a past that is imported, over HTTP', () => {
  const { folder, remove } = temporaryFolder();
  let engine: EngineProcess;
  let sent = 0;
  beforeAll(async () => {
    engine = await startEngine(folder);
    await untilReady(engine.url);
  });
  afterAll(async () => {
    await engine.stop();
    remove();
  });

  const event = (type: string, leadId: string, data: object, minutesAgo = 0) => ({
    specversion: '1.0',
    id: `e${(sent += 1)}`,
    source: '/test',
    type,
    subject: leadId,
    time: new Date(Date.now() - minutesAgo * 60_000).toISOString(),
    data,
  });
  const hot = (leadId: string) => [
    event('LeadCaptured', leadId, { channel: 'form', profile: { name: '青山 晴香', title: '部長', employees: 200 } }, 2 * 24 * 60),
    event('InquiryReceived', leadId, { kind: 'demo' }, 60),
    event('InquiryReceived', leadId, { kind: 'quote' }, 60),
  ];
  const send = (events: object[], query = '') =>
    postJson<{ accepted: number }>(`${engine.url}/v1/events${query}`, events, 'application/cloudevents-batch+json');
  const inInbox = (leadId: string) =>
    until(async () => {
      const { position } = await getJson<{ position: string }>(`${engine.url}/v1/log/head`);
      const { items } = await getJson<{ items: Item[] }>(`${engine.url}/v1/inbox?after=${position}`);
      return items.find((item) => item.leadId === leadId);
    });

  it('hands nobody to sales silently, nor who has bought in any case; an act afterwards does', async () => {
    expect(await send(hot('silent'), '?decisions=silent')).toMatchObject({ status: 200, body: { accepted: 3 } });
    const bought = event(
      'DealWon',
      'bought',
      { dealId: 'd-1', amount: { value: 1, currency: 'JPY' }, signedAt: new Date(Date.now() - 86_400_000).toISOString() },
      24 * 60,
    );
    await send([...hot('bought'), bought], '?decisions=all');
    await send(hot('all'), '?decisions=all');
    await send([...hot('refuses'), event('ConsentChanged', 'refuses', { channel: 'phone', status: 'withdrawn' })]);
    expect((await inInbox('refuses')).consentWithdrawn).toMatchObject([{ channel: 'phone' }]);
    await inInbox('all');
    const { items } = await getJson<{ items: Item[] }>(`${engine.url}/v1/inbox`);
    expect(items.map(({ leadId }) => leadId).sort()).toEqual(['all', 'refuses']);
    await send([event('InquiryReceived', 'silent', { kind: 'contact' })]);
    await inInbox('silent');
  });

  it('says what is expected where the parameter is wrong', async () => {
    expect(await send([], '?decisions=quiet')).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/decisions', got: '"quiet"' }] },
    });
    expect(await send([], '?decisions=silent&decisions-before=yesterday')).toMatchObject({ status: 400 });
  });
});
