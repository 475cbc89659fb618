import { randomUUID } from 'node:crypto';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { EVENT_LOG, type Actor, type EventLog } from '@leadlog/event-log';
import { nearest, shown, type FieldError } from '@leadlog/events';
import { handoffLead } from '@leadlog/lead';
import { hasLeft, repOf, type Organisation } from '@leadlog/organisation';
import { READ_MODELS, type ReadModels } from '@leadlog/projections';
import { CLOCK, localDay, type Clock } from '@leadlog/time';
import type { ActAnswer } from '../handoff.handlers';
import { successorsOf, type Assignment } from './assignment';
import { openHandoffsOf, reassign } from './reassign';

/** Who works for sales: a function, because it may change while the API runs. */
export const ORGANISATION = Symbol('ORGANISATION');

/** Why, who says so, and the id by which a repeat is known. */
export interface Reassignment {
  reason: string;
  id?: string;
  actor: Actor;
}

/** Gives an open handoff to a rep. */
export class AssignHandoff extends Command<ActAnswer> {
  constructor(
    readonly handoffId: string,
    readonly repId: string,
    readonly why: Reassignment,
  ) {
    super();
  }
}

/** What became of one handoff: who has it now, or why it stays where it is. */
export type HandedOver = { handoffId: string; leadId: string } & (
  { ok: true; repId: string; teamId?: string } | { ok: false; expected: string; got: string }
);

/** Gives all open handoffs of a rep to another, or without `to` each to whoever comes next. Undefined if the rep is not known. */
export class HandOver extends Command<{ items: HandedOver[]; position: bigint } | { invalid: FieldError } | undefined> {
  constructor(
    readonly repId: string,
    readonly to: string | undefined,
    readonly why: Reassignment,
  ) {
    super();
  }
}

@CommandHandler(AssignHandoff)
export class AssignHandoffHandler implements ICommandHandler<AssignHandoff> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(ORGANISATION) private readonly organisation: () => Organisation,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ handoffId, repId, why }: AssignHandoff): Promise<ActAnswer> {
    const leadId = handoffLead(handoffId);
    const now = this.clock();
    const to = named(this.organisation(), '/data/repId', repId, now);
    if ('expected' in to) return { leadId, ok: false, type: 'LeadAssigned', invalid: [to] };
    return { leadId, ...(await reassign(this.log, this.readModels, { handoffId, to, ...why, now })) };
  }
}

/** How long the read model is waited for: what was recorded before the command is handed over with the rest. */
const LONGEST_WAIT_MS = 5_000;
const AT_ONCE = 16;

@CommandHandler(HandOver)
export class HandOverHandler implements ICommandHandler<HandOver> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(ORGANISATION) private readonly organisation: () => Organisation,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ repId, to, why: { id = randomUUID(), ...why } }: HandOver) {
    const now = this.clock();
    const organisation = this.organisation();
    const target = to === undefined ? undefined : named(organisation, '/to', to, now);
    if (target && 'expected' in target) return { invalid: target };
    if (to === repId) return { invalid: { pointer: '/to', expected: `another representative than ${repId}`, got: to } };
    const through = await this.log.head();
    await this.readModels.reached(['handoffs'], through, LONGEST_WAIT_MS);
    const handoffs = await openHandoffsOf(await this.readModels.view('handoffs'), repId);
    if (handoffs.length === 0 && !repOf(organisation, repId)) return undefined;
    const items: HandedOver[] = [];
    let position = through;
    for (let at = 0; at < handoffs.length; at += AT_ONCE) {
      const some = handoffs.slice(at, at + AT_ONCE).map(async ({ leadId, handoffId, teamId }): Promise<HandedOver> => {
        const next = target ?? successorsOf(organisation, { handoffId, teamId, not: [repId], now })[0];
        if (!next) return { handoffId, leadId, ok: false, expected: 'a representative who is there and may take it', got: 'nobody' };
        const given = { handoffId, to: next, ...why, id: `${id} ${handoffId}`, now };
        const answer = await reassign(this.log, this.readModels, given);
        if ('invalid' in answer) return { handoffId, leadId, ok: false, ...answer.invalid[0]! };
        if (!answer.ok) return { handoffId, leadId, ok: false, expected: answer.expected, got: answer.got };
        if (answer.position > position) position = answer.position;
        return { handoffId, leadId, ok: true, repId: next.repId, teamId: next.teamId };
      });
      items.push(...(await Promise.all(some)));
    }
    return { items, position };
  }
}

/** By name, whether they are at work now or not; but they must be in the organisation. */
function named(organisation: Organisation, pointer: string, repId: string, now: number): Assignment | FieldError {
  const rep = repOf(organisation, repId);
  if (!rep) {
    const near = nearest(
      repId,
      organisation.reps.map(({ id }) => id),
    );
    return { pointer, expected: `a representative of the organisation; the nearest is ${near}`, got: shown(repId) };
  }
  if (hasLeft(rep, localDay(now, organisation.calendar.timezone)))
    return { pointer, expected: 'a representative who works here', got: `${repId}, who left on ${rep.leftOn}` };
  return { repId, teamId: rep.team, method: 'manual' };
}
