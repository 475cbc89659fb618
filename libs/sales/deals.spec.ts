import type { RecordedEvent } from '@leadlog/event-log';
import { dealsProjection, type DealState } from '@leadlog/sales';
import { recorded } from '../lead/recorded.testing';

const projection = dealsProjection();
const fold = (...events: RecordedEvent[]): DealState => events.reduce((state, event) => projection.evolve(state, event), projection.initial('d'));
const day = (n: number): string => `2026-06-${String(n).padStart(2, '0')}T10:00:00+09:00`;

describe('read model deals', () => {
  const opened = recorded('DealOpened', { dealId: 'd', repId: 'rep-1' }, { at: day(1) });
  const quote = (revision: number, at: string) => recorded('QuoteSubmitted', { dealId: 'd', quoteId: 'q', revision, amount: { value: revision, currency: 'JPY' } }, { at });
  const lost = recorded('DealLost', { dealId: 'd' }, { at: day(8) });
  const won = recorded('DealWon', { dealId: 'd' }, { at: day(9) });

  it('lists an open deal by the time it was opened, for all and for its rep, and a closed one by its outcome', () => {
    expect(projection.lists!(fold(opened), 'd')).toEqual({ open: Date.parse(day(1)), 'rep:rep-1': Date.parse(day(1)) });
    expect(projection.lists!(fold(won, opened), 'd')).toEqual({ closed: Date.parse(day(9)) });
  });

  it('is the same whatever arrived first: the last quote, the last answer', () => {
    const events = [opened, quote(1, day(2)), quote(2, day(5)), lost, won];
    expect(fold(...[...events].reverse())).toEqual(fold(...events));
    expect(fold(...events)).toMatchObject({ outcome: { state: 'won' }, quoted: { revision: 2 }, quotes: { q: Date.parse(day(2)) } });
  });
});
