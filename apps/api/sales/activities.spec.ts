import { createKey, KnownAccess } from '@leadlog/access';
import { engineOnFiles } from '@leadlog/events/engine-on-files.testing';
import { recorded } from '@leadlog/events/recorded.testing';
import { handoffsProjection } from '@leadlog/handoff';
import { accountsProjection, leadsProjection } from '@leadlog/lead';
import { dealLeads } from '@leadlog/sales';
import { apiOnFiles } from '../../../test/support/owned-api.testing';
import type { Problem } from '../problem-details';
import { at } from './stories/history.testing';

const TIMEZONE = 'Asia/Tokyo';
const handoff = (leadId: string) => ({ leadId, handoffId: `${leadId}.1` });
const handedTo = (repId: string, leadId: string) => [
  recorded('LeadCaptured', { leadId, channel: 'form' }, { at: at(1, '09:00') }),
  recorded('LeadHandedOff', { ...handoff(leadId), runId: `${leadId}.run-1`, acceptBy: at(1, '14:00'), contactBy: at(2) }, { at: at(1) }),
  recorded('LeadAssigned', { ...handoff(leadId), repId, teamId: 'inside-1', method: 'weighted' }, { at: at(1) }),
];

const engine = engineOnFiles(leadsProjection({ timezone: TIMEZONE }), accountsProjection, handoffsProjection, dealLeads());
let key: string;
let api: Awaited<ReturnType<typeof apiOnFiles>>;
beforeAll(async () => {
  await engine.start();
  await engine.tell(...handedTo('rep-1', 'mine'), ...handedTo('rep-2', 'theirs'));
  await engine.tell(recorded('DealOpened', { leadId: 'theirs', dealId: 'their-deal', repId: 'rep-2' }, { at: at(2) }));
  const { log } = engine;
  const keys = new KnownAccess(log);
  key = (await createKey({ log, clock: Date.now, actor: { kind: 'system', id: 'test' } }, { name: 'r', role: 'rep', repId: 'rep-1' })).key;
  await keys.open();
  api = await apiOnFiles(engine, { access: keys });
});
afterAll(async () => {
  await api.close();
  await engine.end();
});

async function tell(activities: object[], more: object = {}): Promise<{ status: number; body: Record<string, unknown> & Problem }> {
  const { statusCode, body } = await api.app.inject({
    method: 'POST',
    url: '/v1/leads/mine/activities',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    payload: JSON.stringify({ activities, ...more }),
  });
  return { status: statusCode, body: JSON.parse(body) as Record<string, unknown> & Problem };
}
const activity = (type: string, data: object, time = at(3)) => ({ type, time, data });
const call = (callId: string) => activity('CallCompleted', { callId, startedAt: at(3), outcome: 'reached' });
const booked = activity('AppointmentBooked', { appointmentId: 'a-1', scheduledAt: at(9), mode: 'remote', sourceCallId: 'call-1' });

/** Without what the lead began with. */
const recordedOf = async (stream: string) => {
  const events = [];
  for await (const slice of engine.log.read({ filter: { streamPrefixes: [stream] } })) events.push(...slice.events);
  return events.filter(({ type }) => type !== 'LeadCaptured');
};

describe('what a representative did with a lead', () => {
  it('is recorded as theirs, in its order and once', async () => {
    const first = await tell([call('call-1'), booked], { id: 'doing-1' });
    expect(first).toMatchObject({ status: 200, body: { leadId: 'mine', repeated: false, notices: [] } });
    const events = await recordedOf('activity-mine');
    expect(events.map(({ type, data }) => [type, (data as { repId: string }).repId])).toEqual([
      ['CallCompleted', 'rep-1'],
      ['AppointmentBooked', 'rep-1'],
    ]);
    expect(events[0]!.metadata.actor).toMatchObject({ kind: 'rep', id: 'rep-1', by: expect.any(String) as string });
    const again = await tell([call('call-1'), booked], { id: 'doing-1' });
    expect(again).toMatchObject({ status: 200, body: { repeated: true, eventIds: first.body['eventIds'] } });
    expect(await recordedOf('activity-mine')).toHaveLength(2);
  });

  it('is refused as a whole if a part of it is wrong', async () => {
    const wrong = await tell([call('call-2'), activity('MeetingHeld', { meetingId: 'm-1', mode: 'walk' })]);
    expect(wrong.status).toBe(422);
    expect(wrong.body.errors!.map((one) => ('pointer' in one ? one.pointer : ''))).toEqual(
      expect.arrayContaining(['/activities/1/data/mode', '/activities/1/data/minutes']),
    );
    expect(await recordedOf('activity-mine')).toHaveLength(2);
  });

  it('is refused as a whole if a part of it is in the future, or recorded otherwise under its id', async () => {
    const later = new Date(Date.now() + 86_400_000).toISOString();
    const early = await tell([call('call-4'), activity('ClosingAnswered', { dealId: 'my-deal', answer: 'yes' }, later)]);
    expect(early).toMatchObject({ status: 422, body: { errors: [{ pointer: '/activities/1/time' }] } });
    expect(early.body.detail).toMatch(/^Nothing is recorded/);

    const twice = await tell([call('call-1'), { ...booked, time: at(4) }, call('call-5')], { id: 'doing-1' });
    expect(twice).toMatchObject({ status: 409, body: { errors: [{ pointer: '/activities/1/time' }] } });
    expect(await recordedOf('activity-mine')).toHaveLength(2);

    const opened = activity('DealOpened', { dealId: 'one-deal' });
    expect((await tell([opened], { id: 'doing-2' })).status).toBe(200);
    const elsewhere = await tell([activity('DealOpened', { dealId: 'another-deal' }), call('call-6')], { id: 'doing-2' });
    expect(elsewhere).toMatchObject({ status: 409, body: { errors: [{ pointer: '/activities/0/data/dealId' }] } });
    expect([await recordedOf('activity-mine'), await recordedOf('deal-another-deal')]).toMatchObject([{ length: 2 }, []]);
  });

  it.each([
    ['of a type that is none of it', activity('WebPageViewed', { url: 'https://x.example' }), 422, '/activities/0/type'],
    ['of another lead', activity('ClosingAnswered', { leadId: 'theirs', dealId: 'd-1', answer: 'yes' }), 422, '/activities/0/data/leadId'],
    ['by somebody else', activity('DealOpened', { dealId: 'd-1', repId: 'rep-2' }), 422, '/activities/0/data/repId'],
    [
      'with a deal of another lead',
      activity('DealWon', { dealId: 'their-deal', amount: { value: 1, currency: 'JPY' }, signedAt: at(3) }),
      403,
      '/activities/0/data/dealId',
    ],
  ])('is not recorded %s', async (_what, one, status, pointer) => {
    expect(await tell([one])).toMatchObject({ status, body: { errors: [{ pointer }] } });
    expect(await recordedOf('activity-mine')).toHaveLength(2);
  });

  it.each([null, 'a call', ['a call'], 5])('is not recorded with what is no data: %j', async (data) => {
    expect(await tell([call('call-3'), activity('CallCompleted', data as never)])).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/activities/1/data', expected: 'an object' }] },
    });
    expect(await recordedOf('activity-mine')).toHaveLength(2);
  });

  it('may begin a deal and go on with it at once', async () => {
    const opened = activity('DealOpened', { dealId: 'my-deal', products: ['p-1'] });
    const quote = activity(
      'QuoteSubmitted',
      { quoteId: 'q-1', dealId: 'my-deal', revision: 1, amount: { value: 120_000, currency: 'JPY' } },
      at(4),
    );
    expect((await tell([opened, quote])).status).toBe(200);
    await engine.folded();
    expect((await tell([activity('ClosingAnswered', { dealId: 'my-deal', answer: 'undecided' }, at(5))])).status).toBe(200);
    expect((await recordedOf('deal-my-deal')).map(({ type }) => type)).toEqual(['DealOpened', 'QuoteSubmitted', 'ClosingAnswered']);
  });
});
