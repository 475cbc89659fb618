import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { RecordedEvent } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import type { Projection } from '@leadlog/projections';
import { projectionContract } from '@leadlog/projections/projection.contract';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { noticesProjection, OPEN_NOTICES, openNotices, type NoticesState } from './notices.projection';
import { toldNotices } from './told-notices';

const day = (n: number): string => `2026-06-${String(n).padStart(2, '0')}T10:00:00+09:00`;
const fold = (events: readonly RecordedEvent[]): NoticesState =>
  events.reduce((state, event) => noticesProjection.evolve(state, event), noticesProjection.initial('lead-1'));

const opened = (n: number) => recorded('DealOpened', { dealId: 'd-1' }, { at: day(n) });
const won = (n: number, value = 100) => recorded('DealWon', { dealId: 'd-1', amount: { value, currency: 'JPY' } }, { at: day(n) });
const lost = (n: number) => recorded('DealLost', { dealId: 'd-1' }, { at: day(n) });
const quote = (n: number, revision: number, currency: string, quoteId = 'q-1') =>
  recorded('QuoteSubmitted', { dealId: 'd-1', quoteId, revision, amount: { value: 1, currency } }, { at: day(n) });
const meeting = (n: number, startedAt: string) => recorded('MeetingHeld', { meetingId: 'm-1', startedAt }, { at: day(n) });

describe('facts contradict each other', () => {
  it.each<[string, RecordedEvent[], string[]]>([
    ['not in the life of an ordinary deal', [opened(1), quote(2, 1, 'JPY'), quote(3, 2, 'JPY'), lost(4), won(5)], []],
    ['won without an opening', [won(5)], ['won-without-opening']],
    [
      'won without an opening of its own, but opened with somebody else',
      [won(5), recorded('DealShared', { dealId: 'd-1', opened: true }, { at: day(5) })],
      [],
    ],
    ['won twice for different amounts', [opened(1), won(5), won(6, 200)], ['won-twice']],
    ['not when the same win is reported twice', [opened(1), won(5), won(6)], []],
    ['lost after won', [opened(1), won(5), lost(6)], ['lost-after-won']],
    ['a quote that changes its currency', [opened(1), quote(2, 1, 'JPY'), quote(3, 2, 'USD')], ['quote-currency-changed']],
    ['not when two quotes have two currencies', [opened(1), quote(2, 1, 'JPY'), quote(3, 1, 'USD', 'q-2')], []],
    ['a meeting that starts far ahead', [meeting(1, day(20))], ['meeting-far-ahead']],
    ['not when that meeting was reported again as it was', [meeting(1, day(20)), meeting(2, day(1))], []],
    ['not when a meeting was recorded in advance by a few hours', [meeting(1, '2026-06-01T19:00:00+09:00')], []],
    ['several ways at once', [won(5), lost(6), won(7, 300)], ['won-without-opening', 'won-twice', 'lost-after-won']],
  ])('%s, in whatever order they are told', (_, events, kinds) => {
    fc.assert(
      fc.property(fc.shuffledSubarray(events, { minLength: events.length }), (shuffled) => {
        const state = fold(shuffled);
        expect(
          openNotices(state)
            .map(({ kind }) => kind)
            .sort(),
        ).toEqual([...kinds].sort());
        expect(openNotices(state)).toEqual(openNotices(fold(events)));
        expect(OPEN_NOTICES in noticesProjection.lists!(state, 'lead-1')).toBe(kinds.length > 0);
      }),
      { numRuns: 10 },
    );
  });

  it('until somebody accepts it, and again when another fact contradicts', () => {
    const events = [opened(1), won(5), won(6, 200)];
    const [notice] = openNotices(fold(events));
    const accepted = recorded('NoticeAccepted', { noticeId: notice!.noticeId });
    expect(openNotices(fold([accepted, ...events]))).toEqual([]);
    const more = openNotices(fold([...events, accepted, won(7, 300)]));
    expect(more).toMatchObject([
      { kind: 'won-twice', says: { en: 'deal d-1 was won for different amounts: 100 JPY and 200 JPY and 300 JPY' } },
    ]);
    expect(more[0]!.noticeId).not.toBe(notice!.noticeId);
  });
});

describe('a sender is told', () => {
  it('what its events contradict, whichever leads they name, and nothing of what is voided', async () => {
    const log = SqliteEventLog.open({ file: join(folder, `log-${files++}.db`) });
    const append = async (...events: RecordedEvent[]) => {
      await log.appendMany(events.map(asAppend));
      const told = await toldNotices(
        log,
        events.map((event) => asAppend(event).events[0]!),
        Date.parse(day(10)),
      );
      return events.map((_, place) => told.get(place) ?? []);
    };
    const without = ['deal d-1 was won, and nothing says that it was opened'];
    expect(await append(won(5), quote(2, 1, 'JPY'), meeting(9, day(9)))).toEqual([without, [], []]);
    expect(await append(recorded('DealOpened', { leadId: 'lead-2', dealId: 'd-1' }, { at: day(1) }))).toEqual([[]]);
    const other = recorded('DealWon', { leadId: 'lead-2', dealId: 'd-1', amount: { value: 7, currency: 'JPY' } }, { at: day(6) });
    expect(await append(other)).toEqual([['deal d-1 was won for different amounts: 100 JPY and 7 JPY']]);
    await log.appendMany([asAppend(recorded('TouchpointInvalidated', { leadId: 'lead-2', targetEventId: other.id, reason: 'test' }))]);
    expect(await append(recorded('DealWon', { dealId: 'd-1', amount: { value: 100, currency: 'JPY' } }, { at: day(7) }))).toEqual([[]]);
    expect(await append(meeting(9, day(20)))).toEqual([
      ['meeting m-1 is said to have been held, and starts only at 2026-06-20T01:00:00.000Z'],
    ]);
    await log.close();
  });
});

/** Deals with contradictions, one of them voided, one accepted, and one of a lead that becomes part of another. */
function history(): RecordedEvent[] {
  const of = (n: number) => ({ leadId: `lead-${n}`, dealId: `d-${n}` });
  const wins = Array.from({ length: 8 }, (_, n) => recorded('DealWon', of(n), { at: day(n + 1) }));
  const merge = recorded('LeadsMerged', { leadId: 'lead-4', mergedId: 'lead-4', survivorId: 'lead-5' });
  const { noticeId } = openNotices(fold([wins[7]!]))[0]!;
  return [
    ...wins,
    recorded('DealOpened', of(3), { at: day(1) }),
    recorded('TouchpointInvalidated', { leadId: 'lead-2', targetEventId: wins[2]!.id, reason: 'test' }),
    merge,
    recorded('LeadsMerged', { leadId: 'lead-0', mergedId: 'lead-0', survivorId: 'lead-1' }),
    recorded('MergeReverted', { leadId: 'lead-4', mergeEventId: merge.id }),
    recorded('NoticeAccepted', { leadId: 'lead-7', noticeId }),
  ];
}

let folder: string;
let files = 0;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'leadlog-notices-'))));
afterAll(() => rmSync(folder, { recursive: true }));

projectionContract('notices', async () => ({
  projection: noticesProjection as Projection,
  decode,
  history: history().map(asAppend),
  openLog: async () => SqliteEventLog.open({ file: join(folder, `log-${files++}.db`) }),
  openStore: async () => SqliteReadModelStore.open({ file: join(folder, `read-models-${files++}.db`) }),
}));
