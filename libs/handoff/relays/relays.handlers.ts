import { Inject } from '@nestjs/common';
import { Command, CommandHandler, Query, QueryHandler, type ICommandHandler, type IQueryHandler } from '@nestjs/cqrs';
import { EVENT_LOG, type EventLog, type Position } from '@leadlog/event-log';
import { leadStream } from '@leadlog/events';
import { tellRelay, type LeadDecided, type RelayFactType } from '@leadlog/lead';
import { TIMEZONE } from '@leadlog/lead/lead.handlers';
import { READ_MODELS, type ReadModels } from '@leadlog/projections';
import { CLOCK, localDay, type Clock } from '@leadlog/time';
import { eventOfAct, refusingAnother, type Act, type InvalidAct } from '../acts';
import { summarySpan } from '../summary-span';
import type { RelaysState } from './relay-facts';
import { listRelays, summariseRelays, type RelayGroup, type RelayItem, type RelayQuery, type RelaySummary } from './relay-queries';
import { relaysProjection, withAppointment } from './relays.projection';

/** An appointment is relayed, or the relay is answered; undefined if nobody has booked it. Rejects with NotReached. */
export class TellRelay extends Command<({ leadId: string } & (LeadDecided | InvalidAct)) | undefined> {
  constructor(
    readonly appointmentId: string,
    readonly act: Act & { type: RelayFactType },
  ) {
    super();
  }
}

/** Rejects with InvalidCursor. */
export class ListRelays extends Query<{ items: RelayItem[]; cursor?: string; through: Position }> {
  constructor(readonly query: RelayQuery) {
    super();
  }
}

/** Relays from one day to before another, by default of the last 90 days. Rejects with InvalidSpan. */
export class SummariseRelays extends Query<{ items: RelaySummary[]; from: string; to: string; timezone: string; through: Position }> {
  constructor(readonly query: { by: RelayGroup; from?: string; to?: string }) {
    super();
  }
}

/** A booking that was recorded just before must be found. */
const LONGEST_LOOK_MS = 10_000;

@CommandHandler(TellRelay)
export class TellRelayHandler implements ICommandHandler<TellRelay> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ appointmentId, act }: TellRelay) {
    await this.readModels.reached([relaysProjection.name], await this.log.head(), LONGEST_LOOK_MS);
    const view = await this.readModels.view(relaysProjection.name);
    const [entry] = await view.list(withAppointment(appointmentId), { limit: 1 });
    const state = entry && (await view.get<RelaysState>(entry.key));
    const appointment = state?.appointments?.find((one) => one.appointmentId === appointmentId);
    // The stream in which it began, whatever its lead has become part of.
    const [first] = [...(appointment?.relays ?? [])].sort((a, b) => a.position - b.position);
    const leadId = first?.leadId ?? appointment?.booked?.leadId;
    if (!entry || leadId === undefined) return undefined;
    const made = eventOfAct({ ...act, data: { leadId, appointmentId, ...act.data } }, this.clock());
    if (!made.ok) return { leadId: entry.key, ...made };
    const decided = await tellRelay(this.log, leadId, made.event, appointment?.booked?.repId);
    return { leadId: entry.key, ...(await refusingAnother(this.log, leadStream(leadId), made.event, decided)) };
  }
}

@QueryHandler(ListRelays)
export class ListRelaysHandler implements IQueryHandler<ListRelays> {
  constructor(@Inject(READ_MODELS) private readonly readModels: ReadModels) {}

  async execute({ query }: ListRelays) {
    const [relays, leads] = await Promise.all([this.readModels.view('relays'), this.readModels.view('leads')]);
    return { ...(await listRelays({ relays, leads }, query)), through: relays.through };
  }
}

const BY_DEFAULT_DAYS = 90;

@QueryHandler(SummariseRelays)
export class SummariseRelaysHandler implements IQueryHandler<SummariseRelays> {
  constructor(
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TIMEZONE) private readonly timezone: string,
  ) {}

  async execute({ query: { by, ...asked } }: SummariseRelays) {
    const { timezone } = this;
    const span = summarySpan(asked, { today: localDay(this.clock(), timezone), days: BY_DEFAULT_DAYS });
    const view = await this.readModels.view('relays');
    return { items: await summariseRelays(view, { by, ...span, timezone }), ...span, timezone, through: view.through };
  }
}
