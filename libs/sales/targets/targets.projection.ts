import type { EventData, LeadlogEvent } from '@leadlog/events';
import { processStream } from '@leadlog/events';
import { defineProjection, type Projection } from '@leadlog/projections';

/** A target as it was set last, in the order of the log. */
export type Target = EventData['KpiTargetSet'] & {
  /** When it was set, ms. */
  setAt: number;
  position: number;
};

/** Which target an event sets: of whom, for which KPI (in which currency, if it is money) and period. */
export const targetKey = ({ scope, scopeId, kpi, period, currency = '' }: EventData['KpiTargetSet']): string =>
  JSON.stringify([period, scope, scopeId, kpi, currency]);

/** List of all targets, by period and whose they are; and of those of a period. */
export const TARGETS = 'targets';
export const ofPeriod = (period: string): string => `period:${period}`;

/** Read model `targets`, by what a target is for. Of two for the same, the one that came last holds, whenever it was meant to be set. */
export function targetsProjection(): Projection<{ target?: Target }> {
  return defineProjection<{ target?: Target }>({
    name: 'targets',
    version: '1',
    handles: ['KpiTargetSet'],
    key: (event) => targetKey(event.data as EventData['KpiTargetSet']),
    keyedBy: ['scopeId'],
    streams: (key) => [processStream((JSON.parse(key) as string[])[2]!)],
    // The streams of one representative hold all targets of that one.
    keyOfStream: (stream) => (stream.startsWith('process-') ? undefined : null),
    initial: () => ({ target: undefined }),
    evolve: (state, event) => {
      const { data, occurredAt, position } = event as LeadlogEvent & { data: EventData['KpiTargetSet'] };
      if (state.target === undefined || state.target.position < Number(position))
        state.target = { ...data, setAt: occurredAt, position: Number(position) };
      return state;
    },
    lists: ({ target }): Record<string, number> => (target ? { [TARGETS]: 0, [ofPeriod(target.period)]: 0 } : {}),
  });
}
