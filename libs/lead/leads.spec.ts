import fc from 'fast-check';
import type { RecordedEvent } from '@leadlog/event-log';
import { sightings } from '@leadlog/events';
import { recorded } from '@leadlog/events/recorded.testing';
import { leadsProjection, summaryOf, type LeadState } from '@leadlog/lead';
import { partOf } from '@leadlog/projections';
import { countsOf } from './leads.projection';
import { TEXTS } from './lead-texts';

const projection = leadsProjection({ timezone: 'Asia/Tokyo' });
const fold = (...events: RecordedEvent[]): LeadState =>
  events.reduce((state, event) => projection.evolve(state, event), projection.initial('lead-1'));
/** What the store keeps. */
const stored = (state: LeadState): unknown => JSON.parse(JSON.stringify(state));
const day = (n: number): string => `2026-06-${String(n).padStart(2, '0')}T10:00:00+09:00`;
const yen = { value: 100_000, currency: 'JPY' };

/** Deep equality that does not care in which order keys were added. */
const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(sorted)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, part]) => [key, sorted(part)]),
        )
      : value;

describe('read model leads', () => {
  it('keeps each field of the profile as it was set last by business time, whatever came last', () => {
    const state = fold(
      recorded('ProfileUpdated', { changes: { title: '本部長' } }, { at: day(9) }),
      recorded('LeadCaptured', { profile: { name: '青山 晴香', title: '部長', company: '株式会社みなと精機' } }, { at: day(1) }),
      recorded('ProfileUpdated', { changes: { title: '課長', department: '生産技術部' } }, { at: day(5) }),
    );
    expect(summaryOf('lead-1', state).profile).toEqual({
      name: '青山 晴香',
      title: '本部長',
      company: '株式会社みなと精機',
      department: '生産技術部',
    });
  });

  it('gives the same document, lists and tallies for any order of arrival', () => {
    const at = (n: number) => ({ at: day((n % 9) + 1) });
    const events = fc.array(
      fc.oneof(
        fc
          .nat(30)
          .map((n) =>
            recorded('LeadCaptured', { channel: 'form', origin: `o${n % 3}`, profile: { name: `n${n}`, email: `${n}@a.example` } }, at(n)),
          ),
        fc.nat(30).map((n) => recorded('ProfileUpdated', { changes: { title: `t${n}`, ...(n % 2 && { name: `m${n}` }) } }, at(n))),
        fc.nat(30).map((n) => recorded('VisitorIdentified', { visitorId: `v${n % 4}`, method: 'form' }, at(n))),
        fc.nat(30).map((n) => recorded('LeadLinkedToAccount', { accountId: `a${n % 3}`, role: n % 2 ? 'user' : 'champion' }, at(n))),
        fc.nat(30).map((n) => recorded('ConsentChanged', { channel: 'email', status: n % 2 ? 'granted' : 'withdrawn' }, at(n))),
        fc.nat(30).map((n) => recorded('DealOpened', { dealId: `d${n % 3}` }, at(n))),
        fc.nat(30).map((n) => recorded('DealWon', { dealId: `d${n % 3}`, amount: yen }, at(n))),
        fc.nat(30).map((n) => recorded('DealLost', { dealId: `d${n % 3}` }, at(n))),
        fc.nat(30).map((n) => recorded('WebPageViewed', { accountId: `a${n % 3}`, identity: { visitorId: `v${n % 4}` } }, at(n))),
        fc.nat(8).map((n) => recorded('PersonalDataErased', {}, at(n))),
      ),
      { maxLength: 14 },
    );
    const orders = events.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));
    fc.assert(
      fc.property(orders, ([one, other]) => {
        const [a, b] = [fold(...one), fold(...other)];
        expect(sorted(stored(a))).toEqual(sorted(stored(b)));
        expect(projection.lists!(a, 'lead-1')).toEqual(projection.lists!(b, 'lead-1'));
        expect(projection.tallies!(a, 'lead-1')).toEqual(projection.tallies!(b, 'lead-1'));
      }),
      { numRuns: 500 },
    );
  });

  it('tells apart the acts of the customer and ours; a mailing or an imported record is neither', () => {
    const state = fold(
      recorded('LeadCaptured', { channel: 'import' }, { at: day(1) }),
      recorded('WebPageViewed', {}, { at: day(2) }),
      recorded('CallCompleted', {}, { at: day(3) }),
      recorded('EmailDelivered', {}, { at: day(4) }),
      recorded('LeadTierChanged', {}, { at: day(5) }),
    );
    expect(state).toMatchObject({
      firstSeenAt: Date.parse(day(1)),
      lastActivityAt: Date.parse(day(2)),
      lastSellerActAt: Date.parse(day(3)),
    });
    expect(countsOf(state)).toEqual({ WebPageViewed: 1, CallCompleted: 1, EmailDelivered: 1 });
    expect(projection.lists!(state, 'lead-1')).toEqual({
      recent: Date.parse(day(2)),
      captured: Date.parse(day(1)),
      [TEXTS]: partOf('lead-1'),
    });
  });

  it('forgets a role at a company that the person has left', () => {
    const state = fold(
      recorded('LeadLinkedToAccount', { accountId: 'acc-1', role: 'champion' }, { at: day(1) }),
      recorded('WebPageViewed', { accountId: 'acc-2' }, { at: day(2) }),
    );
    expect(summaryOf('lead-1', state)).toMatchObject({ accountId: 'acc-2', role: undefined });
  });

  it('an erasure takes personal data from before it, also when they arrive after it, and keeps the numbers', () => {
    const state = fold(
      recorded('LeadCaptured', { origin: 'web', profile: { name: '青山', email: 'a@b.example', industry: '製造業' } }, { at: day(1) }),
      recorded('PersonalDataErased', {}, { at: day(5) }),
      recorded('ProfileUpdated', { changes: { phone: '+81-3-5550-0199' } }, { at: day(4) }),
      recorded('VisitorIdentified', { visitorId: 'v-9' }, { at: day(4) }),
    );
    expect(JSON.stringify(state)).not.toMatch(/青山|a@b|5550|v-9/);
    expect(summaryOf('lead-1', state)).toMatchObject({ erased: true, profile: { industry: '製造業' } });
    expect(projection.tallies!(state, 'lead-1')).toEqual({
      'captured|2026-06-01|web': 1,
      'campaign:captured|2026-06-01|spring-2026-iot': 1,
      'region:captured|2026-06-01|東京都': 1,
      'industry:captured|2026-06-01|製造業': 1,
    });
  });

  it('an erasure of a lead that is merged into it later takes nothing of its own', () => {
    const state = fold(
      recorded('LeadCaptured', { profile: { name: '青山', email: 'a@b.example' } }, { at: day(1) }),
      recorded('PersonalDataErased', { leadId: 'merged' }, { at: day(5), stream: 'activity-merged' }),
    );
    expect(summaryOf('lead-1', state)).toMatchObject({ profile: { name: '青山', email: 'a@b.example' } });
    expect([...sightings(state.identities!.email)].map(([value]) => value)).toEqual(['a@b.example']);
    expect(state.erasedAt).toBeUndefined();
  });

  it('remembers the 50 identities of a kind that were seen last', () => {
    const views = Array.from({ length: 60 }, (_, n) =>
      recorded('VisitorIdentified', { visitorId: `v${n}` }, { at: Date.parse(day(1)) + n }),
    );
    const state = fold(...views);
    expect([...sightings(state.identities!.visitorId)].map(([value]) => value)).toEqual(Array.from({ length: 50 }, (_, n) => `v${n + 10}`));
  });
});

describe('tallies by origin', () => {
  /** Without those by other attributes than the origin, and those that only tell what has changed. */
  const tallies = (...events: RecordedEvent[]) =>
    Object.fromEntries(Object.entries(projection.tallies!(fold(...events), 'lead-1')).filter(([cell]) => !/^~|:/.test(cell)));

  it('are also by campaign, region and industry, which is that of the profile now', () => {
    const events = [
      recorded('LeadCaptured', { origin: 'web', campaignId: 'spring', region: '東京都', profile: { industry: '製造' } }, { at: day(1) }),
      recorded('ProfileUpdated', { changes: { industry: '小売' } }, { at: day(2) }),
      recorded('DealWon', { dealId: 'd1' }, { at: day(3) }),
    ];
    const of = (by: string, value: string) => [
      [`${by}captured|2026-06-01|${value}`, 1],
      [`${by}wins|2026-06-03|${value}`, 1],
      [`${by}captured-won|2026-06-01|${value}`, 1],
    ];
    const cells = projection.tallies!(fold(...events), 'lead-1');
    const wanted = [...of('', 'web'), ...of('campaign:', 'spring'), ...of('region:', '東京都'), ...of('industry:', '小売')];
    expect(Object.fromEntries(Object.entries(cells).filter(([cell]) => !cell.startsWith('~')))).toEqual(Object.fromEntries(wanted));
  });

  it('count by the day of the tenant, not of UTC', () => {
    expect(tallies(recorded('LeadCaptured', { origin: 'social' }, { at: '2026-05-31T15:00:00Z' }))).toEqual({
      'captured|2026-06-01|social': 1,
    });
  });

  it('a lead without an origin is in a group of its own, not with the origin called unknown', () => {
    const none = recorded('LeadCaptured', {}, { at: day(1) });
    delete (none.data as { origin?: string }).origin;
    expect(tallies(none)).toEqual({ 'captured|2026-06-01|': 1 });
    expect(tallies(recorded('LeadCaptured', { origin: 'unknown' }, { at: day(1) }))).toEqual({ 'captured|2026-06-01|unknown': 1 });
  });

  it('every deal won counts as a win, but the lead counts once as won', () => {
    expect(
      tallies(
        recorded('LeadCaptured', { origin: 'social' }, { at: day(1) }),
        recorded('DealWon', { dealId: 'd1' }, { at: day(7) }),
        recorded('DealWon', { dealId: 'd2' }, { at: day(7) }),
        recorded('DealWon', { dealId: 'd3' }, { at: day(8) }),
      ),
    ).toEqual({
      'captured|2026-06-01|social': 1,
      'wins|2026-06-07|social': 2,
      'wins|2026-06-08|social': 1,
      'captured-won|2026-06-01|social': 1,
    });
  });

  it('a win dated before the first contact counts', () => {
    expect(tallies(recorded('LeadCaptured', { origin: 'social' }, { at: day(9) }), recorded('DealWon', {}, { at: day(2) }))).toEqual({
      'captured|2026-06-09|social': 1,
      'wins|2026-06-02|social': 1,
      'captured-won|2026-06-09|social': 1,
    });
  });

  it('a win of a lead that nobody has captured is counted apart, not under the empty origin', () => {
    expect(tallies(recorded('DealWon', {}, { at: day(2) }))).toEqual({ 'wins-uncaptured|2026-06-02': 1 });
  });

  it('a lead captured twice, as after a merge, counts once, under its first capture', () => {
    expect(
      tallies(recorded('LeadCaptured', { origin: 'late' }, { at: day(5) }), recorded('LeadCaptured', { origin: 'first' }, { at: day(3) })),
    ).toEqual({
      'captured|2026-06-03|first': 1,
    });
  });
});
