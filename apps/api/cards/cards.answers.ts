import { Type, type Static } from '@sinclair/typebox';
import { TIERS } from '@leadlog/events';
import { CARD_STATES } from '@leadlog/handoff';
import { FieldErrors, number, oneOf, position, text, time, whole } from '../answer-schemas';

const handoffState = oneOf(['handed-off', 'accepted', 'in-deal', 'rejected', 'returned', 'won', 'lost', 'disqualified']);

const Card = Type.Object(
  {
    cardId: Type.String(),
    leadId: text('The lead that it belongs to now'),
    repId: text('Who exchanged it'),
    teamId: Type.Optional(Type.String()),
    accountId: Type.Optional(Type.String()),
    place: Type.Optional(oneOf(['onsite', 'online'])),
    exchangedAt: time('Of a card of which only the hand-over is known, when that was'),
    state: oneOf(CARD_STATES),
    handedOver: Type.Optional(
      Type.Object(
        { at: time(), repId: Type.String(), reason: Type.String(), keepFollowing: Type.Boolean() },
        { description: 'To marketing' },
      ),
    ),
    tier: oneOf(TIERS, 'Of the lead, now'),
    handoff: Type.Optional(
      Type.Object(
        { handoffId: Type.String(), state: handoffState, at: time() },
        { description: 'The last one to sales since the exchange' },
      ),
    ),
    deal: Type.Optional(
      Type.Object(
        { dealId: Type.String(), state: oneOf(['open', 'won', 'lost']) },
        { description: 'Of the lead since the exchange: the one won first, else the one that began last' },
      ),
    ),
    lastActivityAt: Type.Optional(time('Last act of the customer')),
    profile: Type.Object({
      name: Type.Optional(Type.String()),
      company: Type.Optional(Type.String()),
      department: Type.Optional(Type.String()),
      title: Type.Optional(Type.String()),
    }),
  },
  { $id: 'Card' },
);

export const CardPage = Type.Object({ items: Type.Array(Card), nextCursor: Type.Optional(Type.String()), position }, { $id: 'CardPage' });
export type CardPage = Static<typeof CardPage>;

const CardSummary = Type.Object(
  {
    repId: Type.Optional(Type.String()),
    year: Type.Optional(text('Calendar year of the exchanges')),
    accountId: Type.Optional(text('Left out for the cards of people whose company is not known')),
    cards: whole(),
    ofYardstick: Type.Optional(number('Of a rep and a year: the cards, as a share of `yardstick`')),
    leads: whole('Distinct people with a card'),
    companies: whole('Distinct companies of theirs'),
    leadsPerCompany: Type.Unsafe<number | null>({ type: ['number', 'null'], description: 'null where no company is known' }),
    active: whole(),
    dormant: whole(),
    handedOver: whole('To marketing'),
    hot: whole('Cards whose lead is hot now'),
    handedOff: whole('Cards whose lead was handed to sales since'),
    deals: whole('Cards whose lead has had a deal since'),
    won: whole('Cards whose lead has bought since'),
  },
  { $id: 'CardSummary' },
);

export const CardSummaries = Type.Object(
  {
    from: text('First day of the exchanges'),
    to: text('The day after the last'),
    timezone: Type.String(),
    yardstick: whole('Cards that a rep exchanges in a year, to compare with'),
    items: Type.Array(CardSummary),
    rowsInAll: whole(),
    position,
  },
  { $id: 'CardSummaries' },
);
export type CardSummaries = Static<typeof CardSummaries>;

export const RecordedCards = Type.Object(
  {
    accepted: whole(),
    duplicates: whole(),
    conflicts: whole(),
    rejected: whole(),
    position: Type.Optional(text('Everything of this request is recorded up to here; left out when nothing was')),
    results: Type.Array(
      Type.Object({
        cardId: Type.Optional(Type.String()),
        leadId: Type.Optional(Type.String()),
        result: oneOf(['accepted', 'duplicate', 'conflict', 'rejected']),
        notices: Type.Optional(Type.Array(Type.String())),
        errors: Type.Optional(FieldErrors),
      }),
    ),
  },
  { $id: 'RecordedCards' },
);
export type RecordedCards = Static<typeof RecordedCards>;

export const HandedOverCards = Type.Object(
  {
    handedOver: whole(),
    repeated: whole('Handed over before'),
    refused: whole(),
    position: Type.Optional(text('Everything of this request is recorded up to here; left out when nothing was')),
    results: Type.Array(
      Type.Object({
        cardId: Type.String(),
        leadId: Type.Optional(Type.String()),
        result: oneOf(['handed-over', 'repeated', 'refused']),
        position: Type.Optional(Type.String()),
        errors: Type.Optional(FieldErrors),
      }),
      { description: 'One for each card, in their order' },
    ),
  },
  { $id: 'HandedOverCards' },
);
export type HandedOverCards = Static<typeof HandedOverCards>;
