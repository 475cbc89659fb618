import { request } from 'node:http';
import { createKey, KnownAccess, revokeKey } from '@leadlog/access';
import { engineOnFiles } from '@leadlog/events/engine-on-files.testing';
import { leadsProjection } from '@leadlog/lead';
import { apiOnFiles } from '../../../test/support/owned-api.testing';

const engine = engineOnFiles(leadsProjection({ timezone: 'Asia/Tokyo' }));
const line = (id: string) =>
  `${JSON.stringify({ specversion: '1.0', id, source: '/web', type: 'InquiryReceived', time: '2026-11-20T09:00:00Z', data: { leadId: 'a', kind: 'quote' } })}\n`;

beforeAll(() => engine.start());
afterAll(() => engine.end());

it('a stream of events ends when its key is revoked, and what was answered holds', async () => {
  const { log } = engine;
  const writer = { log, clock: Date.now, actor: { kind: 'system' as const, id: 'test' } };
  const { key, keyId } = await createKey(writer, { name: 's', role: 'sender' });
  const access = new KnownAccess(log);
  await access.open();
  const { app, close } = await apiOnFiles(engine, { access });
  await app.listen(0, '127.0.0.1');
  const sending = request(`${await app.getUrl()}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' },
  });
  const answers = (async () => {
    const texts: string[] = [];
    const response = await new Promise<AsyncIterable<Buffer>>((got) => sending.once('response', got));
    for await (const chunk of response) {
      texts.push(...String(chunk).trim().split('\n'));
      if (texts.length > 1) continue;
      await revokeKey(writer, keyId);
      await access.refresh();
      sending.write(line('second'));
    }
    return texts.map((text) => JSON.parse(text) as { id?: string; result?: string; incomplete?: { status: number } });
  })();
  sending.write(line('first'));
  const [first, ...rest] = await answers;
  sending.destroy();
  expect(first).toMatchObject({ id: 'first', result: 'accepted' });
  expect(JSON.stringify(rest)).toContain('was revoked');
  expect(rest.map(({ id }) => id)).not.toContain('second');
  await close();
});
