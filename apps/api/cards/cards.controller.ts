import { Body, Controller, Get, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { shown } from '@leadlog/events';
import { CARD_GROUPS, CARD_STATES } from '@leadlog/handoff';
import { HandOverCards, ListCards, SummariseCards, type HandedOver } from '@leadlog/handoff/cards/cards.handlers';
import type { IngestResult } from '@leadlog/ingestion';
import { RecordEvents } from '@leadlog/ingestion/ingestion.handlers';
import { Answers } from '../answer-schemas';
import { refusedFor } from '../problem-details';
import { toldTo } from '../events/key-limits';
import { actorOf } from '../requests/actor-of';
import { dayOf, limitOf, oneOf, wholeNumber } from '../query-parameters';
import { Reads } from '../wait-for-position';
import { answerOfCard, eventsOfCard } from './card-events';
import { CardPage, CardSummaries, HandedOverCards, RecordedCards } from './cards.answers';
import { CardsBody, HandOverCardsBody } from './cards.dto';

/** What a rep usually brings home in a year. */
const YARDSTICK = 200;
const DORMANT = {
  name: 'dormantDays',
  required: false,
  type: 'integer',
  description: 'Days after which a card is dormant, 1 to 3650 (90)',
};

/** Business cards: who has which, which of them are dormant, and what became of them. */
@ApiTags('cards')
@Controller('v1/cards')
@Reads('cards', 'leads', 'handoffs')
export class CardsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'List business cards, the latest exchanged first',
    description: 'Where few cards match, a page may be short and still have a nextCursor.',
  })
  @ApiQuery({ name: 'rep', required: false })
  @ApiQuery({ name: 'state', required: false, enum: CARD_STATES })
  @ApiQuery(DORMANT)
  @ApiQuery({ name: 'limit', required: false, type: 'integer', description: '1 to 500 (50)' })
  @ApiQuery({ name: 'cursor', required: false })
  @Answers(CardPage)
  async list(
    @Query('rep') rep?: string,
    @Query('state') state?: string,
    @Query('dormantDays') dormantDays?: string,
    @Query('limit') limit?: string,
    @Query('cursor') cursor?: string,
  ): Promise<CardPage> {
    const wanted = oneOf('state', state, CARD_STATES);
    const page = await this.queries.execute(new ListCards({ rep, state: wanted, limit: limitOf(limit), cursor }, daysOf(dormantDays)));
    const items = page.items.map(({ at, handed, handoff, lastActivityAt, ...card }) => ({
      ...card,
      exchangedAt: time(at),
      ...(handed && {
        handedOver: { at: time(handed.at), repId: handed.repId, reason: handed.reason, keepFollowing: handed.keepFollowing },
      }),
      ...(handoff && { handoff: { ...handoff, at: time(handoff.at) } }),
      ...(lastActivityAt !== undefined && { lastActivityAt: time(lastActivityAt) }),
    }));
    return { items, nextCursor: page.cursor, position: String(page.through) };
  }

  @Get('summary')
  @ApiOperation({ summary: 'What became of the cards exchanged in a span (the last 365 days), by rep and year or by company' })
  @ApiQuery({ name: 'by', required: false, enum: CARD_GROUPS, description: 'rep: by rep and calendar year' })
  @ApiQuery({ name: 'rep', required: false })
  @ApiQuery({ name: 'from', required: false, description: 'First day (YYYY-MM-DD); 365 days before `to` by default' })
  @ApiQuery({ name: 'to', required: false, description: 'The day after the last; tomorrow by default' })
  @ApiQuery(DORMANT)
  @ApiQuery({ name: 'limit', required: false, type: 'integer', description: 'Rows, 1 to 1000 (100), those with most cards first' })
  @Answers(CardSummaries)
  async summary(
    @Query('by') by?: string,
    @Query('rep') rep?: string,
    @Query('from') from?: string,
    @Query('to') to?: string,
    @Query('dormantDays') dormantDays?: string,
    @Query('limit') limit?: string,
  ): Promise<CardSummaries> {
    const group = oneOf('by', by, CARD_GROUPS) ?? 'none';
    const most = limitOf(limit, 100, 1_000);
    const query = { by: group, rep, from: dayOf('from', from), to: dayOf('to', to) };
    const { items, through, ...span } = await this.queries.execute(new SummariseCards(query, daysOf(dormantDays)));
    const rows = items.slice(0, most).map((row) => ({
      ...row,
      ...(row.repId !== undefined && { ofYardstick: row.cards / YARDSTICK }),
      leadsPerCompany: row.companies === 0 ? null : row.leads / row.companies,
    }));
    return { ...span, yardstick: YARDSTICK, items: rows, rowsInAll: items.length, position: String(through) };
  }

  @Post()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Record business cards, each for itself; safe to repeat',
    description:
      'Each becomes LeadCaptured (channel card) and BusinessCardExchanged, both or none. With `preview`, those that are as they should be count as accepted, and nothing is recorded.',
  })
  @Answers(RecordedCards)
  async record(
    @Body() { cards, preview = false }: CardsBody,
    @Req() { access }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedCards> {
    const made = cards.map((card, place) => eventsOfCard(card, `/cards/${place}`, access!.id));
    const events = made.flatMap((one) => (one.ok ? one.events : []));
    const answers: IngestResult[] =
      events.length === 0 || preview ? [] : await (await this.commands.execute(new RecordEvents(events))).recorded;
    const recorded = answers.map(toldTo(access!));
    let at = 0;
    const results = made.map((one, place) =>
      !one.ok
        ? one.answer
        : preview
          ? { cardId: one.cardId, result: 'accepted' as const }
          : answerOfCard(one.cardId, recorded.slice(at, (at += one.events.length)), `/cards/${place}`),
    );
    const count = (result: RecordedCards['results'][number]['result']): number => results.filter((one) => one.result === result).length;
    const position = latestOf(
      recorded.flatMap((one) => ('position' in one ? [one.position] : [])),
      reply,
    );
    return {
      accepted: count('accepted'),
      duplicates: count('duplicate'),
      conflicts: count('conflict'),
      rejected: count('rejected'),
      ...position,
      results,
    };
  }

  @Post('hand-over')
  @HttpCode(200)
  @ApiOperation({ summary: 'Hand cards to marketing, which keeps nurturing their leads: an answer for each; safe to repeat' })
  @Answers(HandedOverCards)
  async handOver(
    @Body() { id, cards, repId, reason, keepFollowing = false, takeOver }: HandOverCardsBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<HandedOverCards> {
    const answer = await this.commands.execute(
      new HandOverCards(cards, { repId, reason, keepFollowing, takeOver, id, actor: actorOf(request, repId) }),
    );
    if (!Array.isArray(answer)) {
      const errors = answer.invalid.map((error) => ({ ...error, pointer: error.pointer.replace(/^\/data/, '') }));
      throw refusedFor(422, errors, `the body cannot become a ${answer.type}; `);
    }
    const count = (result: (typeof answer)[number]['result']): number => answer.filter((one) => one.result === result).length;
    return {
      handedOver: count('handed-over'),
      repeated: count('repeated'),
      refused: count('refused'),
      ...latestOf(
        answer.flatMap((one) => ('position' in one ? [one.position] : [])),
        reply,
      ),
      results: answer
        .map((one, place) => (request.access!.repId === undefined ? one : toRep(one, place)))
        .map((one) => ('position' in one ? { ...one, position: String(one.position) } : one)),
    };
  }
}

/** Of a card that is not theirs a representative learns neither whose it is nor that there is one. */
function toRep(one: HandedOver, place: number): HandedOver {
  const pointer = `/cards/${place}`;
  if (!('errors' in one) || !one.errors.some((error) => error.pointer === '/repId' || error.pointer === pointer)) return one;
  const { cardId } = one;
  return { cardId, result: 'refused', errors: [{ pointer, expected: 'a card that you exchanged', got: shown(cardId) }] };
}

const time = (ms: number): string => new Date(ms).toISOString();
const daysOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : wholeNumber('dormantDays', text, 90, 1, 3_650);

/** What a read model must have passed to know of all of them. */
function latestOf(positions: readonly bigint[], reply: FastifyReply): { position?: string } {
  if (positions.length === 0) return {};
  const position = String(positions.reduce((latest, one) => (one > latest ? one : latest)));
  void reply.header('Leadlog-Position', position);
  return { position };
}
