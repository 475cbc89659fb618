import { createKey, KnownAccess } from '@leadlog/access';
import { engineOnFiles } from '@leadlog/events/engine-on-files.testing';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { cardsProjection, handoffsProjection, relaysProjection } from '@leadlog/handoff';
import { accountsProjection, leadsProjection } from '@leadlog/lead';
import type { Problem } from '../problem-details';
import { at } from '../sales/stories/history.testing';
import { apiOnFiles } from '../../../test/support/owned-api.testing';
import { OWN } from './own-things';

const handoff = (leadId: string) => ({ leadId, handoffId: `${leadId}.1` });
const handedTo = (repId: string, leadId: string) => [
  recorded('LeadCaptured', { leadId, channel: 'form' }, { at: at(1, '09:00') }),
  recorded('LeadHandedOff', { ...handoff(leadId), runId: `${leadId}.run-1`, acceptBy: at(1, '14:00'), contactBy: at(2) }, { at: at(1) }),
  recorded('LeadAssigned', { ...handoff(leadId), repId, teamId: 'inside-1', method: 'weighted' }, { at: at(1) }),
];

const engine = engineOnFiles(
  leadsProjection({ timezone: 'Asia/Tokyo' }),
  accountsProjection,
  handoffsProjection,
  relaysProjection,
  cardsProjection,
);
let key: string;
let keys: KnownAccess;
let api: Awaited<ReturnType<typeof apiOnFiles>>;

beforeAll(async () => {
  const { log } = engine;
  await engine.start();
  await engine.tell(...handedTo('rep-1', 'mine'), ...handedTo('rep-2', 'theirs'));
  await engine.tell(recorded('LeadCaptured', { leadId: 'nobodys', channel: 'form' }, { at: at(1, '09:00') }));
  keys = new KnownAccess(log);
  key = (await createKey({ log, clock: Date.now, actor: { kind: 'system', id: 'test' } }, { name: 'r', role: 'rep', repId: 'rep-1' })).key;
  await keys.open();
  api = await apiOnFiles(engine, { access: keys });
});
afterAll(async () => {
  await api.close();
  await engine.end();
});

type Json = Record<string, unknown> & { items?: Record<string, unknown>[] };
async function ask(route: string, payload?: unknown, type = 'application/json'): Promise<{ status: number; body: Json & Problem }> {
  const [method, url] = route.split(' ') as ['GET', string];
  const headers = { authorization: `Bearer ${key}`, ...(payload !== undefined && { 'content-type': type }) };
  const { statusCode, body } = await api.app.inject({
    method,
    url,
    headers,
    ...(payload !== undefined && { payload: JSON.stringify(payload) }),
  });
  return { status: statusCode, body: JSON.parse(body) as Json & Problem };
}

/** The same request about what is one's own, and about somebody else's. `got`: what the refusal says of it. */
function bothOf(route: string): { own: [string, unknown?]; other: [string, unknown?]; pointer: string; got: string } {
  const owner = OWN[route]!;
  const url = (id: string) => route.replace(/:\w+/, id);
  switch (owner.in) {
    case 'path':
      return { own: [url('rep-1')], other: [url('rep-2')], pointer: `/${owner.name}`, got: '"rep-2"' };
    case 'filter':
      return { own: [`${route}?rep=rep-1`], other: [`${route}?rep=rep-2`], pointer: '/rep', got: '"rep-2"' };
    case 'group':
      return { own: [url('calls')], other: [`${url('calls')}?by=rep&group=rep-2`], pointer: '/group', got: '"rep-2"' };
    case 'body':
      return { own: [url('x'), {}], other: [url('x'), { [owner.name]: 'rep-2' }], pointer: `/${owner.name}`, got: '"rep-2"' };
    case 'cards': {
      const body = (repId: string) => ({ cards: [{ repId: 'rep-1' }, { repId }] });
      return { own: [route, body('rep-1')], other: [route, body('rep-2')], pointer: '/cards/1/repId', got: '"rep-2"' };
    }
    case 'handoff':
      return { own: [url('mine.1'), {}], other: [url('theirs.1'), {}], pointer: `/${owner.name}`, got: '"theirs"' };
    case 'lead':
      return { own: [url('mine')], other: [url('theirs')], pointer: `/${owner.name}`, got: '"theirs"' };
  }
}

describe('the key of a representative', () => {
  it.each(Object.keys(OWN))('opens %s for what is their own, and for nothing else', async (route) => {
    const { own, other, pointer, got } = bothOf(route);
    expect([401, 403]).not.toContain((await ask(...own)).status);
    expect(await ask(...other)).toMatchObject({ status: 403, body: { errors: [{ pointer, got }] } });
  });

  it('tells nothing of whether a lead that is not theirs exists', async () => {
    const refusal = async (leadId: string) => {
      const { status, body } = await ask(`GET /v1/leads/${leadId}`);
      return [status, JSON.stringify(body).replaceAll(leadId, '…')];
    };
    expect(await refusal('theirs')).toEqual(await refusal('nobody-ever'));
    expect(await refusal('nobodys')).toEqual(await refusal('nobody-ever'));
  });

  it('lists only what is with them, also where nobody is named', async () => {
    const { body } = await ask('GET /v1/inbox');
    expect(body.items!.map(({ leadId }) => leadId)).toEqual(['mine']);
  });

  it('answers as themselves, and for nobody else', async () => {
    const takeOver = await ask('POST /v1/handoffs/theirs.1/accept', { takeOver: true });
    expect(takeOver).toMatchObject({ status: 403, body: { errors: [{ pointer: '/takeOver' }] } });
    const asMarketing = await ask('POST /v1/handoffs/mine.1/insight', { kind: 'answer', text: 'x', side: 'marketing' });
    expect(asMarketing).toMatchObject({ status: 403, body: { errors: [{ pointer: '/side', got: '"marketing"' }] } });
    const asOthers = await ask('POST /v1/handoffs/mine.1/accept', { teamId: 'theirs' });
    expect(asOthers).toMatchObject({ status: 403, body: { errors: [{ pointer: '/teamId', got: '"theirs"' }] } });
    const question = { kind: 'question', text: 'なぜ今ですか', repId: 'rep-1' };
    expect((await ask('POST /v1/handoffs/mine.1/insight', question)).status).toBe(200);
    await engine.tell(recorded('HandoffAccepted', { ...handoff('mine'), repId: 'rep-1' }, { at: at(1, '11:00') }));
    const returned = await ask('POST /v1/leads/mine/return', { reason: 'no budget this year' });
    expect(returned.status).toBe(200);
    for await (const [event] of engine.log.readStream('lead-mine', { direction: 'backwards', limit: 1 } as never)) {
      expect(event).toMatchObject({
        type: 'LeadReturned',
        metadata: { actor: { kind: 'rep', id: 'rep-1', by: expect.any(String) as string } },
      });
      break;
    }
    await engine.folded();
    expect((await ask('GET /v1/leads/mine')).status).toBe(403);
  });

  it('records cards they exchanged, of people who are with them or of whoever the card says', async () => {
    const card = (cardId: string, more: object) => ({ cardId, repId: 'rep-1', exchangedAt: at(2), ...more });
    const of = async (leadId: string) => ask('POST /v1/cards', { cards: [card('card-1', { leadId, profile: { name: '別人' } })] });
    expect(await of('theirs')).toMatchObject({ status: 403, body: { errors: [{ pointer: '/cards/0/leadId', got: '"theirs"' }] } });
    expect((await ask('POST /v1/cards', { cards: [card('card-2', { profile: { name: '山田' } })] })).body).toMatchObject({ accepted: 1 });
  });

  it('is not told who has the appointments and cards of others, nor that there are any', async () => {
    await engine.tell(
      recorded('AppointmentBooked', { leadId: 'theirs', appointmentId: 'a-theirs', repId: 'rep-2' }, { at: at(1) }),
      recorded('BusinessCardExchanged', { leadId: 'theirs', cardId: 'card-theirs', repId: 'rep-2' }, { at: at(1) }),
    );
    const told = (text: unknown) => JSON.stringify(text).replaceAll('theirs', 'none');
    for (const [verb, body] of [
      ['relay', { toRepId: 'rep-3' }],
      ['relay/accept', {}],
      ['relay/reject', { reason: 'x' }],
    ] as const) {
      const [theirs, none] = await Promise.all(['a-theirs', 'a-none'].map((id) => ask(`POST /v1/appointments/${id}/${verb}`, body)));
      expect([verb, theirs!.status, told(theirs)]).toEqual([verb, 404, told(none)]);
    }
    const [theirs, none] = await Promise.all(
      ['card-theirs', 'card-none'].map((cardId) => ask('POST /v1/cards/hand-over', { cards: [cardId], reason: 'x' })),
    );
    expect(theirs!.body).toMatchObject({ refused: 1, results: [{ errors: [{ expected: 'a card that you exchanged' }] }] });
    expect(told(theirs)).toBe(told(none));
  });

  it('is not told what is recorded under an id that is taken', async () => {
    const { log } = engine;
    const card = (repId: string, name: string) => ({
      cardId: 'card-9',
      repId,
      exchangedAt: at(2),
      profile: { name, email: 'y@example.com' },
    });
    const owner = (await createKey({ log, clock: Date.now, actor: { kind: 'system', id: 'test' } }, { name: 'o', role: 'owner' })).key;
    await keys.open();
    const asOwner = { authorization: `Bearer ${owner}`, 'content-type': 'application/json' };
    const recordedCard = await api.app.inject({
      method: 'POST',
      url: '/v1/cards',
      headers: asOwner,
      payload: JSON.stringify({ cards: [card('rep-2', '佐藤一郎')] }),
    });
    expect(recordedCard.json()).toMatchObject({ accepted: 1 });
    const { body } = await ask('POST /v1/cards', { cards: [card('rep-1', '誰か')] });
    expect(body).toMatchObject({
      conflicts: 1,
      results: [{ errors: expect.arrayContaining([expect.objectContaining({ pointer: '/cards/0/profile/name' })]) as unknown }],
    });
    expect(JSON.stringify(body)).not.toContain('佐藤');
    const seen = await api.app.inject({
      method: 'POST',
      url: '/v1/cards',
      headers: asOwner,
      payload: JSON.stringify({ cards: [card('rep-2', '誰か')] }),
    });
    expect(seen.body).toContain('佐藤一郎');
  });

  it('waits for what they have just been given, where they say so', async () => {
    await engine.log.appendMany(handedTo('rep-1', 'new').map(asAppend));
    const head = await engine.log.head();
    expect((await ask(`GET /v1/leads/new/dossier?after=${head}`)).status).toBe(200);
  });

  it('sends no events', async () => {
    expect((await ask('POST /v1/events', [], 'application/cloudevents-batch+json')).status).toBe(403);
  });
});
