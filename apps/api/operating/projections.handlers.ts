import { Inject } from '@nestjs/common';
import { Command, CommandHandler, Query, QueryHandler, type ICommandHandler, type IQueryHandler } from '@nestjs/cqrs';
import { EVENT_LOG, type EventLog, type Position } from '@leadlog/event-log';
import { OVERDUE, TO_HAND_OFF, type HandoffState, type PauseOf } from '@leadlog/handoff';
import { PAUSE_OF } from '@leadlog/handoff/handoff.handlers';
import {
  ProjectionControl,
  progressOf,
  READ_MODEL_STORE,
  READ_MODELS,
  type GenerationRecord,
  type ListEntry,
  type ReadModels,
  type ReadModelStore,
} from '@leadlog/projections';
import { DUE_LIST } from '@leadlog/scoring';
import { CLOCK, type Clock } from '@leadlog/time';

/** Counted; whoever waits for none need not know how many more there are. */
const MOST_DUE = 1_000;

/** A generation of a projection, and how far it has come. */
export interface GenerationStanding {
  generation: GenerationRecord;
  progress: Awaited<ReturnType<typeof progressOf>> extends ReadonlyMap<string, infer Told> ? Told | undefined : never;
  checkpoint: Position;
  /** Keys that are parked. */
  parked: number;
  /** Decisions that are due, up to a thousand. */
  due: number;
}

export class ListGenerations extends Query<{ generations: GenerationStanding[]; head: Position }> {}

@QueryHandler(ListGenerations)
export class ListGenerationsHandler implements IQueryHandler<ListGenerations> {
  constructor(
    @Inject(READ_MODEL_STORE) private readonly store: ReadModelStore,
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(PAUSE_OF) private readonly pauseOf: PauseOf,
  ) {}

  async execute() {
    const registry = await this.store.registry();
    const head = await this.log.head();
    const told = await progressOf(this.store, this.clock);
    const generations = await Promise.all(
      registry.generations.map(async (generation) => {
        const checkpoint = (await this.store.checkpoint(generation.id)) ?? -1n;
        const parked = await this.store.listSize(generation.id, '~parked');
        const due = generation.state === 'live' ? await this.dueOf(generation.id) : 0;
        return { generation, progress: told.get(generation.id), checkpoint, parked, due };
      }),
    );
    return { generations, head };
  }

  private async dueOf(generation: string): Promise<number> {
    const range = { max: this.clock(), limit: MOST_DUE };
    const [hot, ...others] = await Promise.all([TO_HAND_OFF, DUE_LIST, OVERDUE].map((list) => this.store.list(generation, list, range)));
    return Math.min(MOST_DUE, [...(await this.notPaused(hot!)), ...others.flat()].length);
  }

  /** A pause is what was decided about the lead for now. */
  private async notPaused(hot: readonly ListEntry[]): Promise<readonly ListEntry[]> {
    if (hot.length === 0) return hot;
    const now = this.clock();
    const states = await (await this.readModels.view('handoffs')).many<HandoffState>(hot.map(({ key }) => key));
    return hot.filter((_, place) => !states[place] || (this.pauseOf(states[place]) ?? now) <= now);
  }
}

/**
 * Builds a new generation, makes one live that has caught up, or goes back to the one before; answered with its id. Rejects with
 * ControlRefused, UnknownProjection.
 */
export class ChangeGeneration extends Command<string> {
  constructor(
    readonly projection: string,
    readonly change: 'switch' | 'rollback' | { rebuild: { autoSwitch: boolean } },
  ) {
    super();
  }
}

@CommandHandler(ChangeGeneration)
export class ChangeGenerationHandler implements ICommandHandler<ChangeGeneration> {
  private readonly control: ProjectionControl;

  constructor(@Inject(READ_MODEL_STORE) store: ReadModelStore, @Inject(CLOCK) clock: Clock) {
    this.control = new ProjectionControl(store, clock);
  }

  execute({ projection, change }: ChangeGeneration) {
    if (change === 'switch') return this.control.switch(projection);
    if (change === 'rollback') return this.control.rollback(projection);
    return this.control.rebuild(projection, change.rebuild.autoSwitch);
  }
}

/** Drops a generation that is not live, or stops and resumes folding. Rejects with ControlRefused, UnknownProjection. */
export class OperateProjection extends Command<void> {
  constructor(
    readonly projection: string,
    readonly what: 'pause' | 'resume' | { drop: string },
  ) {
    super();
  }
}

@CommandHandler(OperateProjection)
export class OperateProjectionHandler implements ICommandHandler<OperateProjection> {
  private readonly control: ProjectionControl;

  constructor(@Inject(READ_MODEL_STORE) store: ReadModelStore, @Inject(CLOCK) clock: Clock) {
    this.control = new ProjectionControl(store, clock);
  }

  async execute({ projection, what }: OperateProjection): Promise<void> {
    if (typeof what === 'object') await this.control.drop(projection, what.drop);
    else await this.control.pause(projection, what === 'pause');
  }
}

type ParkedKeys = Awaited<ReturnType<ProjectionControl['parked']>>;

export class ListParkedKeys extends Query<{ keys: ParkedKeys; through: Position }> {
  constructor(readonly projection: string) {
    super();
  }
}

@QueryHandler(ListParkedKeys)
export class ListParkedKeysHandler implements IQueryHandler<ListParkedKeys> {
  private readonly control: ProjectionControl;

  constructor(
    @Inject(READ_MODEL_STORE) store: ReadModelStore,
    @Inject(CLOCK) clock: Clock,
    @Inject(EVENT_LOG) private readonly log: EventLog,
  ) {
    this.control = new ProjectionControl(store, clock);
  }

  async execute({ projection }: ListParkedKeys) {
    return { keys: await this.control.parked(projection), through: await this.log.head() };
  }
}

/** Folds parked keys again from their streams: one, or all; undefined where the one is not parked. */
export class UnparkKeys extends Command<Awaited<ReturnType<ProjectionControl['unpark']>> | undefined> {
  constructor(
    readonly projection: string,
    readonly key?: string,
  ) {
    super();
  }
}

@CommandHandler(UnparkKeys)
export class UnparkKeysHandler implements ICommandHandler<UnparkKeys> {
  private readonly control: ProjectionControl;

  constructor(@Inject(READ_MODEL_STORE) store: ReadModelStore, @Inject(CLOCK) clock: Clock) {
    this.control = new ProjectionControl(store, clock);
  }

  async execute({ projection, key }: UnparkKeys) {
    const parked = await this.control.parked(projection);
    if (key !== undefined && !parked.some((one) => one.key === key)) return undefined;
    return this.control.unpark(projection, key);
  }
}
