import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getJson, postJson, startEngine, temporaryFolder, untilReady, type EngineProcess } from '../support/engine-process';
import { leadlog } from '../support/leadlog.testing';

const DAY = 86_400_000;

describe('cards', () => {
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
    const sent = [card(1, 100), card(2, 120), card(3, 5), card(4, 200, 'rep-08'), { ...card(5, 1), profile: { email: 'none' } }, { cardid: 'c-6' }];
    const { status, body } = await post<{ accepted: number; rejected: number; position: string; results: { leadId?: string; errors?: object[] }[] }>(
      'cards',
      { cards: sent },
    );
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
    const read = { specversion: '1.0', id: 'r-1', source: '/test', type: 'InquiryReceived', subject: body.results[1]!.leadId, time: ago(1) };
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
      items.filter(({ repId }) => repId === name).reduce((sum, { cards, handedOver, active }) => [sum[0]! + cards, sum[1]! + handedOver, sum[2]! + active], [0, 0, 0]);
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
    expect(JSON.parse(summary.out)).toMatchObject({ yardstick: 200, items: [{ accountId: 'acc-cards', cards: 4, leadsPerCompany: 4 }, {}] });
  });
});
