import type { DealFact, QuoteFact, RevisionFact } from '../kpis/fact-shapes';
import { offeredIn } from './offered';

const by = {} as RevisionFact['by'];
const quote = (quoteId: string, ...revisions: [revision: number, at: number][]): QuoteFact => ({
  quoteId,
  revisions: revisions.map(([revision, at]) => ({ revision, at, position: at, by })),
});
const deal = (of: Partial<DealFact>): DealFact => ({ dealId: 'deal-1', ...of });

describe('what a deal was offered', () => {
  it('is nothing before the first proposal or quote', () => {
    expect(offeredIn(deal({}))).toBeUndefined();
  });

  it('is the quote that was sent or revised last, with its highest revision, however late one was reported', () => {
    expect(offeredIn(deal({ quotes: [quote('a', [1, 1], [2, 5], [3, 4]), quote('b', [1, 3])] }))).toEqual({
      products: [],
      quote: { quoteId: 'a', revision: 3 },
    });
  });

  it('is the other quote once that was sent later', () => {
    expect(offeredIn(deal({ quotes: [quote('a', [1, 1], [2, 2]), quote('b', [1, 3])] }))?.quote).toEqual({ quoteId: 'b', revision: 1 });
  });
});
