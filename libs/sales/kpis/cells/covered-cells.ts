import { nameInCell, type AddCell, type Facets } from '@leadlog/lead';
import type { End, Subjects } from '../subjects';
import type { SalesFacts } from '../fact-shapes';

/** Items of the flow of the sales process that calls have covered, by subject. */
export class CoveredInCalls {
  private readonly items = new Map<string, Set<string>>();

  add({ calls = [] }: SalesFacts, subjects: Subjects): void {
    for (const { startedAt, covered } of calls) {
      if (!covered || covered.length === 0) continue;
      const subject = subjects.of(startedAt, undefined);
      let items = this.items.get(subject);
      if (!items) this.items.set(subject, (items = new Set()));
      for (const item of covered) items.add(item);
    }
  }

  of(subject: string): ReadonlySet<string> {
    return this.items.get(subject) ?? NONE;
  }
}
const NONE: ReadonlySet<string> = new Set();

/** Each item once, at the first meeting `at` of its subject. Which of them are required is known where they are read. */
export function addCovered(items: Iterable<string>, at: number, facets: Facets, end: End | undefined, add: AddCell): void {
  const outcome = end && (end.won ? 'won' : 'lost');
  if (outcome) add(`met-${outcome}`, at, facets);
  for (const item of new Set(items)) {
    add('items-covered', at, facets, { infix: nameInCell(item) });
    if (outcome) add(`items-covered-${outcome}`, at, facets, { infix: nameInCell(item) });
  }
}
