import { Inject } from '@nestjs/common';
import { Command, CommandHandler, Query, QueryHandler, type ICommandHandler, type IQueryHandler } from '@nestjs/cqrs';
import { EVENT_LOG, type EventLog, type NewEvent } from '@leadlog/event-log';
import { leadStream } from '@leadlog/events';
import { handoffLead, MergeDecisions, proposeOnLead, runIdOf, withTeam, type LeadState, type LeadDecided, type TeamOf } from '@leadlog/lead';
import { TIMEZONE } from '@leadlog/lead/lead.handlers';
import { READ_MODELS, type ReadModels } from '@leadlog/projections';
import { CLOCK, type Clock } from '@leadlog/time';
import { dossierOf, type Dossier } from './dossier';
import type { HandoffState } from './handoffs.projection';
import { handoffsOf, openHandoffs } from './standing';
import { isDisqualified, lifeOf, type Life } from './life';
import { inboxOf, type InboxItem, type InboxQuery } from './inbox';

/** The team of a rep, as the policy has it. */
export const TEAM_OF = Symbol('TEAM_OF');

/** A fact that a person tells about a lead's life; decided on by the lead. */
export class TellLead extends Command<LeadDecided> {
  constructor(
    readonly leadId: string,
    readonly event: NewEvent,
  ) {
    super();
  }
}

/** Sales gives the lead back: ends its present run. Of several handoffs that a merge has brought together, the one that is named, else the one of the rep. */
export class ReturnLead extends Command<LeadDecided> {
  constructor(
    readonly leadId: string,
    readonly by: { repId?: string; handoffId?: string },
    readonly event: (of: { leadId: string; runId: string; handoffId?: string }) => NewEvent,
  ) {
    super();
  }
}

/** LeadsMerged or MergeReverted, in the stream of the lead that is merged; LeadsKeptApart, in that of both; or IdentityKeptApart. */
export class TellWhoIsOne extends Command<LeadDecided> {
  constructor(readonly event: NewEvent) {
    super();
  }
}

export class GetInbox extends Query<{ items: InboxItem[]; next?: InboxQuery['after']; through: bigint }> {
  constructor(readonly query: InboxQuery) {
    super();
  }
}

export class GetDossier extends Query<{ now: Dossier; frozen: { handoffId: string; at: string; hash: string; dossier: unknown }[]; through: bigint } | undefined> {
  constructor(readonly leadId: string) {
    super();
  }
}

/** Where a lead is in its life, and who has it. */
export class GetLife extends Query<Life> {
  constructor(readonly leadId: string) {
    super();
  }
}

/** Those of the leads that were given up. */
export class GetDisqualified extends Query<ReadonlySet<string>> {
  constructor(readonly leadIds: readonly string[]) {
    super();
  }
}

@CommandHandler(TellLead)
export class TellLeadHandler implements ICommandHandler<TellLead> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(TEAM_OF) private readonly teamOf: TeamOf,
  ) {}

  execute({ leadId, event }: TellLead) {
    return proposeOnLead(this.log, leadId, ({ handoff }) => [withTeam(asItIs(event, handoff?.repId), this.teamOf)]);
  }
}

@CommandHandler(ReturnLead)
export class ReturnLeadHandler implements ICommandHandler<ReturnLead> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
  ) {}

  async execute({ leadId, by, event }: ReturnLead): Promise<LeadDecided> {
    const state = await (await this.readModels.view('handoffs')).get<HandoffState>(leadId);
    const open = state ? openHandoffs(state) : [];
    const theirs = open.filter(({ handoffId, repId }) => (by.handoffId === undefined ? repId === by.repId : handoffId === by.handoffId));
    if (by.handoffId === undefined && open.length > 1 && theirs.length !== 1) {
      return { ok: false, pointer: '/data/handoffId', expected: `which one is given back: ${open.map(({ handoffId }) => handoffId).join(' or ')}`, got: 'nothing' };
    }
    const handoffId = by.handoffId ?? (theirs[0] ?? open[0] ?? (state && handoffsOf(state).at(-1)))?.handoffId;
    const whose = (handoffId && handoffLead(handoffId)) || leadId;
    return proposeOnLead(this.log, whose, ({ handoff, run }) => [asItIs(event({ leadId: whose, runId: handoff?.runId ?? runIdOf(whose, run), handoffId: by.handoffId }), handoff?.repId)]);
  }
}

/** A take-over is recorded only where it is one. */
function asItIs(event: NewEvent, holder: string | undefined): NewEvent {
  const { takeOver, ...data } = event.data as { takeOver?: boolean };
  return takeOver && event.metadata.actor.id === holder ? { ...event, data } : event;
}

@CommandHandler(TellWhoIsOne)
export class TellWhoIsOneHandler implements ICommandHandler<TellWhoIsOne> {
  constructor(@Inject(MergeDecisions) private readonly merges: MergeDecisions) {}

  execute({ event }: TellWhoIsOne) {
    return this.merges.decide(event);
  }
}

@QueryHandler(GetLife)
export class GetLifeHandler implements IQueryHandler<GetLife> {
  constructor(@Inject(READ_MODELS) private readonly readModels: ReadModels) {}

  async execute({ leadId }: GetLife) {
    const [handoffs, leads] = await Promise.all([this.readModels.view('handoffs'), this.readModels.view('leads')]);
    return lifeOf(await handoffs.get<HandoffState>(leadId), await leads.get<LeadState>(leadId));
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
