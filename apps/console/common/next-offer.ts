import type { components } from '../api/types.gen';

export type Offered = NonNullable<components['schemas']['DayItem']['offered']>;

/** Which quote of a deal the next one is: the first of a new id, or the next revision of the one that was sent last. */
export const nextQuote = (offered: Offered | undefined, newQuoteId: string): { quoteId: string; revision: number } =>
  offered?.quote === undefined ? { quoteId: newQuoteId, revision: 1 } : { ...offered.quote, revision: offered.quote.revision + 1 };

/** What is proposed to a customer who was proposed anything before revises that. */
export const proposalKind = (offered: Offered | undefined): 'first' | 'revision' =>
  offered === undefined || offered.products.length === 0 ? 'first' : 'revision';
