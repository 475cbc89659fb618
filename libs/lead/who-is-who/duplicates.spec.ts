import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { RecordedEvent } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { Ingestion, parseStructured, type IngestResult, type ParsedEvent } from '@leadlog/ingestion';
import { fromCode, LiveReadModels, ProjectionEngine, type Projection } from '@leadlog/projections';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { leadsProjection, type LeadState } from '../leads.projection';
import { possibleDuplicates, sharedIdentities, type DuplicatesQuery } from './duplicates';
import { cardIdentity, emailIdentity, identityHash, leadIdOf, namesInClear, visitorIdentity } from './identity';
import { MergeDecisions } from './merges';

const now = Date.parse('2026-06-30T12:00:00+09:00');
const folder = mkdtempSync(join(tmpdir(), 'leadlog-duplicates-'));
let files = 0;
const open: { stop: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const engine of open.splice(0)) await engine.stop();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Takes events in, folds them, and lists what may be a duplicate. */
class Engine {
  private readonly log = SqliteEventLog.open({ file: join(folder, `log-${(files += 1)}.db`), clock: () => now });
  private readonly store = SqliteReadModelStore.open({ file: join(folder, `read-models-${files}.db`) });
  private readonly models = new LiveReadModels(this.store);
  private readonly ingestion = new Ingestion(this.log, {
    names: namesInClear,
    clock: () => now,
    merges: new MergeDecisions(
      this.log,
      undefined,
      async (leadId) => (await (await this.leads()).get<LeadState>(leadId))?.apartFrom ?? [],
      namesInClear,
    ),
  });
  /** As another process has it. */
  readonly other = new Ingestion(this.log, { names: namesInClear, clock: () => now });
  private readonly engine = new ProjectionEngine({
    log: this.log,
    store: this.store,
    sources: [fromCode(leadsProjection({ timezone: 'Asia/Tokyo' }) as Projection), fromCode(sharedIdentities as Projection)],
    decode,
    clock: Date.now,
  });

  static async start(): Promise<Engine> {
    const engine = new Engine();
    open.push(engine);
    await engine.engine.start();
    return engine;
  }

  async stop(): Promise<void> {
    await this.engine.stop();
    await Promise.all([this.log.close(), this.store.close()]);
  }

  async tell(...events: ParsedEvent[]): Promise<IngestResult[]> {
    const results = await this.ingestion.ingest(events);
    await this.models.reached(['leads', 'shared-identities'], await this.log.head(), 300_000);
    return results;
  }

  async accepted(...events: ParsedEvent[]): Promise<void> {
    for (const result of await this.tell(...events)) expect(result).toMatchObject({ result: 'accepted' });
  }

  async erase(leadId: string, at: string): Promise<void> {
    await this.log.appendMany([asAppend(recorded('PersonalDataErased', { leadId, requestId: 'r-1' }, { at }))]);
    await this.models.reached(['leads'], await this.log.head(), 300_000);
  }

  head() {
    return this.log.head();
  }

  leads() {
    return this.models.view('leads');
  }

  async page(query: DuplicatesQuery = {}) {
    return possibleDuplicates(await this.models.view('shared-identities'), await this.leads(), namesInClear, query);
  }

  /** What a reader compares: which identity, since when, who. */
  async list(query: DuplicatesQuery = {}) {
    return (await this.page(query)).items.map(({ identity, since, leads, keptApart }) => [
      Object.values(identity)[0] as string,
      since,
      leads.map(({ leadId }) => leadId),
      keptApart,
    ]);
  }

  async eventsIn(stream: string): Promise<RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    for await (const page of this.log.readStream(stream)) events.push(...page);
    return events;
  }

  async typesIn(stream: string): Promise<string[]> {
    return (await this.eventsIn(stream)).map(({ type }) => type);
  }

  async sharedBy(email: string): Promise<number> {
    return (await this.typesIn(`identity-${identityHash(emailIdentity(email))}`)).filter((type) => type === 'IdentityShared').length;
  }
}

let made = 0;
const on = (day: number) => `2026-06-${String(day).padStart(2, '0')}T10:00:00+09:00`;
const ms = (day: number) => Date.parse(on(day));
function event(type: string, data: object, day = 10, id = `e-${made++}`): ParsedEvent {
  const parsed = parseStructured({ specversion: '1.0', id, source: 'spec', type, time: on(day), data });
  expect(parsed).toMatchObject({ ok: true });
  return parsed;
}
const captured = (leadId: string, email: string, day = 10, name?: string) =>
  event('LeadCaptured', { leadId, channel: 'form', profile: { email, ...(name !== undefined && { name, company: 'みなと精機' }) } }, day);
const merged = (mergedId: string, survivorId: string) => event('LeadsMerged', { mergedId, survivorId }, 20);
const apart = (leadId: string, otherId: string, reason?: string) =>
  event('LeadsKeptApart', { leadId, otherId, ...(reason !== undefined && { reason }) }, 20);
const eventIdIn = (result: IngestResult | undefined) => (result as { eventId: string }).eventId;
const noticesOf = (result: IngestResult | undefined) => (result && 'notices' in result ? result.notices : undefined);

describe('two leads that somebody has named, with one address', () => {
  it.each([
    [1, 2],
    [2, 1],
  ])('are listed with what they share, since when, and who they are, whichever comes first', async (first, second) => {
    const engine = await Engine.start();
    const events = [captured('crm-1', 'a@example.jp', 3, '青山 晴香'), captured('crm-2', 'A@example.jp', 5, '青山 春香')];
    await engine.accepted(events[first - 1]!);
    expect(noticesOf((await engine.tell(events[second - 1]!))[0])).toEqual([expect.stringContaining('belongs to lead')]);
    expect((await engine.page()).items).toMatchObject([
      {
        identity: { email: 'a@example.jp' },
        since: ms(5),
        leadsInAll: 2,
        keptApart: [],
        leads: [
          { leadId: 'crm-1', profile: { name: '青山 晴香', company: 'みなと精機' } },
          { leadId: 'crm-2', profile: { name: '青山 春香' } },
        ],
      },
    ]);
    // Told every day, it is one fact.
    for (let n = 0; n < 3; n += 1)
      await engine.tell(
        event('ProfileUpdated', { leadId: 'crm-2', changes: { email: 'a@example.jp' } }, 12),
        event('ProfileUpdated', { leadId: 'crm-1', changes: { email: 'a@example.jp' } }, 12),
      );
    expect(await engine.sharedBy('a@example.jp')).toBe(1);
    expect(await engine.list()).toEqual([['a@example.jp', ms(5), ['crm-1', 'crm-2'], []]]);
  });

  it('are no longer once merged, and are again once that is reverted', async () => {
    const engine = await Engine.start();
    await engine.accepted(captured('crm-1', 'a@example.jp', 3), captured('crm-2', 'a@example.jp', 5));
    const [merge] = await engine.tell(merged('crm-2', 'crm-1'));
    expect(await engine.list()).toEqual([]);
    // One by now: nothing to tell.
    expect(
      noticesOf((await engine.tell(event('ProfileUpdated', { leadId: 'crm-2', changes: { email: 'a@example.jp' } })))[0]),
    ).toBeUndefined();
    await engine.accepted(event('MergeReverted', { leadId: 'crm-2', mergeEventId: eventIdIn(merge) }, 21));
    expect(await engine.list()).toEqual([['a@example.jp', ms(5), ['crm-1', 'crm-2'], []]]);
  });

  it('are no longer once kept apart: no notice, no item, also not for what either becomes part of; only a person may still merge them', async () => {
    const engine = await Engine.start();
    await engine.accepted(
      captured('crm-1', 'a@example.jp', 3),
      captured('crm-2', 'a@example.jp', 5),
      captured('crm-3', 'c@example.jp'),
      captured('crm-4', 'd@example.jp'),
    );
    await engine.accepted(apart('crm-1', 'crm-2', '親子'));
    expect(await engine.list()).toEqual([]);
    expect([await engine.typesIn('lead-crm-1'), await engine.typesIn('lead-crm-2')]).toEqual([['LeadsKeptApart'], ['LeadsKeptApart']]);
    const again = () => engine.tell(event('ProfileUpdated', { leadId: 'crm-2', changes: { email: 'a@example.jp' } }));
    expect(noticesOf((await again())[0])).toBeUndefined();

    await engine.accepted(merged('crm-1', 'crm-3'), merged('crm-2', 'crm-4'));
    expect(await engine.list()).toEqual([]);
    expect(noticesOf((await again())[0])).toBeUndefined();
    expect(
      noticesOf((await engine.tell(event('ProfileUpdated', { leadId: 'crm-4', changes: { email: 'a@example.jp' } })))[0]),
    ).toBeUndefined();

    const [merge] = await engine.tell(merged('crm-4', 'crm-3'));
    expect(merge).toMatchObject({ result: 'accepted' });
    expect((await (await engine.leads()).family('crm-3')).sort()).toEqual(['crm-1', 'crm-2', 'crm-3', 'crm-4']);
    await engine.accepted(event('MergeReverted', { leadId: 'crm-4', mergeEventId: eventIdIn(merge) }, 21));
    expect(await engine.list()).toEqual([]);
  });
});

describe('keeping apart', () => {
  it('is refused of one lead, of two that are one, and of one that nobody knows', async () => {
    const engine = await Engine.start();
    await engine.accepted(captured('crm-1', 'a@example.jp'), captured('crm-2', 'b@example.jp'), merged('crm-2', 'crm-1'));
    expect(
      (await engine.tell(apart('crm-1', 'crm-1'), apart('crm-1', 'crm-2'), apart('crm-1', 'nobody'), apart('nobody', 'crm-1'))).map(
        (one) => one.result === 'rejected' && one.errors[0],
      ),
    ).toEqual([
      { pointer: '/data/otherId', expected: 'a lead other than leadId', got: '"crm-1"' },
      {
        pointer: '/data/otherId',
        expected: 'a lead that is not merged with crm-1; revert their merge first',
        got: 'crm-2: both are crm-1',
      },
      { pointer: '/data/otherId', expected: 'a lead with at least one recorded event', got: '"nobody"' },
      { pointer: '/data/leadId', expected: 'a lead with at least one recorded event', got: '"nobody"' },
    ]);
    expect(await engine.typesIn('lead-nobody')).toEqual([]);
  });

  it('is one fact when told again, and told otherwise under the same id it is a conflict that changes nothing', async () => {
    const engine = await Engine.start();
    await engine.accepted(captured('crm-1', 'a@example.jp'), captured('crm-2', 'a@example.jp'), captured('crm-3', 'a@example.jp'));
    const said = (otherId: string) => event('LeadsKeptApart', { leadId: 'crm-1', otherId }, 20, 'apart-1');
    expect((await engine.tell(said('crm-2'), said('crm-2'), said('crm-3'))).map(({ result }) => result)).toEqual([
      'accepted',
      'duplicate',
      'conflict',
    ]);
    expect(await engine.typesIn('lead-crm-3')).toEqual([]);
    expect(await engine.list()).toEqual([['a@example.jp', ms(10), ['crm-1', 'crm-2', 'crm-3'], [['crm-1', 'crm-2']]]]);
  });

  it('holds against a merge that nobody asked for, also where both have become part of others since', async () => {
    const engine = await Engine.start();
    const anonymous = leadIdOf(emailIdentity('a@example.jp'));
    await engine.accepted(
      event('InquiryReceived', { identity: { email: 'a@example.jp' }, kind: 'demo' }),
      captured('crm-1', 'b@example.jp'),
      captured('crm-2', 'c@example.jp'),
      captured('crm-3', 'd@example.jp'),
    );
    await engine.accepted(merged('crm-2', anonymous), apart('crm-2', 'crm-1'), merged('crm-1', 'crm-3'));
    await engine.accepted(event('ProfileUpdated', { leadId: 'crm-3', changes: { email: 'a@example.jp' } }));
    expect(await engine.typesIn(`lead-${anonymous}`)).toEqual([]);
    expect(await engine.list()).toEqual([]);
  });
});

describe('three leads with one address', () => {
  it('are one item, until each pair of them is settled', async () => {
    const engine = await Engine.start();
    await engine.accepted(captured('crm-1', 'a@example.jp', 3), captured('crm-2', 'a@example.jp', 5), captured('crm-3', 'a@example.jp', 4));
    expect(await engine.list()).toEqual([['a@example.jp', ms(4), ['crm-1', 'crm-3', 'crm-2'], []]]);
    await engine.accepted(apart('crm-2', 'crm-1'));
    expect(await engine.list()).toEqual([['a@example.jp', ms(4), ['crm-1', 'crm-3', 'crm-2'], [['crm-1', 'crm-2']]]]);
    await engine.accepted(apart('crm-3', 'crm-1'));
    expect(await engine.list()).toEqual([['a@example.jp', ms(4), ['crm-3', 'crm-2'], []]]);
    await engine.accepted(merged('crm-3', 'crm-2'));
    expect(await engine.list()).toEqual([]);
    // A fourth shares it with both who are left.
    await engine.tell(captured('crm-4', 'a@example.jp', 25));
    expect(await engine.list()).toEqual([['a@example.jp', ms(4), ['crm-1', 'crm-2', 'crm-4'], [['crm-1', 'crm-2']]]]);
  });
});

describe('what is a possible duplicate', () => {
  it('is an address, a visitor or a card, and each can be asked for by itself, or by a lead', async () => {
    const engine = await Engine.start();
    await engine.accepted(captured('crm-1', 'a@example.jp', 1), captured('crm-2', 'b@example.jp', 1), captured('crm-3', 'c@example.jp', 1));
    for (const [n, leadId] of ['crm-1', 'crm-2'].entries())
      await engine.accepted(event('VisitorIdentified', { leadId, visitorId: 'v-1', method: 'login' }, 4 + n));
    for (const [n, leadId] of ['crm-2', 'crm-3'].entries())
      await engine.accepted(
        event('BusinessCardHandedToMarketing', { leadId, cardId: 'card-1', repId: 'rep-1', reason: '異動', keepFollowing: false }, 6 + n),
      );
    await engine.accepted(event('ProfileUpdated', { leadId: 'crm-3', changes: { email: 'a@example.jp' } }, 9));
    const [address, card, visitor] = [
      ['a@example.jp', ms(9), ['crm-1', 'crm-3'], []],
      ['card-1', ms(7), ['crm-2', 'crm-3'], []],
      ['v-1', ms(5), ['crm-1', 'crm-2'], []],
    ];
    expect(await engine.list()).toEqual([address, card, visitor]);
    expect([await engine.list({ kind: 'email' }), await engine.list({ kind: 'cardId' }), await engine.list({ kind: 'visitorId' })]).toEqual(
      [[address], [card], [visitor]],
    );
    expect([
      await engine.list({ leadId: 'crm-1' }),
      await engine.list({ leadId: 'crm-3', kind: 'cardId' }),
      await engine.list({ leadId: 'nobody' }),
    ]).toEqual([[address, visitor], [card], []]);
    // Of a lead that is part of another, what that one shares.
    await engine.accepted(merged('crm-1', 'crm-2'));
    expect(await engine.list({ leadId: 'crm-1' })).toEqual([['a@example.jp', ms(9), ['crm-2', 'crm-3'], []], card]);
  });

  it('is not what the engine has merged by itself; a merge that was reverted is, once it is told again', async () => {
    const engine = await Engine.start();
    const anonymous = leadIdOf(visitorIdentity('v-1'));
    const identified = () => event('VisitorIdentified', { leadId: 'crm-1', visitorId: 'v-1', method: 'form' }, 11);
    await engine.accepted(
      event('WebPageViewed', { identity: { visitorId: 'v-1' }, url: 'https://www.example.jp/', category: 'other' }, 9),
      captured('crm-1', 'a@example.jp'),
      identified(),
    );
    expect(await engine.typesIn(`lead-${anonymous}`)).toEqual(['LeadsMerged']);
    expect(await engine.typesIn(`identity-${identityHash(visitorIdentity('v-1'))}`)).toEqual(['IdentityClaimed']);
    await engine.accepted(
      event('MergeReverted', { leadId: anonymous, mergeEventId: (await engine.eventsIn(`lead-${anonymous}`))[0]!.id }, 12),
    );
    expect(await engine.list()).toEqual([]);
    await engine.accepted(identified());
    expect(await engine.list()).toEqual([['v-1', ms(11), [anonymous, 'crm-1'], []]]);
    await engine.accepted(apart(anonymous, 'crm-1'));
    expect(noticesOf((await engine.tell(identified()))[0])).toBeUndefined();
    expect(await engine.list()).toEqual([]);
  });

  it('is nothing new when all is sent again, whatever was merged in between', async () => {
    const engine = await Engine.start();
    const visit = event('WebPageViewed', { identity: { visitorId: 'v-1' }, url: 'https://www.example.jp/', category: 'other' }, 9);
    const events = [
      visit,
      captured('crm-1', 'a@example.jp'),
      captured('crm-2', 'b@example.jp'),
      event('VisitorIdentified', { leadId: 'crm-1', visitorId: 'v-1', method: 'form' }, 11),
      captured('crm-3', 'b@example.jp'),
      merged('crm-1', 'crm-2'),
      merged('crm-3', 'crm-2'),
    ];
    await engine.accepted(...events);
    const before = await engine.head();
    expect((await engine.tell(...events)).map(({ result }) => result)).toEqual(events.map(() => 'duplicate'));
    expect(await engine.head()).toBe(before);
  });

  it('is not what was erased or voided, and is what was given again since', async () => {
    const engine = await Engine.start();
    const first = captured('crm-1', 'a@example.jp', 3);
    const [given] = await engine.tell(first);
    await engine.accepted(captured('crm-2', 'a@example.jp', 5), captured('crm-1', 'z@example.jp', 1));
    await engine.erase('crm-2', on(6));
    expect([await engine.list(), await engine.list({ leadId: 'crm-1' })]).toEqual([[], []]);
    await engine.accepted(event('ProfileUpdated', { leadId: 'crm-2', changes: { email: 'a@example.jp' } }, 8));
    expect(await engine.list()).toEqual([['a@example.jp', ms(5), ['crm-1', 'crm-2'], []]]);
    await engine.accepted(event('TouchpointInvalidated', { leadId: 'crm-1', targetEventId: eventIdIn(given), reason: 'test' }));
    expect(await engine.list()).toEqual([]);
  });

  it('is listed page by page, and settled ones are passed over', async () => {
    const engine = await Engine.start();
    const addresses = Array.from({ length: 70 }, (_, n) => `p${n}@example.jp`);
    await engine.accepted(...addresses.flatMap((email, n) => [captured(`a-${n}`, email, 1), captured(`b-${n}`, email, 2 + (n % 20))]));
    await engine.accepted(...addresses.flatMap((_, n) => (n % 3 ? [] : [n % 2 ? merged(`b-${n}`, `a-${n}`) : apart(`a-${n}`, `b-${n}`)])));
    const whole = await engine.list({ limit: 200 });
    expect(whole).toHaveLength(46);
    const paged: unknown[] = [];
    for (let cursor: string | undefined, pages = 0; pages === 0 || cursor; pages += 1) {
      paged.push(...(await engine.list({ limit: 4, cursor })));
      cursor = (await engine.page({ limit: 4, cursor })).cursor;
      expect(pages).toBeLessThan(20);
    }
    expect(paged).toEqual(whole);
    await expect(engine.page({ cursor: 'none' })).rejects.toThrow('start again without a cursor');
  });
});

it('of an address that a whole company uses is one item, and one small document, whatever came first', async () => {
  const items: unknown[] = [];
  for (const reversed of [false, true]) {
    const engine = await Engine.start();
    const events = Array.from({ length: 600 }, (_, n) => captured(`crm-${n}`, 'info@example.jp', 1 + (n % 25)));
    const results = await engine.tell(...(reversed ? events.toReversed() : events));
    expect(results.filter((result) => noticesOf(result)).length).toBe(599);
    const page = await engine.page();
    expect(page.items).toHaveLength(1);
    expect(page.items[0]).toMatchObject({ leadsInAll: 600, since: ms(1) });
    expect(page.items[0]!.leads).toHaveLength(20);
    items.push(page.items);
  }
  expect(items[0]).toEqual(items[1]);
});

describe('an address that is kept apart as a whole', () => {
  const INFO = 'info@example.jp';
  const settled = (identity: object, id = 'settled-1') => event('IdentityKeptApart', { identity, reason: '代表アドレス' }, 26, id);
  const people = (count: number, email = INFO) => Array.from({ length: count }, (_, n) => captured(`crm-${n}`, email, 1 + (n % 25)));

  it('leaves the list, however many have given it, and is not brought back by those who give it later', async () => {
    const engine = await Engine.start();
    await engine.accepted(
      ...people(30),
      captured('other-1', 'sales@example.jp'),
      captured('other-2', 'sales@example.jp'),
      event('VisitorIdentified', { leadId: 'crm-1', visitorId: 'v-1', method: 'login' }),
      event('VisitorIdentified', { leadId: 'crm-2', visitorId: 'v-1', method: 'login' }),
    );
    expect((await engine.page({ kind: 'email' })).items.map(({ leadsInAll }) => leadsInAll)).toEqual(expect.arrayContaining([30, 2]));
    // As somebody would write it; the address is recorded in its one form, where its claim stands.
    expect(await engine.tell(settled({ email: 'Info <INFO@Example.JP>' }), settled({ email: INFO }))).toMatchObject([
      { result: 'accepted' },
      { result: 'duplicate' },
    ]);
    expect((await engine.eventsIn(`identity-${identityHash(emailIdentity(INFO))}`)).at(-1)).toMatchObject({
      type: 'IdentityKeptApart',
      data: { identity: { email: INFO }, reason: '代表アドレス' },
    });
    const left = async () => [await engine.list({ kind: 'email' }), await engine.list({ leadId: 'crm-1' })];
    const others = [[['sales@example.jp', ms(10), ['other-1', 'other-2'], []]], [['v-1', ms(10), ['crm-1', 'crm-2'], []]]];
    expect(await left()).toEqual(others);

    const [late, again] = await engine.tell(
      captured('late', INFO, 28),
      event('ProfileUpdated', { leadId: 'crm-2', changes: { email: INFO } }, 29),
    );
    expect([late, again].map(noticesOf)).toEqual([undefined, undefined]);
    expect(await left()).toEqual(others);
    // A person may still say that two of them are one.
    await engine.accepted(merged('crm-1', 'crm-2'));
    expect(await engine.list({ kind: 'email' })).toEqual(others[0]);
  });

  it('makes nobody part of another: what came from it before stays with the lead of the address', async () => {
    const engine = await Engine.start();
    await engine.accepted(event('InquiryReceived', { identity: { email: INFO }, kind: 'demo' }, 2), settled({ email: INFO }));
    const mailbox = leadIdOf(emailIdentity(INFO));
    await engine.accepted(captured('crm-1', INFO, 3), captured('crm-2', INFO, 4));
    expect(await engine.typesIn(`lead-${mailbox}`)).toEqual([]);
    expect(await engine.list()).toEqual([]);
  });

  it('is noticed by a process that has looked before', async () => {
    const engine = await Engine.start();
    await engine.accepted(...people(3));
    await engine.other.ingest([settled({ email: INFO })]);
    expect((await engine.tell(captured('late', INFO, 28))).map(noticesOf)).toEqual([undefined]);
    expect(await engine.list()).toEqual([]);
  });

  it('is one that somebody has given', async () => {
    const engine = await Engine.start();
    await engine.accepted(captured('crm-1', INFO));
    const refused = [
      { email: 'nobody@example.jp' },
      { visitorId: 'v-404' },
      { cardId: 'card-404' },
      { foreign: { system: 'crm', id: '1' } },
    ];
    const results = await engine.tell(...refused.map((identity, n) => settled(identity, `e-404-${n}`)));
    expect(results).toMatchObject(
      refused.map(() => ({
        result: 'rejected',
        errors: [{ pointer: '/data/identity', expected: 'an e-mail address, visitor or business card that belongs to a lead' }],
      })),
    );
    // Nothing stands where a claim must be the first.
    await engine.accepted(captured('crm-2', 'nobody@example.jp'));
    expect(await engine.typesIn(`identity-${identityHash(emailIdentity('nobody@example.jp'))}`)).toEqual(['IdentityClaimed']);
    expect(await engine.tell(settled({ email: 'info@' }, 'e-wrong'))).toMatchObject([
      { result: 'rejected', errors: [{ pointer: '/data/identity/email' }] },
    ]);
  });
});

it('a lead of the name of the list is refused, since it could not be read back', async () => {
  const engine = await Engine.start();
  const bySubject = parseStructured({
    specversion: '1.0',
    id: 'e',
    source: 'spec',
    type: 'InquiryReceived',
    time: on(1),
    subject: 'duplicates',
    data: { kind: 'demo' },
  });
  expect(
    (await engine.tell(captured('duplicates', 'a@example.jp'), bySubject)).map((one) => one.result === 'rejected' && one.errors),
  ).toMatchObject([[{ pointer: '/data/leadId' }], [{ pointer: '/subject' }]]);
});

describe('in whatever order it is told', () => {
  const NAMES = ['crm-0', 'crm-1', 'crm-2', 'crm-3', 'crm-4', 'crm-5'];
  const SHARED = ['a@example.jp', 'b@example.jp', 'v-1', 'card-1'];
  const tells = fc.uniqueArray(fc.tuple(fc.nat(5), fc.nat(3), fc.integer({ min: 1, max: 19 })), {
    minLength: 2,
    maxLength: 14,
    selector: ([lead, identity]) => `${lead} ${identity}`,
  });
  /** Into which lower one each goes, if any: no circle. */
  const merges = fc.tuple(
    ...NAMES.map((_, n) => (n === 0 ? fc.constant(-1) : fc.oneof({ weight: 3, arbitrary: fc.constant(-1) }, fc.nat(n - 1)))),
  );
  const aparts = fc.uniqueArray(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 4, selector: String });

  it('the list is what the facts say', async () => {
    await fc.assert(
      fc.asyncProperty(
        tells.chain((told) =>
          fc.tuple(fc.constant(told), merges, aparts, fc.shuffledSubarray([...Array(32).keys()], { minLength: 32 }), fc.boolean()),
        ),
        async ([told, into, pairs, order, batched]) => {
          const root = (lead: number): number => (into[lead] === -1 ? lead : root(into[lead]!));
          const two = pairs.filter(([one, other]) => root(one) !== root(other));
          const events = [
            ...NAMES.map((leadId) => event('WebPageViewed', { leadId, url: 'https://www.example.jp/', category: 'other' }, 1)),
            ...told.map(([lead, identity, day]) => telling(NAMES[lead]!, SHARED[identity]!, day)),
            ...into.flatMap((to, from) => (to === -1 ? [] : [merged(NAMES[from]!, NAMES[to]!)])),
            ...two.map(([one, other]) => apart(NAMES[one]!, NAMES[other]!)),
          ];
          const engine = await Engine.start();
          let left = order.flatMap((place) => events[place] ?? []);
          // What names a lead of whom nobody has heard is refused, and sent again.
          for (let round = 0; left.length > 0; round += 1) {
            expect(round).toBeLessThan(10);
            const results = batched ? await engine.tell(...left) : [];
            if (!batched) for (const one of left) results.push(...(await engine.tell(one)));
            left = left.filter((_, place) => results[place]!.result === 'rejected');
          }
          expect(await engine.list()).toEqual(expected(told, root, two));
          await engine.stop();
          open.splice(0);
        },
      ),
      { numRuns: 25 },
    );
  });

  const telling = (leadId: string, what: string, day: number): ParsedEvent =>
    what.includes('@')
      ? event('ProfileUpdated', { leadId, changes: { email: what } }, day)
      : what.startsWith('v')
        ? event('VisitorIdentified', { leadId, visitorId: what, method: 'login' }, day)
        : event('BusinessCardExchanged', { leadId, cardId: what, repId: 'rep-1', place: 'onsite' }, day);

  function expected(told: readonly [number, number, number][], root: (lead: number) => number, apartFrom: readonly [number, number][]) {
    const hashes = SHARED.map((what) =>
      identityHash(what.includes('@') ? emailIdentity(what) : what.startsWith('v') ? visitorIdentity(what) : cardIdentity(what)),
    );
    return SHARED.flatMap((what, identity) => {
      const by = told.filter(([, which]) => which === identity).sort(([a, , one], [b, , other]) => one - other || a - b);
      const roots = [...new Set(by.map(([lead]) => root(lead)))];
      const isApart = (a: number, b: number) =>
        apartFrom.some(([one, other]) => (root(one) === a && root(other) === b) || (root(one) === b && root(other) === a));
      const open = roots.filter((a) => roots.some((b) => a !== b && !isApart(a, b)));
      const kept = open.flatMap((a, place) => open.slice(place + 1).flatMap((b) => (isApart(a, b) ? [[NAMES[a]!, NAMES[b]!]] : [])));
      return open.length === 0 ? [] : [{ hash: hashes[identity]!, item: [what, ms(by[1]![2]), open.map((lead) => NAMES[lead]!), kept] }];
    })
      .sort((a, b) => (b.item[1] as number) - (a.item[1] as number) || (a.hash < b.hash ? 1 : -1))
      .map(({ item }) => item);
  }
});
