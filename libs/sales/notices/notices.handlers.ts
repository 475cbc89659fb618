import { Inject } from '@nestjs/common';
import { Command, CommandHandler, Query, QueryHandler, type ICommandHandler, type IQueryHandler } from '@nestjs/cqrs';
import { decideOn, EVENT_LOG, type Actor, type EventLog, type Fold, type Position } from '@leadlog/event-log';
import { decisionId, leadStream, ownEvent } from '@leadlog/events';
import { pageOfItems, READ_MODELS, type ListEntry, type ReadModels } from '@leadlog/projections';
import { CLOCK, type Clock } from '@leadlog/time';
import type { Contradiction, NoticeKind } from './claims';
import { OPEN_NOTICES, openNotices, withNotice, type NoticesState } from './notices.projection';

export type NoticeItem = Contradiction & { leadId: string };

/** Contradictions that nobody has corrected or accepted, the latest first. Rejects with InvalidCursor. */
export class ListNotices extends Query<{ items: NoticeItem[]; cursor?: string; through: Position }> {
  constructor(readonly query: { kind?: NoticeKind; lead?: string; limit: number; cursor?: string }) {
    super();
  }
}

/** Somebody says that a contradiction may stand; undefined if there is none of this id. Rejects with NotReached. */
export class AcceptNotice extends Command<{ leadId: string; position: Position; repeated: boolean } | undefined> {
  constructor(
    readonly noticeId: string,
    readonly how: { reason: string; actor: Actor },
  ) {
    super();
  }
}

@QueryHandler(ListNotices)
export class ListNoticesHandler implements IQueryHandler<ListNotices> {
  constructor(@Inject(READ_MODELS) private readonly readModels: ReadModels) {}

  async execute({ query: { kind, lead, ...page } }: ListNotices) {
    const view = await this.readModels.view('notices');
    const itemsOf = async (entries: readonly ListEntry[]): Promise<NoticeItem[][]> => {
      const states = await view.many<NoticesState>(entries.map(({ key }) => key));
      return entries.map(({ key: leadId }, place) =>
        (states[place] ? openNotices(states[place]) : []).flatMap((one) =>
          kind === undefined || one.kind === kind ? [{ leadId, ...one }] : [],
        ),
      );
    };
    const key = lead === undefined ? undefined : await view.resolve(lead);
    const placeOf = ({ at, noticeId }: NoticeItem) => [at, noticeId] as const;
    const found = await pageOfItems({ view, list: OPEN_NOTICES, key, direction: 'descending', itemsOf, placeOf }, page);
    return { ...found, through: view.through };
  }
}

/** A contradiction that its sender was just told of must be found. */
const LONGEST_LOOK_MS = 10_000;

const acceptedBefore = (noticeId: string): Fold<Position | undefined> => ({
  initial: () => undefined,
  evolve: (position, event) =>
    event.type === 'NoticeAccepted' && (event.data as { noticeId: string }).noticeId === noticeId ? event.position : position,
});

@CommandHandler(AcceptNotice)
export class AcceptNoticeHandler implements ICommandHandler<AcceptNotice> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ noticeId, how: { reason, actor } }: AcceptNotice) {
    await this.readModels.reached(['notices'], await this.log.head(), LONGEST_LOOK_MS);
    const [entry] = await (await this.readModels.view('notices')).list(withNotice(noticeId), { limit: 1 });
    if (!entry) return undefined;
    const leadId = entry.key;
    const event = ownEvent({
      id: decisionId('NoticeAccepted', noticeId),
      type: 'NoticeAccepted',
      data: { leadId, noticeId, reason },
      at: this.clock(),
      by: 'api',
      actor,
    });
    const decided = await decideOn<Position | undefined, object>(
      this.log,
      leadStream(leadId),
      acceptedBefore(noticeId),
      ({ state: position }) => (position === undefined ? { append: [event] } : { done: position }),
    );
    if (!decided.ok) throw new Error('accepting a notice is never refused');
    return { leadId, position: decided.position, repeated: decided.repeated };
  }
}
