import { isAfter, type Happened } from '@leadlog/events';
import type { AddCell, Facets, LeadAttributes } from '@leadlog/lead';
import { daysBetween } from '@leadlog/time';
import type { Credit, DealFact } from '../fact-shapes';

/** Named at the opening or proposed, by name. */
export const productsOf = ({ opened, products = [] }: DealFact): string[] =>
  [...new Set([...(opened?.products ?? []), ...products.map(({ productId }) => productId)])].sort();

/**
 * `attributesOf`: of the lead that told of a fact of the deal. A deal belongs to the lead with which it was opened, else to the one with
 * which it was won or lost. `visits`: how many meetings it took, if any.
 */
export function addDeal(
  deal: DealFact,
  attributesOf: (told: Happened) => LeadAttributes,
  visits: number | undefined,
  day: (at: number) => string,
  add: AddCell,
): void {
  const { opened, outcome, products: proposals = [], quotes = [], quoted } = deal;
  const products = productsOf(deal);
  const facets = (told: Happened & { by: Credit }, of: Happened = told): Facets => ({
    by: creditOr(told.by, deal),
    of: attributesOf(of),
    products,
  });
  if (opened) {
    const its = facets(opened);
    add('opened', opened.at, its);
    if (outcome === undefined) {
      add('opened-open', opened.at, its);
    } else {
      add('opened-closed', opened.at, its);
      // An outcome dated before the opening took no time.
      add('deal-days', opened.at, its, { infix: `${Math.max(0, daysBetween(day(opened.at), day(outcome.at)))}|` });
      if (outcome.won) add('opened-won', opened.at, its);
    }
  }
  if (outcome) {
    const its = facets(outcome, opened ?? outcome);
    add(outcome.won ? 'won' : 'lost', outcome.at, its);
    add('closed', outcome.at, its);
    if (outcome.won && visits !== undefined) add('won-visits', outcome.at, its, { n: visits });
    // A loss has no amount of its own: the amount lost is the last quote, else the amount at the opening.
    const money = outcome.money ?? quoted?.money ?? opened?.money;
    if (money) {
      const amount = { n: money.minor, infix: `${money.currency}|` };
      add('amount-closed', outcome.at, its, amount);
      if (outcome.won) add('amount-won', outcome.at, its, amount);
    }
  }
  for (const proposal of proposals) add('products-proposed', proposal.at, { ...facets(proposal), products: [proposal.productId] });
  if (proposals.length > 0) {
    const first = proposals.reduce((a, b) => (isAfter(a, b) ? b : a));
    add('deals-proposed', first.at, facets(first));
  }
  for (const { revisions } of quotes)
    for (const [place, revision] of revisions.entries()) add(place === 0 ? 'quotes' : 'quote-revisions', revision.at, facets(revision));
}

/** If the event names no rep, the one who opened the deal. */
const creditOr = (by: Credit, deal: DealFact): Credit =>
  by.reps.length > 0 || deal.opened === undefined ? by : { reps: deal.opened.by.reps, team: by.team ?? deal.opened.by.team };
