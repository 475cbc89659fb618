import { randomUUID } from 'node:crypto';
import { decideOn, type Decided, type EventLog, type EventMetadata, type NewEvent, type Position } from '@leadlog/event-log';
import { catalogue, eventIdOf, processStream, shown, validateData, type EventData, type FieldError } from '@leadlog/events';
import { daysOfPeriod } from '@leadlog/time';
import { kpiNames, kpis, splitsOf } from '../kpis/kpis';
import { targetKey } from './targets.projection';

const SOURCE = 'leadlog/api';
const TYPE = 'KpiTargetSet';

export interface SetTarget {
  target: EventData['KpiTargetSet'];
  actor: EventMetadata['actor'];
  /** Of whoever sets it; the same id again is the same command. */
  id?: string;
  /** Business time, ms. */
  at: number;
}

/** What is wrong with a target, by the members of `target`. */
export type TargetRefused = { ok: false; invalid: readonly FieldError[] };

/** The last value of each target in the stream of whoever it is for, and the position of the event that set it. */
type LastSet = Map<string, { value: number; position: Position }>;

/** Records the target, unless it is set to this value already. */
export async function setTarget(
  log: EventLog,
  { target, actor, id = randomUUID(), at }: SetTarget,
): Promise<Decided<never> | TargetRefused> {
  const invalid = [
    ...validateData(TYPE, target).map((error) => ({ ...error, pointer: error.pointer.replace(/^\/data/, '') })),
    ...unfit(target),
  ];
  if (invalid.length > 0) return { ok: false, invalid };
  const { initiator, schemaVersion } = catalogue.get(TYPE)!;
  const event: NewEvent = {
    id: eventIdOf(SOURCE, `${TYPE} ${id}`),
    type: TYPE,
    data: target,
    metadata: { occurredAt: new Date(at).toISOString(), source: SOURCE, sourceId: id, initiator, actor, schemaVersion },
  };
  return decideOn<LastSet, never>(
    log,
    processStream(target.scopeId),
    {
      initial: () => new Map(),
      evolve: (last, { type, data, position }) => {
        const set = data as EventData['KpiTargetSet'];
        return type === TYPE ? last.set(targetKey(set), { value: set.value, position }) : last;
      },
    },
    ({ state }) => {
      const last = state.get(targetKey(target));
      return last?.value === target.value ? { done: last.position } : { append: [event] };
    },
  );
}

/** What no schema can tell: there is such a KPI, it can be counted for this scope, and an amount of money has a currency. */
function unfit({ scope, kpi, period, currency }: EventData['KpiTargetSet']): FieldError[] {
  const wrong = (pointer: string, expected: string, got: unknown): FieldError[] => [{ pointer, expected, got: shown(got) }];
  if (typeof kpi !== 'string' || typeof period !== 'string' || daysOfPeriod(period) === undefined) return [];
  const definition = kpis.find(({ name }) => name === kpi);
  if (!definition) return wrong('/kpi', `one of ${kpiNames.join(', ')}`, kpi);
  if (definition.perHour) return wrong('/kpi', 'a KPI of one value, and none of each hour of the week', kpi);
  if (scope !== 'joint' && !splitsOf(definition).includes(scope))
    return wrong('/scope', `joint, since ${kpi} cannot be split by ${scope}`, scope);
  if (definition.perCurrency && currency === undefined) return wrong('/currency', `a currency (ISO 4217), since ${kpi} is money`, currency);
  if (!definition.perCurrency && currency !== undefined) return wrong('/currency', `none, since ${kpi} is no money`, currency);
  return [];
}
