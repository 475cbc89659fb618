import { nextQuote, proposalKind } from './next-offer';

describe('what is offered next', () => {
  it('is the first quote under a new id, then revisions of that one', () => {
    expect(nextQuote(undefined, 'new')).toEqual({ quoteId: 'new', revision: 1 });
    expect(nextQuote({ products: ['p'] }, 'new')).toEqual({ quoteId: 'new', revision: 1 });
    expect(nextQuote({ products: [], quote: { quoteId: 'q', revision: 2 } }, 'new')).toEqual({ quoteId: 'q', revision: 3 });
  });

  it('is the first proposal until there was one, quotes aside', () => {
    expect(proposalKind(undefined)).toBe('first');
    expect(proposalKind({ products: [], quote: { quoteId: 'q', revision: 1 } })).toBe('first');
    expect(proposalKind({ products: ['p'] })).toBe('revision');
  });
});
