import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { Position } from '@leadlog/event-log';
import { TIMEZONE } from '@leadlog/lead/lead.handlers';
import { READ_MODELS, type ReadModels } from '@leadlog/projections';
import { CLOCK, localDay, type Clock } from '@leadlog/time';
import { QUESTIONS, REVISITS } from './handoffs.projection';
import { listQuestions, type QuestionItem, type QuestionQuery } from './questions';
import { listRevisits, type RevisitItem } from './revisits';

/** Returned leads to look at again, up to and including a day (today). Rejects with InvalidCursor. */
export class ListRevisits extends Query<{
  items: (RevisitItem & { due: boolean })[];
  cursor?: string;
  until: string;
  through: Position;
}> {
  constructor(readonly query: { until?: string; limit: number; cursor?: string }) {
    super();
  }
}

/** What one side has asked the other and nobody has answered. Rejects with InvalidCursor. */
export class ListQuestions extends Query<{ items: QuestionItem[]; cursor?: string; through: Position }> {
  constructor(readonly query: QuestionQuery) {
    super();
  }
}

@QueryHandler(ListRevisits)
export class ListRevisitsHandler implements IQueryHandler<ListRevisits> {
  constructor(
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TIMEZONE) private readonly timezone: string,
  ) {}

  async execute({ query }: ListRevisits) {
    const today = localDay(this.clock(), this.timezone);
    const until = query.until ?? today;
    const [handoffs, leads] = await Promise.all([this.readModels.view('handoffs'), this.readModels.view('leads')]);
    const { items, cursor } = await listRevisits(REVISITS, { handoffs, leads }, { ...query, until });
    return { items: items.map((item) => ({ ...item, due: item.revisitOn <= today })), cursor, until, through: handoffs.through };
  }
}

@QueryHandler(ListQuestions)
export class ListQuestionsHandler implements IQueryHandler<ListQuestions> {
  constructor(@Inject(READ_MODELS) private readonly readModels: ReadModels) {}

  async execute({ query }: ListQuestions) {
    const [handoffs, leads] = await Promise.all([this.readModels.view('handoffs'), this.readModels.view('leads')]);
    return { ...(await listQuestions(QUESTIONS, { handoffs, leads }, query)), through: handoffs.through };
  }
}
