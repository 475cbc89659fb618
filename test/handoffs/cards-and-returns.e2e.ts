import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getJson, postJson, startEngine, temporaryFolder, untilReady, type EngineProcess } from '../support/engine-process';
import { leadlog } from '../support/leadlog.testing';
import { until } from '../support/until.testing';

const DAY = 86_400_000;

describe('cards, returns, questions, relays and notices', () => {
  const { folder, remove } = temporaryFolder();
  let engine: EngineProcess;
  beforeAll(async () => {
    engine = await startEngine(folder);
    await untilReady(engine.url);
  });
  afterAll(async () => {
    await engine.stop();
    remove();
  });

  const ago = (days: number): string => new Date(Date.now() - days * DAY).toISOString();
  const post = <Answer>(path: string, body: object) => postJson<Answer>(`${engine.url}/v1/${path}`, body);
  const get = <Answer>(path: string) => getJson<Answer>(`${engine.url}/v1/${path}`);
  interface Handed {
    handedOver: number;
    repeated: number;
    refused: number;
    position?: string;
    results: { cardId: string; result: string; errors?: { pointer: string; expected: string; got: string }[] }[];
  }

  it('are recorded in bulk, sleep, are handed over with an answer each, and tell what became of them', async () => {
    const card = (n: number, days: number, repId = 'rep-07') => ({
      cardId: `c-${n}`,
      repId,
      exchangedAt: ago(days),
      profile: { name: `氏名 ${n}`, email: `card-${n}@cards.example`, company: '株式会社みなと精機' },
      accountId: 'acc-cards',
    });
    const sent = [
      card(1, 100),
      card(2, 120),
      card(3, 5),
      card(4, 200, 'rep-08'),
      { ...card(5, 1), profile: { email: 'none' } },
      { cardid: 'c-6' },
    ];
    const { status, body } = await post<{
      accepted: number;
      rejected: number;
      position: string;
      results: { leadId?: string; errors?: object[] }[];
    }>('cards', { cards: sent });
    expect([status, body.accepted, body.rejected]).toEqual([200, 4, 2]);
    expect(body.results[4]).toMatchObject({ cardId: 'c-5', result: 'rejected', errors: [{ pointer: '/cards/4/profile/email' }] });
    expect(body.results[5]!.errors).toContainEqual({
      pointer: '/cards/5/cardid',
      expected: 'no field of this name; the nearest known one is cardId',
      got: '"c-6"',
    });
    expect((await post('cards', { cards: sent.slice(0, 4) })).body).toMatchObject({ accepted: 0, duplicates: 4, rejected: 0 });
    expect((await post('cards', { cards: [{ ...sent[0], place: 'online' }] })).body).toMatchObject({ conflicts: 1 });

    // Somebody whose card was silent reads a page: it does not sleep.
    const read = {
      specversion: '1.0',
      id: 'r-1',
      source: '/test',
      type: 'InquiryReceived',
      subject: body.results[1]!.leadId,
      time: ago(1),
    };
    await postJson(`${engine.url}/v1/events`, { ...read, data: { kind: 'demo' } }, 'application/cloudevents+json');
    const { position: head } = await get<{ position: string }>('log/head');
    const idsOf = async (query: string) =>
      (await get<{ items: { cardId: string }[] }>(`cards?after=${head}&${query}`)).items.map(({ cardId }) => cardId);
    expect(await idsOf('state=dormant')).toEqual(['c-1', 'c-4']);
    expect(await idsOf('rep=rep-07&state=active')).toEqual(['c-3', 'c-2']);
    expect(await idsOf('rep=rep-07&state=active&dormantDays=4')).toEqual(['c-2']);

    const request = { id: 'monday', cards: ['c-1', 'c-4', 'nobody'], repId: 'rep-07', reason: '担当変更', keepFollowing: true };
    const first = await post<Handed>('cards/hand-over', request);
    expect([first.status, first.body.handedOver, first.body.repeated, first.body.refused]).toEqual([200, 1, 0, 2]);
    expect(first.body.results.map(({ result }) => result)).toEqual(['handed-over', 'refused', 'refused']);
    expect(first.body.results[1]!.errors).toEqual([
      { pointer: '/repId', expected: 'rep-08, who has c-4, or takeOver: true to hand it over for them', got: 'rep-07' },
    ]);
    expect(first.body.results[2]!.errors).toEqual([{ pointer: '/cards/2', expected: 'a card that has been exchanged', got: 'nobody' }]);
    const again = await post<Handed>('cards/hand-over', { ...request, takeOver: true });
    expect(again.body.results.map(({ result }) => result)).toEqual(['repeated', 'handed-over', 'refused']);
    expect(await post('cards/hand-over', { ...request, cards: [] })).toMatchObject({ status: 400 });

    // By calendar year, so that where the days fall decides how many rows there are.
    const { items } = await get<{ items: { repId: string; cards: number; handedOver: number; active: number }[] }>(
      `cards/summary?by=rep&after=${again.body.position}`,
    );
    const ofRep = (name: string) =>
      items
        .filter(({ repId }) => repId === name)
        .reduce((sum, { cards, handedOver, active }) => [sum[0]! + cards, sum[1]! + handedOver, sum[2]! + active], [0, 0, 0]);
    expect([ofRep('rep-07'), ofRep('rep-08')]).toEqual([
      [3, 1, 2],
      [1, 1, 0],
    ]);
  });

  it('come in as files, and are shown on the command line', async () => {
    const csv = await leadlog(engine.url, 'cards', 'import', 'test/samples/cards.csv', '--mapping', 'test/samples/cards.yaml', '--json');
    expect([csv.code, JSON.parse(csv.out)]).toMatchObject([0, { accepted: 4, rejected: 0 }]);
    const file = join(folder, 'cards.ndjson');
    writeFileSync(file, `${JSON.stringify({ cardId: 'c-20', repId: 'rep-09', exchangedAt: ago(3) })}\n{"cardId":"c-21"}\n`);
    const ndjson = await leadlog(engine.url, 'cards', 'import', file);
    expect([ndjson.code, ndjson.out]).toEqual([1, '2 cards: 1 accepted, 0 duplicates, 0 conflicts, 1 rejected\n']);
    expect(ndjson.err).toContain('c-21: ');
    const { position } = await get<{ position: string }>('log/head');
    const list = await leadlog(engine.url, 'cards', 'list', '--rep', 'rep-09', '--after', position);
    expect(list.out).toContain('c-20');
    const refused = await leadlog(engine.url, 'cards', 'hand-over', 'c-20', '--rep', 'rep-99', '--reason', 'x');
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('rep-09, who has c-20, or takeOver: true')]);
    const summary = await leadlog(engine.url, 'cards', 'summary', '--by', 'company', '--json');
    expect(JSON.parse(summary.out)).toMatchObject({
      yardstick: 200,
      items: [{ accountId: 'acc-cards', cards: 4, leadsPerCompany: 4 }, {}],
    });
  });

  interface Told {
    status: number;
    body: { eventId: string; leadId: string; position: string; notices?: string[] };
  }
  let sent = 0;
  const tell = async (type: string, subject: string, data: object, days = 0): Promise<Told['body']> => {
    const event = { specversion: '1.0', id: `b-${(sent += 1)}`, source: '/test', type, subject, time: ago(days), data };
    const { status, body } = await postJson<Told['body']>(`${engine.url}/v1/events`, event, 'application/cloudevents+json');
    expect([type, status, body]).toEqual([type, 201, body]);
    return body;
  };
  const items = async <Item>(path: string): Promise<Item[]> => {
    const { position } = await get<{ position: string }>('log/head');
    return (await get<{ items: Item[] }>(`${path}${path.includes('?') ? '&' : '?'}after=${position}`)).items;
  };
  const inInbox = (leadId: string, handoffId: string) =>
    until(async () =>
      (await items<{ leadId: string; handoffId: string; repId?: string; business: string }>('inbox')).find(
        (item) => item.leadId === leadId && item.handoffId === handoffId && item.repId !== undefined,
      ),
    );
  const hot = async (leadId: string): Promise<void> => {
    await tell('InquiryReceived', leadId, { kind: 'demo' });
    await tell('InquiryReceived', leadId, { kind: 'quote' });
  };

  it('a disqualification is reverted, a return comes back on its day, a question waits for its answer', async () => {
    await tell(
      'LeadCaptured',
      'lead-w',
      { channel: 'form', accountId: 'acc-w', profile: { name: '青山 晴香', title: '部長', company: '株式会社みなと精機' } },
      1,
    );
    await hot('lead-w');
    const { repId } = await inInbox('lead-w', 'lead-w.1');
    expect((await post('leads/lead-w/requalify', { reason: 'x' })).status).toBe(409);
    expect((await post('leads/lead-w/disqualify', { reason: 'student' })).status).toBe(200);
    expect(await items<object>('inbox?state=handed-off')).not.toContainEqual(expect.objectContaining({ leadId: 'lead-w' }));
    const back = { id: 'back-1', reason: 'no student after all' };
    expect(await post('leads/lead-w/requalify', back)).toMatchObject({ status: 200, body: { repeated: false } });
    expect(await post('leads/lead-w/requalify', back)).toMatchObject({ status: 200, body: { repeated: true } });
    expect(await inInbox('lead-w', 'lead-w.1')).toMatchObject({ repId, business: 'new' });
    expect(await items<object>('leads/lead-w/timeline')).toContainEqual(
      expect.objectContaining({ type: 'LeadDisqualified', voided: expect.objectContaining({ reason: 'requalified' }) as object }),
    );

    await post('handoffs/lead-w.1/accept', { repId });
    const ask = await leadlog(engine.url, 'handoff', 'ask', 'lead-w.1', '--text', 'アンケートの回答は？', '--rep', repId!);
    expect([ask.code, ask.err]).toEqual([0, '']);
    const [asked] = await items<{ questionId: string }>('questions?to=marketing');
    expect(asked).toMatchObject({
      leadId: 'lead-w',
      from: 'sales',
      askedBy: { kind: 'rep', id: repId },
      text: 'アンケートの回答は？',
      repId,
    });
    expect(await items('questions?to=sales')).toEqual([]);
    expect((await leadlog(engine.url, 'questions', '--json')).out).toContain(asked!.questionId);
    await post('handoffs/lead-w.1/insight', { kind: 'answer', text: '半年以内', questionId: asked!.questionId });
    expect(await items('questions')).toEqual([]);

    const today = new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10);
    expect((await post('leads/lead-w/return', { reason: '来期', revisitOn: today, repId })).status).toBe(200);
    expect(await items('revisits')).toMatchObject([{ leadId: 'lead-w', revisitOn: today, due: true, repId, reason: '来期' }]);
    expect(await items('revisits?until=2020-01-01')).toEqual([]);
    expect((await leadlog(engine.url, 'revisits')).out).toContain('青山 晴香');
    await hot('lead-w');
    // To the rep who knew the lead.
    expect(await inInbox('lead-w', 'lead-w.2')).toMatchObject({ repId, business: 'new' });
    expect(await items('revisits')).toEqual([]);

    // The company buys: whoever of it becomes hot next is existing business.
    await tell('DealOpened', 'lead-w', { dealId: 'd-w', repId, handoffId: 'lead-w.2' });
    await tell('DealWon', 'lead-w', { dealId: 'd-w', amount: { value: 10, currency: 'JPY' }, signedAt: ago(0) });
    await tell(
      'LeadCaptured',
      'lead-x',
      { channel: 'form', accountId: 'acc-w', profile: { name: '白川 透', title: '部長', company: '株式会社みなと精機' } },
      1,
    );
    await items('inbox');
    await hot('lead-x');
    expect(await inInbox('lead-x', 'lead-x.1')).toMatchObject({ business: 'existing' });
    expect((await items<{ leadId: string }>('inbox?business=new')).map(({ leadId }) => leadId)).not.toContain('lead-x');
  });

  it('an appointment goes from inside to field, who accepts it and wins', async () => {
    const lead = 'lead-r';
    await tell(
      'AppointmentBooked',
      lead,
      { appointmentId: 'a-r', repId: 'inside-7', dealId: 'd-r', scheduledAt: ago(-1), mode: 'remote' },
      3,
    );
    expect((await post('appointments/none/relay', { fromRepId: 'inside-7', toRepId: 'field-1' })).status).toBe(404);
    expect(await post('appointments/a-r/relay', { fromRepId: 'rep-99', toRepId: 'field-1' })).toMatchObject({
      status: 409,
      body: { errors: [{ pointer: '/fromRepId', expected: 'inside-7, who has a-r', got: 'rep-99' }] },
    });
    expect((await leadlog(engine.url, 'relay', 'send', 'a-r', '--from', 'inside-7', '--to', 'field-1')).code).toBe(0);
    expect(await items('relays?rep=field-1&state=waiting')).toMatchObject([{ appointmentId: 'a-r', leadId: lead, fromRepId: 'inside-7' }]);
    expect((await post('appointments/a-r/relay/accept', { repId: 'rep-99' })).status).toBe(409);
    expect((await leadlog(engine.url, 'relay', 'accept', 'a-r', '--rep', 'field-1')).code).toBe(0);
    await tell('DealOpened', lead, { dealId: 'd-r', repId: 'field-1' });
    await tell('MeetingHeld', lead, {
      meetingId: 'm-r',
      appointmentId: 'a-r',
      dealId: 'd-r',
      repIds: ['field-1'],
      mode: 'remote',
      startedAt: ago(-0.01),
      minutes: 30,
      attendees: ['客'],
    });
    await tell('DealWon', lead, { dealId: 'd-r', amount: { value: 5, currency: 'JPY' }, signedAt: ago(0) });
    expect(await items('relays?rep=inside-7')).toMatchObject([
      { state: 'accepted', repId: 'field-1', held: { meetingId: 'm-r' }, deal: { dealId: 'd-r', state: 'won' } },
    ]);
    expect(await items('relays/summary?by=pair')).toEqual([
      expect.objectContaining({ insideRepId: 'inside-7', fieldRepId: 'field-1', relayed: 1, accepted: 1, held: 1, won: 1, heldRate: 1 }),
    ]);
    // The credit follows who did what.
    const credit = async (kpi: string) =>
      Object.fromEntries(
        (await items<{ group: string; numerator: number }>(`kpis?by=rep&kpi=${kpi}`)).map(({ group, numerator }) => [group, numerator]),
      );
    expect(await credit('appointments')).toMatchObject({ 'inside-7': 1 });
    expect(await credit('visits')).toMatchObject({ 'field-1': 1 });
    expect(await credit('wins')).toMatchObject({ 'field-1': 1 });
  });

  it('a contradiction is told to its sender, and stands on the list until it is corrected or accepted', async () => {
    const win = (value: number) => ({ dealId: 'd-n', amount: { value, currency: 'JPY' }, signedAt: ago(0) });
    expect((await tell('DealWon', 'lead-n', win(100))).notices).toEqual(['deal d-n was won, and nothing says that it was opened']);
    await tell('DealOpened', 'lead-n', { dealId: 'd-n', repId: 'rep-1' }, 9);
    const second = await tell('DealWon', 'lead-n', win(200));
    expect(second.notices).toEqual(['deal d-n was won for different amounts: 100 JPY and 200 JPY']);
    const [notice] = await items<{ noticeId: string; kind: string }>('notices?lead=lead-n');
    expect(notice!.kind).toBe('won-twice');
    const accepted = await leadlog(engine.url, 'notices', 'accept', notice!.noticeId, '--reason', '分割契約');
    expect([accepted.code, accepted.err]).toEqual([0, '']);
    expect(await post(`notices/${notice!.noticeId}/accept`, { reason: 'again' })).toMatchObject({ status: 200, body: { repeated: true } });
    expect((await post('notices/none/accept', { reason: 'x' })).status).toBe(404);
    expect(await items('notices?lead=lead-n')).toEqual([]);
    await tell('DealLost', 'lead-n', { dealId: 'd-n', reason: 'price', declaredBy: 'rep' });
    expect(await items('notices?lead=lead-n')).toMatchObject([{ kind: 'lost-after-won' }]);
    expect((await leadlog(engine.url, 'notices', '--kind', 'lost-after-won')).out).toContain('lead-n');
  });
});
