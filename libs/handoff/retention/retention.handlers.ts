import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { Inject } from '@nestjs/common';
import { Command, CommandBus, CommandHandler, Query, QueryHandler, type ICommandHandler, type IQueryHandler } from '@nestjs/cqrs';
import { EVENT_LOG, type Actor, type EventLog, type Position } from '@leadlog/event-log';
import { ErasePerson } from '@leadlog/lead/erasure/erasure.handlers';
import { TIMEZONE, type AsOf } from '@leadlog/lead/lead.handlers';
import { READ_MODELS, type ReadModels, type ReadModelView } from '@leadlog/projections';
import { CLOCK, type Clock } from '@leadlog/time';
import { dormantBefore, dormantPeople, type DormantPage } from './retention';

/** `before`: the day before which their last act was. */
export type RetentionPreview = DormantPage & { before: string };

/** Rejects with InvalidCursor. */
export class PreviewRetention extends Query<AsOf<RetentionPreview>> {
  constructor(readonly query: { months: number; limit: number; cursor?: string }) {
    super();
  }
}

@QueryHandler(PreviewRetention)
export class PreviewRetentionHandler implements IQueryHandler<PreviewRetention> {
  constructor(
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TIMEZONE) private readonly timezone: string,
  ) {}

  async execute({ query: { months, ...page } }: PreviewRetention): Promise<AsOf<RetentionPreview>> {
    const before = dormantBefore(this.clock(), months, this.timezone);
    const { leads, handoffs } = await viewsOf(this.readModels);
    const found = await dormantPeople({ leads, handoffs }, { before, timezone: this.timezone, ...page });
    return { ...found, before, through: leads.through < handoffs.through ? leads.through : handoffs.through };
  }
}

export interface RetentionRun {
  before: string;
  /** Who is forgotten now. */
  leadIds: string[];
  /** There are others: run it again. */
  more: boolean;
  /** Of the last request. */
  position: Position;
}

/** Rejects with RecordedInClear. */
export class RunRetention extends Command<RetentionRun> {
  constructor(readonly run: { months: number; limit: number; actor: Actor }) {
    super();
  }
}

const PAGE = 200;
/** How long a run waits for the read models to know the latest acts. */
const LONGEST_LOOK_MS = 10_000;

/** Each person is an erasure of their own, so that a run that is cut short has done what it has done, and the next one goes on. */
@CommandHandler(RunRetention)
export class RunRetentionHandler implements ICommandHandler<RunRetention> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TIMEZONE) private readonly timezone: string,
    private readonly commands: CommandBus,
  ) {}

  async execute({ run: { months, limit, actor } }: RunRetention): Promise<RetentionRun> {
    const before = dormantBefore(this.clock(), months, this.timezone);
    const head = await this.log.head();
    await this.readModels.reached(['leads', 'handoffs'], head, LONGEST_LOOK_MS);
    const due = await this.due(before, limit + 1);
    let position = head;
    for (const leadId of due.slice(0, limit)) {
      const asked = await this.commands.execute(new ErasePerson(leadId, { requestId: `retention-${before}`, actor }));
      if (asked && asked.position > position) position = asked.position;
    }
    return { before, leadIds: due.slice(0, limit), more: due.length > limit, position };
  }

  private async due(before: string, most: number): Promise<string[]> {
    const views = await viewsOf(this.readModels);
    const due: string[] = [];
    for (let cursor: string | undefined; ; await eventLoopTurn()) {
      const page = await dormantPeople(views, { before, timezone: this.timezone, limit: PAGE, cursor });
      due.push(...page.items.filter(({ keptBy }) => keptBy.length === 0).map(({ leadId }) => leadId));
      cursor = page.cursor;
      if (due.length >= most || cursor === undefined) return due.slice(0, most);
    }
  }
}

async function viewsOf(readModels: ReadModels): Promise<{ leads: ReadModelView; handoffs: ReadModelView }> {
  const [leads, handoffs] = await Promise.all([readModels.view('leads'), readModels.view('handoffs')]);
  return { leads, handoffs };
}
