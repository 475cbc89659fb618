import { engineOnFiles } from '@leadlog/events/engine-on-files.testing';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { relaysProjection } from '@leadlog/handoff';
import { leadsProjection } from '@leadlog/lead';
import { apiOnFiles } from '../../../test/support/owned-api.testing';
import { at } from '../sales/stories/history.testing';

describe('relays of a person of whom there were two leads, told as events', () => {
  const engine = engineOnFiles(leadsProjection({ timezone: 'Asia/Tokyo' }), relaysProjection);
  let api: Awaited<ReturnType<typeof apiOnFiles>>;
  const merge = (mergedId: string, survivorId: string) =>
    recorded('LeadsMerged', { leadId: mergedId, mergedId, survivorId }, { at: at(3) });
  const merged = merge('second', 'first');
  const booking = (leadId: string) =>
    recorded('AppointmentBooked', { leadId, appointmentId: `of-${leadId}`, repId: 'rep-1', scheduledAt: at(9) }, { at: at(2) });

  beforeAll(async () => {
    await engine.start();
    for (const leadId of ['first', 'second']) {
      await engine.tell(recorded('LeadCaptured', { leadId, channel: 'form' }, { at: at(1) }), booking(leadId));
      await engine.tell(
        recorded(
          'AppointmentRelayed',
          { leadId, appointmentId: `of-${leadId}`, fromRepId: 'rep-1', toRepId: 'rep-2' },
          { at: at(2, '11:00') },
        ),
      );
    }
    await engine.tell(merged);
    api = await apiOnFiles(engine);
  });
  afterAll(async () => {
    await api.close();
    await engine.end();
  });

  const send = async (id: string, type: string, leadId: string, data: object, app = api.app) => {
    const event = { specversion: '1.0', id, source: '/sfa', type, subject: leadId, time: at(4), data: { leadId, ...data } };
    const headers = { 'content-type': 'application/cloudevents+json' };
    const { body } = await app.inject({ method: 'POST', url: '/v1/events', headers, payload: JSON.stringify(event) });
    return JSON.parse(body) as { status?: number; result?: string; leadId?: string; errors?: unknown };
  };
  const standing = async (appointmentId: string) => {
    const { log, readModels } = engine;
    await readModels.reached(['relays'], await log.head(), 60_000);
    const { body } = await api.app.inject({ method: 'GET', url: '/v1/relays' });
    const { items } = JSON.parse(body) as { items: { appointmentId: string; state: string; leadId: string }[] };
    return items.filter((one) => one.appointmentId === appointmentId).map(({ state, leadId }) => `${leadId} ${state}`);
  };

  it('are answered by whichever lead the answer names, in the stream where the relay began, and once', async () => {
    const answer = { appointmentId: 'of-second', repId: 'rep-2' };
    expect(await send('a-1', 'RelayAccepted', 'first', answer)).toMatchObject({ result: 'accepted' });
    expect(await send('a-1', 'RelayAccepted', 'first', answer)).toMatchObject({ result: 'duplicate' });
    expect(await standing('of-second')).toEqual(['first accepted']);
    // The other way round, too.
    expect(await send('a-2', 'RelayRejected', 'second', { ...answer, appointmentId: 'of-first', reason: '外出' })).toMatchObject({
      result: 'accepted',
    });
    expect(await standing('of-first')).toEqual(['first rejected']);
    expect(await send('a-3', 'RelayAccepted', 'first', answer)).toMatchObject({ errors: [{ got: 'of-second, which rep-2 has' }] });
  });

  it('are answered once it can be found out who is one person, and not refused before', async () => {
    const later = engineOnFiles(leadsProjection({ timezone: 'Asia/Tokyo' }));
    const relayed = recorded('AppointmentRelayed', { leadId: 'second', appointmentId: 'of-second', toRepId: 'rep-2' }, { at: at(2) });
    const captured = ['first', 'second'].map((leadId) => recorded('LeadCaptured', { leadId, channel: 'form' }, { at: at(1) }));
    await later.log.appendMany([...captured, booking('second'), relayed, merged].map(asAppend));
    const { app, close } = await apiOnFiles(later);
    const answer = () => send('b-1', 'RelayAccepted', 'first', { appointmentId: 'of-second', repId: 'rep-2' }, app);
    expect(await answer()).toMatchObject({ status: 503 });
    await later.start();
    await later.folded();
    expect(await answer()).toMatchObject({ result: 'accepted' });
    await close();
    await later.end();
  });

  it('stay with the lead in whose stream they are when the merge is reverted', async () => {
    await engine.tell(recorded('MergeReverted', { leadId: 'second', mergeEventId: merged.id }, { at: at(5) }));
    expect(await standing('of-second')).toEqual(['second accepted']);
    expect(await standing('of-first')).toEqual(['first rejected']);
    expect(
      await send('a-4', 'AppointmentRelayed', 'first', { appointmentId: 'of-second', fromRepId: 'rep-2', toRepId: 'rep-3' }),
    ).toMatchObject({
      result: 'accepted',
    });
    expect(await standing('of-second')).toContain('second accepted');
  });
});
