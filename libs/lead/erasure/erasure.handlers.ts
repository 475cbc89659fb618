import { Inject } from '@nestjs/common';
import { Command, CommandHandler, Query, QueryHandler, type ICommandHandler, type IQueryHandler } from '@nestjs/cqrs';
import { LeadlogError } from '@leadlog/errors';
import { EVENT_LOG, type Actor, type EventLog } from '@leadlog/event-log';
import { buildsBehind, READ_MODELS, READ_MODEL_STORE, type ReadModels, type ReadModelStore } from '@leadlog/projections';
import { CLOCK, type Clock } from '@leadlog/time';
import type { AsOf } from '../lead.handlers';
import type { LeadState } from '../leads.projection';
import { IDENTITY_NAMES, type IdentityNames } from '../who-is-who/identity';
import { erasureOfPerson, type ErasureOfPerson } from './erasures';
import { requestErasure, type ErasureAsked } from './request-erasure';

/** Injection token: whether what is personal is recorded under keys, so that it can be forgotten (boolean). */
export const FORGETS = 'Forgets';

/** How long a request waits for the read model to know all by which the person is known. */
const LONGEST_LOOK_MS = 10_000;

/** Nothing would be forgotten by it: what is in the log can be read by everybody who has the log. */
export class RecordedInClear extends LeadlogError {
  readonly kind = 'conflict';

  constructor() {
    super(
      'nobody can be forgotten here: personal data are recorded in clear, so whoever has the log would still read everything; leadlog personal-data status says how it is recorded',
    );
  }
}

/** Undefined for an unknown lead. Rejects with RecordedInClear. */
export class ErasePerson extends Command<ErasureAsked | undefined> {
  constructor(
    readonly leadId: string,
    readonly asked: { requestId?: string; actor: Actor },
  ) {
    super();
  }
}

@CommandHandler(ErasePerson)
export class ErasePersonHandler implements ICommandHandler<ErasePerson> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(FORGETS) private readonly forgets: boolean,
    @Inject(IDENTITY_NAMES) private readonly names: IdentityNames,
  ) {}

  async execute({ leadId, asked }: ErasePerson): Promise<ErasureAsked | undefined> {
    if (!this.forgets) throw new RecordedInClear();
    await this.readModels.reached(['leads'], await this.log.head(), LONGEST_LOOK_MS);
    return requestErasure(this.log, await this.readModels.view('leads'), this.names, { leadId, ...asked, now: this.clock() });
  }
}

/** How far the erasure of a person is. Times in ms. */
export interface ErasureProgress extends Partial<Omit<ErasureOfPerson, 'state' | 'erased'>> {
  leadId: string;
  state: 'none' | ErasureOfPerson['state'];
  /** Builds of read models that have not folded the person again yet. */
  waitsFor?: { generation: string; paused: boolean }[];
}

/** Undefined for an unknown lead. */
export class GetErasure extends Query<AsOf<ErasureProgress> | undefined> {
  constructor(readonly leadId: string) {
    super();
  }
}

@QueryHandler(GetErasure)
export class GetErasureHandler implements IQueryHandler<GetErasure> {
  constructor(
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(READ_MODEL_STORE) private readonly store: ReadModelStore,
  ) {}

  async execute({ leadId: asked }: GetErasure): Promise<AsOf<ErasureProgress> | undefined> {
    const view = await this.readModels.view('leads');
    const leadId = await view.resolve(asked);
    const state = await view.get<LeadState>(leadId);
    if (!state) return undefined;
    const erasure = erasureOfPerson(state.erasures, await view.family(leadId));
    if (!erasure) return { leadId, state: 'none', through: view.through };
    const { erased, ...progress } = erasure;
    const behind = erased === undefined ? [] : await buildsBehind(this.store, BigInt(erased));
    const waitsFor = behind.map(({ id, paused }) => ({ generation: id, paused }));
    return { leadId, ...progress, ...(waitsFor.length > 0 && { waitsFor }), through: view.through };
  }
}
