import type { DealFact } from '../kpis/fact-shapes';

/** What the customer of a deal has been offered so far, so that the next offer is told as a revision of it. */
export interface Offered {
  /** Ids, in order. */
  products: string[];
  /** The quote that was sent or revised last, with the highest revision of it. */
  quote?: { quoteId: string; revision: number };
}

/** Undefined before the first offer. */
export function offeredIn({ products = [], quotes = [] }: DealFact): Offered | undefined {
  if (products.length === 0 && quotes.length === 0) return undefined;
  const revisions = quotes.flatMap(({ quoteId, revisions: all }) => all.map((one) => ({ ...one, quoteId })));
  const [last] = revisions.sort((a, b) => b.at - a.at || b.position - a.position);
  return {
    products: products.map(({ productId }) => productId),
    ...(last && {
      quote: {
        quoteId: last.quoteId,
        revision: Math.max(...revisions.filter(({ quoteId }) => quoteId === last.quoteId).map(({ revision }) => revision)),
      },
    }),
  };
}
