import { earliest, latest, type Happened } from '@leadlog/events';
import { deals as dealsById, products, quotes, type DealFact, type RevisionFact, type SalesFacts } from './fact-shapes';

/**
 * The deals of these leads by id, each once: the same event holds for a fact of a deal as if all events belonged to one
 * lead. Does not change its arguments.
 */
export function dealsOf(leads: readonly SalesFacts[]): readonly DealFact[] {
  if (leads.length === 1) return leads[0]!.deals ?? [];
  let all: DealFact[] = [];
  for (const { deals = [] } of leads) {
    for (const deal of deals) {
      const known = dealsById.find(all, deal.dealId);
      all = dealsById.put(all, known ? joined(known, deal) : deal);
    }
  }
  return all;
}

/** The first event of each revision of a quote, by number. */
export function withRevision(revisions: readonly RevisionFact[] = [], fact: RevisionFact): RevisionFact[] {
  const others = revisions.filter(({ revision }) => revision !== fact.revision);
  const known = revisions.find(({ revision }) => revision === fact.revision);
  return [...others, earliest(known, fact)].sort((a, b) => a.revision - b.revision);
}

function joined(one: DealFact, other: DealFact): DealFact {
  let proposed = [...(one.products ?? [])];
  for (const proposal of other.products ?? [])
    proposed = products.put(proposed, earliest(products.find(proposed, proposal.productId), proposal));
  let quoted = [...(one.quotes ?? [])];
  for (const { quoteId, revisions } of other.quotes ?? []) {
    const known = quotes.find(quoted, quoteId)?.revisions;
    quoted = quotes.put(quoted, {
      quoteId,
      revisions: revisions.reduce<RevisionFact[]>((list, revision) => withRevision(list, revision), known ?? []),
    });
  }
  return {
    dealId: one.dealId,
    opened: either(earliest, one.opened, other.opened),
    outcome: either(latest, one.outcome, other.outcome),
    products: proposed,
    quotes: quoted,
    quoted: either(latest, one.quoted, other.quoted),
  };
}

export function either<Fact extends Happened>(
  which: (known: Fact | undefined, fact: Fact) => Fact,
  one: Fact | undefined,
  other: Fact | undefined,
): Fact | undefined {
  return other === undefined ? one : which(one, other);
}
