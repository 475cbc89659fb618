import { Inject } from '@nestjs/common';
import { Command, CommandHandler, Query, QueryHandler, type ICommandHandler, type IQueryHandler } from '@nestjs/cqrs';
import { EVENT_LOG, type Decided, type EventLog } from '@leadlog/event-log';
import { cursorOf, entryOf, READ_MODELS, type ListEntry, type ReadModels, type ReadModelView } from '@leadlog/projections';
import { PresentKpis } from '../kpis/present-kpis';
import { boardOf, type Board } from './board';
import { progressOfTargets, type TargetProgress, type WorkingDays } from './progress';
import { setTarget, type SetTarget as Setting, type TargetRefused } from './set-target';
import { ofPeriod, TARGETS, type Target } from './targets.projection';

/** Injection token of WorkingDays. */
export const WORKING_DAYS = 'WorkingDays';

/** Of a period, of a representative or team, for a KPI; all by default. */
export interface TargetsQuery {
  period?: string;
  scope?: Target['scope'];
  scopeId?: string;
  kpi?: string;
  limit: number;
  /** From the page before. */
  cursor?: string;
}

/** Records a target; setting it to the value it has changes nothing. */
export class SetTarget extends Command<Decided<never> | TargetRefused> {
  constructor(readonly setting: Omit<Setting, 'at'>) {
    super();
  }
}

/** Targets by period and whose they are, with what was reached. Rejects with InvalidCursor, NotBuiltYet. */
export class ListTargets extends Query<{ items: TargetProgress[]; cursor?: string; through: bigint }> {
  constructor(readonly query: TargetsQuery) {
    super();
  }
}

/** Both departments' steps in a month, quarter or fiscal year; undefined if no period has this name. Rejects with NotBuiltYet. */
export class GetBoard extends Query<{ board: Board; through: bigint } | undefined> {
  constructor(readonly period: string | undefined) {
    super();
  }
}

@CommandHandler(SetTarget)
export class SetTargetHandler implements ICommandHandler<SetTarget> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    private readonly present: PresentKpis,
  ) {}

  execute({ setting }: SetTarget) {
    return setTarget(this.log, { ...setting, at: this.present.now });
  }
}

const PAGE = 200;

@QueryHandler(ListTargets)
export class ListTargetsHandler implements IQueryHandler<ListTargets> {
  constructor(
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    private readonly present: PresentKpis,
    @Inject(WORKING_DAYS) private readonly workingDays: WorkingDays,
  ) {}

  async execute({ query }: ListTargets) {
    const view = await this.readModels.view('targets');
    const { targets, next } = await pageOf(view, query);
    const { items, through = view.through } = await progressOfTargets(targets, this.present, this.workingDays);
    return { items, ...(next && { cursor: cursorOf(next) }), through: through < view.through ? through : view.through };
  }
}

@QueryHandler(GetBoard)
export class GetBoardHandler implements IQueryHandler<GetBoard> {
  constructor(
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    private readonly present: PresentKpis,
    @Inject(WORKING_DAYS) private readonly workingDays: WorkingDays,
  ) {}

  async execute({ period }: GetBoard) {
    const view = await this.readModels.view('targets');
    const found = await boardOf(period, (named) => targetsOf(view, named), this.present, this.workingDays);
    return found && { ...found, through: found.through < view.through ? found.through : view.through };
  }
}

async function targetsOf(view: ReadModelView, period: string): Promise<Target[]> {
  const { targets } = await pageOf(view, { period, scope: 'joint', limit: Infinity });
  return targets;
}

/** `next`: where the next page goes on; absent if there is none. */
async function pageOf(view: ReadModelView, query: TargetsQuery): Promise<{ targets: Target[]; next?: ListEntry }> {
  const list = query.period === undefined ? TARGETS : ofPeriod(query.period);
  const targets: Target[] = [];
  for (let after = query.cursor === undefined ? undefined : entryOf(query.cursor); ;) {
    const entries = await view.list(list, { limit: PAGE, after });
    const states = await view.many<{ target?: Target }>(entries.map(({ key }) => key));
    for (const [place, entry] of entries.entries()) {
      after = entry;
      const target = states[place]?.target;
      if (target && isWanted(target, query)) targets.push(target);
      if (targets.length >= query.limit) return { targets, next: entry };
    }
    if (entries.length < PAGE) return { targets };
  }
}

const isWanted = (target: Target, { scope, scopeId, kpi }: TargetsQuery): boolean =>
  (scope === undefined || target.scope === scope) &&
  (scopeId === undefined || target.scopeId === scopeId) &&
  (kpi === undefined || target.kpi === kpi);
