import { Inject } from '@nestjs/common';
import { Command, CommandHandler, Query, QueryHandler, type ICommandHandler, type IQueryHandler } from '@nestjs/cqrs';
import { EVENT_LOG, type EventLog, type NewEvent, type RecordedEvent } from '@leadlog/event-log';
import { leadStream, shown, type LeadsMerged } from '@leadlog/events';
import {
  handoffLead,
  MergeDecisions,
  proposeOnLead,
  readLead,
  runIdOf,
  survivorOf,
  withTeam,
  type LeadState,
  type LeadDecided,
  type TeamOf,
} from '@leadlog/lead';
import { TIMEZONE } from '@leadlog/lead/lead.handlers';
import { READ_MODELS, type ReadModels } from '@leadlog/projections';
import { CLOCK, type Clock } from '@leadlog/time';
import { eventOfAct, refusingAnother, type Act, type InvalidAct } from './acts';
import { dossierOf, type Dossier } from './dossier';
import type { HandoffState } from './handoffs.projection';
import { handoffsOf, openHandoffs } from './standing';
import { isDisqualified, lifeOf, type Life } from './life';
import { inboxOf, leadsOf, type InboxItem, type InboxQuery } from './inbox';
import type { PauseOf } from './pause';
import { waitingLeads, type WaitingLead } from './waiting';

/** The team of a rep, as the organisation has it. */
export const TEAM_OF = Symbol('TEAM_OF');
/** How long what sales gave back is left alone. */
export const PAUSE_OF = Symbol('PAUSE_OF');

/** What was decided on which lead; or what is wrong with the act. */
export type ActAnswer = { leadId: string } & (LeadDecided | InvalidAct);

/** What a person does to a handoff, decided on by its lead. */
export class AnswerHandoff extends Command<ActAnswer> {
  constructor(
    readonly leadId: string,
    readonly act: Act,
  ) {
    super();
  }
}

/** Nobody works on the lead any more; of a merged one, on what it has become part of. */
export class DisqualifyLead extends Command<ActAnswer> {
  constructor(
    readonly leadId: string,
    readonly act: Omit<Act, 'type'>,
  ) {
    super();
  }
}

/** Reverts the disqualification of the lead. */
export class RequalifyLead extends Command<ActAnswer> {
  constructor(
    readonly leadId: string,
    readonly act: Omit<Act, 'type'>,
  ) {
    super();
  }
}

/**
 * Sales gives the lead back: ends its present run. Of several handoffs that a merge has brought together, the one that is named, else the
 * one of the rep.
 */
export class ReturnLead extends Command<ActAnswer> {
  constructor(
    readonly leadId: string,
    readonly handoffId: string | undefined,
    readonly act: Omit<Act, 'type'>,
  ) {
    super();
  }
}

/** LeadsMerged in the stream of the lead that is merged; LeadsKeptApart in that of both; or IdentityKeptApart. */
export class TellWhoIsOne extends Command<LeadDecided | InvalidAct> {
  constructor(readonly act: Act) {
    super();
  }
}

/** Reverts the latest merge of `mergedId`, by which it became part of `survivorId`, directly or through others. */
export class RevertMerge extends Command<LeadDecided | InvalidAct | 'never merged'> {
  constructor(
    readonly survivorId: string,
    readonly mergedId: string,
    readonly told: Pick<Act, 'id' | 'actor'>,
  ) {
    super();
  }
}

export class GetInbox extends Query<{ items: InboxItem[]; cursor?: string; through: bigint }> {
  constructor(readonly query: InboxQuery) {
    super();
  }
}

/** Leads that should be with sales, and are not yet. */
export class GetWaiting extends Query<{ items: WaitingLead[]; cursor?: string; through: bigint }> {
  constructor(readonly query: { limit: number; cursor?: string }) {
    super();
  }
}

export class GetDossier extends Query<
  { now: Dossier; frozen: { handoffId: string; at: string; hash: string; dossier: unknown }[]; through: bigint } | undefined
> {
  constructor(readonly leadId: string) {
    super();
  }
}

/** Where leads are in their lives, and who has them: in their order. */
export class GetLives extends Query<Life[]> {
  constructor(readonly leadIds: readonly string[]) {
    super();
  }
}

/** Leads that are with a representative. */
export class GetLeadsOf extends Query<string[]> {
  constructor(readonly repId: string) {
    super();
  }
}

/** Those of the leads that were given up. */
export class GetDisqualified extends Query<ReadonlySet<string>> {
  constructor(readonly leadIds: readonly string[]) {
    super();
  }
}

@CommandHandler(AnswerHandoff)
export class AnswerHandoffHandler implements ICommandHandler<AnswerHandoff> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(TEAM_OF) private readonly teamOf: TeamOf,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ leadId, act }: AnswerHandoff): Promise<ActAnswer> {
    const made = eventOfAct({ ...act, data: { leadId, ...act.data } }, this.clock());
    if (!made.ok) return { leadId, ...made };
    const decided = await proposeOnLead(this.log, leadId, ({ handoff }) => [withTeam(asItIs(made.event, handoff?.repId), this.teamOf)]);
    return { leadId, ...(await refusingAnother(this.log, leadStream(leadId), made.event, decided)) };
  }
}

@CommandHandler(DisqualifyLead)
export class DisqualifyLeadHandler implements ICommandHandler<DisqualifyLead> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ leadId: named, act }: DisqualifyLead): Promise<ActAnswer> {
    const leadId = await (await this.readModels.view('leads')).resolve(named);
    const made = eventOfAct({ ...act, type: 'LeadDisqualified', data: { leadId, ...act.data } }, this.clock());
    if (!made.ok) return { leadId, ...made };
    const decided = await proposeOnLead(this.log, leadId, () => [made.event]);
    return { leadId, ...(await refusingAnother(this.log, leadStream(leadId), made.event, decided)) };
  }
}

/** Holds the place of the event that is known only once the lead is. */
const UNKNOWN_EVENT = '00000000-0000-0000-0000-000000000000';

@CommandHandler(RequalifyLead)
export class RequalifyLeadHandler implements ICommandHandler<RequalifyLead> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ leadId: named, act }: RequalifyLead): Promise<ActAnswer> {
    const leadId = await (await this.readModels.view('leads')).resolve(named);
    const made = eventOfAct({ ...act, type: 'LeadRequalified', data: { leadId, targetEventId: UNKNOWN_EVENT, ...act.data } }, this.clock());
    if (!made.ok) return { leadId, ...made };
    const decided = await proposeOnLead(this.log, leadId, ({ disqualified }) => [
      { ...made.event, data: { ...made.event.data, targetEventId: disqualified?.eventId ?? UNKNOWN_EVENT } },
    ]);
    return { leadId, ...(await this.refusingSpentId(leadId, made.event, decided, act.id)) };
  }

  /** What a repeat would say is not so if the lead was disqualified again since. */
  private async refusingSpentId(leadId: string, event: NewEvent, decided: LeadDecided, id?: string): Promise<LeadDecided> {
    const answer = await refusingAnother(this.log, leadStream(leadId), event, decided);
    if (!answer.ok || !answer.repeated || !(await readLead(this.log, leadId)).disqualified) return answer;
    return {
      ok: false,
      pointer: '/id',
      expected: 'another id: the lead has been disqualified again since this one was used',
      got: shown(id),
    };
  }
}

@CommandHandler(ReturnLead)
export class ReturnLeadHandler implements ICommandHandler<ReturnLead> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ leadId: named, handoffId: asked, act }: ReturnLead): Promise<ActAnswer> {
    const leadId = await (await this.readModels.view('leads')).resolve(named);
    // Which run ends is known only once the handoff is.
    const made = eventOfAct(
      { ...act, type: 'LeadReturned', data: { leadId, runId: 'run-0', handoffId: asked, ...act.data } },
      this.clock(),
    );
    if (!made.ok) return { leadId, ...made };
    const state = await (await this.readModels.view('handoffs')).get<HandoffState>(leadId);
    const open = state ? openHandoffs(state) : [];
    const asRep = act.actor.kind === 'rep' ? act.actor.id : undefined;
    const theirs = open.filter(({ handoffId, repId }) => (asked === undefined ? repId === asRep : handoffId === asked));
    if (asked === undefined && open.length > 1 && theirs.length !== 1) {
      return {
        leadId,
        ok: false,
        pointer: '/data/handoffId',
        expected: `the handoff to return: ${open.map(({ handoffId }) => handoffId).join(' or ')}`,
        got: 'nothing',
      };
    }
    const handoffId = asked ?? (theirs[0] ?? open[0] ?? (state && handoffsOf(state).at(-1)))?.handoffId;
    const whose = (handoffId && handoffLead(handoffId)) || leadId;
    const decided = await proposeOnLead(this.log, whose, ({ handoff, run }) => {
      const data = { ...(made.event.data as object), leadId: whose, runId: handoff?.runId ?? runIdOf(whose, run) };
      return [asItIs({ ...made.event, data }, handoff?.repId)];
    });
    return { leadId, ...(await refusingAnother(this.log, leadStream(whose), made.event, decided)) };
  }
}

/** A take-over is recorded only where it is one. */
function asItIs(event: NewEvent, holder: string | undefined): NewEvent {
  const { takeOver, ...data } = event.data as { takeOver?: boolean };
  return takeOver && event.metadata.actor.id === holder ? { ...event, data } : event;
}

@CommandHandler(TellWhoIsOne)
export class TellWhoIsOneHandler implements ICommandHandler<TellWhoIsOne> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(MergeDecisions) private readonly merges: MergeDecisions,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ act }: TellWhoIsOne) {
    const made = eventOfAct(act, this.clock());
    if (!made.ok) return made;
    const decided = await this.merges.decide(made.event);
    const { leadId } = made.event.data as { leadId?: string };
    // Of an identity there is but one thing to say.
    return leadId === undefined ? decided : refusingAnother(this.log, leadStream(leadId), made.event, decided);
  }
}

@CommandHandler(RevertMerge)
export class RevertMergeHandler implements ICommandHandler<RevertMerge> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(MergeDecisions) private readonly merges: MergeDecisions,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ survivorId, mergedId, told }: RevertMerge): Promise<LeadDecided | InvalidAct | 'never merged'> {
    const merge = await this.latestMergeOf(mergedId);
    if (merge === undefined) return 'never merged';
    const { survivorId: into } = merge.data as LeadsMerged;
    // Either may have become part of others since.
    const [asked, found] = await Promise.all([survivorOf(this.log, survivorId), survivorOf(this.log, into)]);
    if (asked !== found)
      return {
        ok: false,
        pointer: '/data/mergedId',
        expected: `a lead that is merged into ${survivorId}`,
        got: `${shown(mergedId)}, whose latest merge was into ${into}`,
      };
    const made = eventOfAct({ type: 'MergeReverted', data: { leadId: mergedId, mergeEventId: merge.id }, ...told }, this.clock());
    return made.ok ? this.merges.decide(made.event) : made;
  }

  private async latestMergeOf(leadId: string): Promise<RecordedEvent | undefined> {
    for await (const page of this.log.readStream(leadStream(leadId), { direction: 'backwards' })) {
      const merge = page.find(({ type }) => type === 'LeadsMerged');
      if (merge) return merge;
    }
    return undefined;
  }
}

@QueryHandler(GetLives)
export class GetLivesHandler implements IQueryHandler<GetLives> {
  constructor(
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(PAUSE_OF) private readonly pauseOf: PauseOf,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ leadIds }: GetLives) {
    const now = this.clock();
    const [handoffs, leads] = await Promise.all([this.readModels.view('handoffs'), this.readModels.view('leads')]);
    const [states, known] = await Promise.all([handoffs.many<HandoffState>(leadIds), leads.many<LeadState>(leadIds)]);
    return leadIds.map((_, place) => {
      const pausedUntil = states[place] && this.pauseOf(states[place]);
      return lifeOf(states[place], known[place], pausedUntil !== undefined && pausedUntil > now ? pausedUntil : undefined);
    });
  }
}

@QueryHandler(GetLeadsOf)
export class GetLeadsOfHandler implements IQueryHandler<GetLeadsOf> {
  constructor(@Inject(READ_MODELS) private readonly readModels: ReadModels) {}

  async execute({ repId }: GetLeadsOf) {
    return leadsOf(await this.readModels.view('handoffs'), repId);
  }
}

@QueryHandler(GetDisqualified)
export class GetDisqualifiedHandler implements IQueryHandler<GetDisqualified> {
  constructor(@Inject(READ_MODELS) private readonly readModels: ReadModels) {}

  async execute({ leadIds }: GetDisqualified) {
    const states = await (await this.readModels.view('handoffs')).many<HandoffState>(leadIds);
    return new Set(leadIds.filter((_, place) => isDisqualified(states[place])));
  }
}

@QueryHandler(GetInbox)
export class GetInboxHandler implements IQueryHandler<GetInbox> {
  constructor(@Inject(READ_MODELS) private readonly readModels: ReadModels) {}

  async execute({ query }: GetInbox) {
    const [handoffs, leads] = await Promise.all([this.readModels.view('handoffs'), this.readModels.view('leads')]);
    return { ...(await inboxOf(handoffs, leads, query)), through: handoffs.through };
  }
}

@QueryHandler(GetWaiting)
export class GetWaitingHandler implements IQueryHandler<GetWaiting> {
  constructor(
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(PAUSE_OF) private readonly pauseOf: PauseOf,
  ) {}

  async execute({ query }: GetWaiting) {
    const [handoffs, leads] = await Promise.all([this.readModels.view('handoffs'), this.readModels.view('leads')]);
    return { ...(await waitingLeads(handoffs, leads, { ...query, now: this.clock(), pauseOf: this.pauseOf })), through: handoffs.through };
  }
}

@QueryHandler(GetDossier)
export class GetDossierHandler implements IQueryHandler<GetDossier> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TIMEZONE) private readonly timezone: string,
  ) {}

  async execute({ leadId }: GetDossier) {
    const now = await dossierOf(this.log, this.readModels, leadId, { now: this.clock(), timezone: this.timezone });
    if (!now) return undefined;
    const view = await this.readModels.view('handoffs');
    const state = await view.get<HandoffState>(now.leadId);
    const wanted = new Set(state ? handoffsOf(state).map(({ eventId }) => eventId) : []);
    const frozen: { handoffId: string; at: string; hash: string; dossier: unknown }[] = [];
    for (const member of await view.family(now.leadId)) {
      for await (const page of this.log.readStream(leadStream(member))) {
        for (const event of page.filter(({ id }) => wanted.has(id))) {
          const { handoffId, dossierHash, dossier } = event.data as { handoffId: string; dossierHash: string; dossier: unknown };
          frozen.unshift({ handoffId, at: event.metadata.occurredAt, hash: dossierHash, dossier });
        }
      }
    }
    return { now, frozen, through: view.through };
  }
}
