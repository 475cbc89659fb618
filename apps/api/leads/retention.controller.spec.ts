import { join } from 'node:path';
import { engineOnFiles } from '@leadlog/events/engine-on-files.testing';
import { recorded } from '@leadlog/events/recorded.testing';
import { handoffsProjection } from '@leadlog/handoff';
import { leadsProjection } from '@leadlog/lead';
import { MasterKey } from '@leadlog/personal';
import { SqlitePersonalKeys } from '@leadlog/personal/sqlite/sqlite-personal-keys';
import { apiOnFiles } from '../../../test/support/owned-api.testing';

const files = engineOnFiles(leadsProjection({ timezone: 'Asia/Tokyo' }), handoffsProjection);
const keys = SqlitePersonalKeys.open({ file: join(files.folder, 'keys.db'), master: new MasterKey(Buffer.alloc(32, 7)) });
let forgetting: Awaited<ReturnType<typeof apiOnFiles>>;
let inClear: Awaited<ReturnType<typeof apiOnFiles>>;

beforeAll(async () => {
  await files.start();
  await files.tell(
    ...['a', 'b', 'c'].map((leadId) => recorded('LeadCaptured', { leadId, channel: 'form' }, { at: '2020-01-10T10:00:00+09:00' })),
    recorded('DealWon', { leadId: 'c', dealId: 'd-1' }, { at: '2020-02-10T10:00:00+09:00' }),
    recorded('LeadCaptured', { leadId: 'recent', channel: 'form' }, { at: Date.now() - 60_000 }),
  );
  [forgetting, inClear] = await Promise.all([apiOnFiles(files, { keys }), apiOnFiles(files)]);
});
afterAll(async () => {
  await Promise.all([forgetting.close(), inClear.close()]);
  await keys.close();
  await files.end();
});

const ask = async (method: 'GET' | 'POST', url: string, payload?: object, { app } = forgetting) => {
  const { statusCode: status, body } = await app.inject({ method, url, ...(payload && { payload }) });
  return { status, body: JSON.parse(body) as Record<string, unknown> & { items: { leadId: string; keptBy: string[] }[] } };
};
const preview = async () =>
  (await ask('GET', '/v1/retention/preview?months=12')).body.items.map(({ leadId, keptBy }) => [leadId, ...keptBy]);

describe('people without any act for long', () => {
  it('are forgotten only once somebody asks, each by an erasure of their own, and those who are kept never', async () => {
    expect(await preview()).toEqual([['a'], ['b'], ['c', 'customer']]);
    const run = () => ask('POST', '/v1/retention/run', { months: 12, limit: 1 });
    expect(await run()).toMatchObject({ status: 202, body: { leadIds: ['a'], more: true } });
    await files.folded();
    expect(await preview()).toEqual([['b'], ['c', 'customer']]);
    const second = (await run()).body;
    expect(second).toMatchObject({ leadIds: ['b'], more: false });
    expect((await run()).body).toMatchObject({ leadIds: [], more: false });
    for (const leadId of ['a', 'b'])
      expect((await ask('GET', `/v1/leads/${leadId}/erasure`)).body).toMatchObject({
        state: 'requested',
        requestId: `retention-${second['before'] as string}`,
      });
    expect((await ask('GET', '/v1/leads/c/erasure')).body).toMatchObject({ state: 'none' });
  });

  it('need a number of months', async () => {
    for (const query of ['', '?months=0', '?months=1.5', '?months=1201'])
      expect(await ask('GET', `/v1/retention/preview${query}`)).toMatchObject({ status: 400, body: { errors: [{ pointer: '/months' }] } });
    for (const body of [{}, { months: 0 }, { months: '12' }, { months: 12, limit: 0 }])
      expect((await ask('POST', '/v1/retention/run', body)).status).toBe(400);
  });

  it('are not forgotten where it would change nothing', async () => {
    await files.tell(recorded('LeadCaptured', { leadId: 'd', channel: 'form' }, { at: '2020-01-10T10:00:00+09:00' }));
    const { status, body } = await ask('POST', '/v1/retention/run', { months: 12 }, inClear);
    expect([status, body['detail']]).toEqual([409, expect.stringContaining('recorded in clear')]);
    expect((await ask('GET', '/v1/leads/d/erasure')).body).toMatchObject({ state: 'none' });
  });
});
