import { decideOn, type Decided, type EventLog, type Fold, type NewEvent, type Position } from '@leadlog/event-log';
import { activityStream, Voided, voidIn } from '@leadlog/events';
import type { Refusal } from '@leadlog/lead';
import type { ReadModelView } from '@leadlog/projections';
import { cardsOf, withCard, type Card, type CardsState } from './cards.projection';

/** The card of this id as the read model `cards` has it, and the lead that has it now; or why there is no telling which. */
export async function findCard(view: ReadModelView, cardId: string): Promise<{ card: Card; leadId: string } | Refusal> {
  const entries = await view.list(withCard(cardId), { limit: 2 });
  const states = await view.many<CardsState>(entries.map(({ key }) => key));
  const found = entries.flatMap(({ key: leadId }, place) =>
    (states[place] ? cardsOf(states[place]) : []).filter((card) => card.cardId === cardId).map((card) => ({ card, leadId })),
  );
  if (found.length === 1) return found[0]!;
  if (found.length === 0) return { expected: 'a card that has been exchanged', got: cardId };
  const [one, other] = found.map(({ leadId }) => leadId);
  return { expected: 'a card of one lead', got: `${cardId} of ${one} and of ${other}: merge them if they are one person` };
}

/** Whether this representative may hand the card over; others state that they do it for the one who has it. */
export function refusalOfHandOver({ cardId, repId }: Card, by: string, takeOver: boolean | undefined): Refusal | undefined {
  if (repId === by || takeOver) return undefined;
  return { expected: `${repId}, who has ${cardId}, or takeOver: true to hand it over for them`, got: by };
}

interface HandOvers {
  of: { id: string; stream: string; position: Position }[];
  voided: Voided;
}

const handOversOf = (cardId: string): Fold<HandOvers> => ({
  initial: () => ({ of: [], voided: new Voided() }),
  evolve: (state, event) => {
    const { id, stream, position, type, data } = event;
    state.voided.add(voidIn(event));
    if (type === 'BusinessCardHandedToMarketing' && (data as { cardId: string }).cardId === cardId) state.of.push({ id, stream, position });
    return state;
  },
});

/** Once only: of two who hand the same card over at the same time, the second finds that it is done. */
export async function handOver(log: EventLog, card: Card, event: NewEvent): Promise<Decided<Refusal>> {
  if (card.handed) return { ok: true, position: BigInt(card.handed.position), repeated: true };
  return decideOn<HandOvers, Refusal>(log, activityStream(card.leadId), handOversOf(card.cardId), ({ state: { of, voided } }) => {
    const done = of.find((one) => !voided.of(one));
    return done ? { done: done.position } : { append: [event] };
  });
}
