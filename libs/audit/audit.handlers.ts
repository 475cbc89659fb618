import { randomUUID } from 'node:crypto';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, Query, QueryHandler, type ICommandHandler, type IQueryHandler } from '@nestjs/cqrs';
import { EVENT_LOG, type Actor, type EventLog, type Position } from '@leadlog/event-log';
import { auditStream, ownEvent, type RequestAudited } from '@leadlog/events';
import { cursorOf, entryOf, READ_MODELS, type ListEntry, type ReadModels } from '@leadlog/projections';
import { CLOCK, type Clock } from '@leadlog/time';
import { withoutValues } from './asked-sql';
import { aboutLead, AUDIT, auditProjection, ofActor, type AuditEntry } from './audit.projection';

/** Records what somebody did or was refused. To be awaited before they are answered. Rejects with an AppendError. */
export class AuditRequest extends Command<void> {
  constructor(
    readonly request: RequestAudited,
    readonly actor: Actor,
  ) {
    super();
  }
}

export interface AuditQuery {
  /** Of a key, or of a person or representative; both, where a key acts for somebody. */
  key?: string;
  person?: string;
  /** By the id that it was asked by. */
  lead?: string;
  /** ms; `to` is left out. */
  from?: number;
  to?: number;
  limit: number;
  cursor?: string;
}

/** The latest first. Rejects with InvalidCursor. */
export class ListAudit extends Query<{ items: AuditEntry[]; cursor?: string; through: Position }> {
  constructor(readonly query: AuditQuery) {
    super();
  }
}

@CommandHandler(AuditRequest)
export class AuditRequestHandler implements ICommandHandler<AuditRequest> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ request: { sql, ...request }, actor }: AuditRequest): Promise<void> {
    const at = this.clock();
    const asked = sql === undefined ? undefined : withoutValues(sql);
    const data: RequestAudited = { ...request, ...(asked !== undefined && { sql: asked }) };
    const event = ownEvent({ id: randomUUID(), type: 'RequestAudited', data, at, by: 'api', actor });
    await this.log.append(auditStream(at), [event], { expected: 'any' });
  }
}

const PAGE = 200;

@QueryHandler(ListAudit)
export class ListAuditHandler implements IQueryHandler<ListAudit> {
  constructor(@Inject(READ_MODELS) private readonly readModels: ReadModels) {}

  async execute({ query }: ListAudit): Promise<{ items: AuditEntry[]; cursor?: string; through: Position }> {
    const { from: min, to, limit, cursor } = query;
    const view = await this.readModels.view(auditProjection.name);
    const range = { direction: 'descending' as const, min, ...(to !== undefined && { max: to - 1 }), limit: PAGE };
    const items: AuditEntry[] = [];
    for (let after: ListEntry | undefined = cursor === undefined ? undefined : entryOf(cursor); ;) {
      const entries: ListEntry[] = await view.list(listOf(query), { ...range, after });
      const states = await view.many<{ entry?: AuditEntry }>(entries.map(({ key }) => key));
      for (const [place, one] of entries.entries()) {
        after = one;
        const entry = states[place]?.entry;
        if (entry && isWanted(entry, query)) items.push(entry);
        if (items.length >= limit) return { items, cursor: cursorOf(one), through: view.through };
      }
      if (entries.length < PAGE) return { items, through: view.through };
    }
  }
}

/** The one that is likely to be the shortest. */
function listOf({ key, person, lead }: AuditQuery): string {
  if (lead !== undefined) return aboutLead(lead);
  const by = person ?? key;
  return by === undefined ? AUDIT : ofActor(by);
}

const isWanted = ({ actor, aboutLeadId }: AuditEntry, { key, person, lead }: AuditQuery): boolean =>
  [key, person].every((who) => who === undefined || actor.id === who || actor.by === who) && (lead === undefined || aboutLeadId === lead);
