import { randomUUID } from 'node:crypto';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, Query, QueryHandler, type ICommandHandler, type IQueryHandler } from '@nestjs/cqrs';
import { EVENT_LOG, type Actor, type EventLog, type Position } from '@leadlog/event-log';
import type { FieldError } from '@leadlog/events';
import { TIMEZONE } from '@leadlog/lead/lead.handlers';
import { READ_MODELS, type ReadModels } from '@leadlog/projections';
import { CLOCK, localDay, type Clock } from '@leadlog/time';
import { eventOfAct, type InvalidAct } from '../acts';
import { summarySpan } from '../summary-span';
import { DORMANT_DAYS, type AsOfDay } from './card-standing';
import {
  listCards,
  summariseCards,
  type CardItem,
  type CardQuery,
  type CardSummary,
  type CardSummaryQuery,
  type CardViews,
} from './card-queries';
import { findCard, handOver, refusalOfHandOver } from './hand-over';

/** Rejects with InvalidCursor. */
export class ListCards extends Query<{ items: CardItem[]; cursor?: string; through: Position }> {
  constructor(
    readonly query: CardQuery,
    readonly dormantDays = DORMANT_DAYS,
  ) {
    super();
  }
}

/** Cards exchanged from one day to before another, by default of the last 365 days. Rejects with InvalidSpan. */
export class SummariseCards extends Query<{ items: CardSummary[]; from: string; to: string; timezone: string; through: Position }> {
  constructor(
    readonly query: Omit<CardSummaryQuery, 'from' | 'to'> & { from?: string; to?: string },
    readonly dormantDays = DORMANT_DAYS,
  ) {
    super();
  }
}

export type HandedOver = { cardId: string; leadId?: string } & (
  { result: 'handed-over' | 'repeated'; position: Position } | { result: 'refused'; errors: FieldError[] }
);

/** Hands cards to marketing, each for itself, in their order. Rejects with NotReached, or an AppendError if the log cannot be used. */
export class HandOverCards extends Command<HandedOver[] | InvalidAct> {
  constructor(
    readonly cardIds: readonly string[],
    readonly how: { repId: string; reason: string; keepFollowing: boolean; takeOver?: boolean; id?: string; actor: Actor },
  ) {
    super();
  }
}

async function cardViews(readModels: ReadModels): Promise<CardViews & { through: Position }> {
  const [cards, leads, handoffs] = await Promise.all([readModels.view('cards'), readModels.view('leads'), readModels.view('handoffs')]);
  const through = [cards, leads, handoffs].map((view) => view.through).reduce((least, one) => (one < least ? one : least));
  return { cards, leads, handoffs, through };
}

@QueryHandler(ListCards)
export class ListCardsHandler implements IQueryHandler<ListCards> {
  constructor(
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TIMEZONE) private readonly timezone: string,
  ) {}

  async execute({ query, dormantDays }: ListCards) {
    const { through, ...views } = await cardViews(this.readModels);
    const asOf: AsOfDay = { today: localDay(this.clock(), this.timezone), timezone: this.timezone, dormantDays };
    return { ...(await listCards(views, query, asOf)), through };
  }
}

const BY_DEFAULT_DAYS = 365;

@QueryHandler(SummariseCards)
export class SummariseCardsHandler implements IQueryHandler<SummariseCards> {
  constructor(
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TIMEZONE) private readonly timezone: string,
  ) {}

  async execute({ query, dormantDays }: SummariseCards) {
    const { timezone } = this;
    const today = localDay(this.clock(), timezone);
    const span = summarySpan(query, { today, days: BY_DEFAULT_DAYS });
    const { through, ...views } = await cardViews(this.readModels);
    return { items: await summariseCards(views, { ...query, ...span }, { today, timezone, dormantDays }), ...span, timezone, through };
  }
}

/** Cards that were recorded just before must be found. */
const LONGEST_LOOK_MS = 10_000;
const AT_ONCE = 8;

@CommandHandler(HandOverCards)
export class HandOverCardsHandler implements ICommandHandler<HandOverCards> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ cardIds, how: { repId, reason, keepFollowing, takeOver, actor, id = randomUUID() } }: HandOverCards) {
    const now = this.clock();
    const actOf = (cardId: string, leadId: string, isTakeOver: boolean) =>
      eventOfAct(
        {
          type: 'BusinessCardHandedToMarketing',
          data: { leadId, cardId, repId, reason, keepFollowing, takeOver: isTakeOver || undefined },
          id: `${id} ${cardId}`,
          actor,
        },
        now,
      );
    // What no event may hold is wrong with all of them.
    const tried = actOf('card', 'lead', false);
    if (!tried.ok) return tried;
    await this.readModels.reached(['cards'], await this.log.head(), LONGEST_LOOK_MS);
    const view = await this.readModels.view('cards');
    const one = async (cardId: string, place: number): Promise<HandedOver> => {
      const refused = (errors: readonly FieldError[], leadId?: string): HandedOver => ({
        cardId,
        ...(leadId !== undefined && { leadId }),
        result: 'refused',
        errors: [...errors],
      });
      const found = await findCard(view, cardId);
      if ('expected' in found) return refused([{ pointer: `/cards/${place}`, expected: found.expected, got: found.got }]);
      const { card, leadId } = found;
      const refusal = card.handed ? undefined : refusalOfHandOver(card, repId, takeOver);
      if (refusal) return refused([{ pointer: '/repId', expected: refusal.expected, got: refusal.got }], leadId);
      const made = actOf(cardId, card.leadId, card.repId !== repId);
      if (!made.ok) return refused(made.invalid, leadId);
      const decided = await handOver(this.log, card, made.event);
      return decided.ok
        ? { cardId, leadId, result: decided.repeated ? 'repeated' : 'handed-over', position: decided.position }
        : refused([{ pointer: '', expected: decided.expected, got: decided.got }], leadId);
    };
    const answers: HandedOver[] = [];
    for (let at = 0; at < cardIds.length; at += AT_ONCE)
      answers.push(...(await Promise.all(cardIds.slice(at, at + AT_ONCE).map((cardId, n) => one(cardId, at + n)))));
    return answers;
  }
}
