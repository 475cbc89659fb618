import type { RecordedEvent } from '@leadlog/event-log';
import { recorded } from '@leadlog/events/recorded.testing';
import { leadsProjection, type LeadState } from '@leadlog/lead';
import type { Projection } from '@leadlog/projections';
import { handoffsProjection, type HandoffState } from './handoffs.projection';
import { lifeOf } from './life';
import {
  accepted,
  act,
  assigned,
  call,
  day,
  disqualified,
  handedOff,
  hot,
  LEAD,
  lost,
  opened,
  returned,
  TWIN,
  won,
} from './standing.testing';

const captured = recorded('LeadCaptured', { leadId: LEAD, channel: 'form' }, { at: day(0) });
const withSales = [captured, hot(1), handedOff(2), assigned(2)];
const has = { handoffId: `${LEAD}.1`, repId: 'rep-1', teamId: 'team of rep-1' };

function fold<State>(projection: Projection<State>, events: readonly RecordedEvent[]): State | undefined {
  const mine = events.filter(({ type }) => projection.handles.includes(type));
  return mine.length === 0 ? undefined : mine.reduce((state, event) => projection.evolve(state, event), projection.initial(LEAD));
}

describe('where a lead is in its life', () => {
  it.each<[string, RecordedEvent[], object]>([
    ['just captured', [captured], { state: 'captured', run: 1 }],
    ['with acts of the customer', [captured, act(1)], { state: 'nurturing', run: 1 }],
    ['called', [captured, call(1)], { state: 'nurturing', run: 1 }],
    ['hot', [captured, hot(1)], { state: 'hot', run: 1, waitingSince: day(1) }],
    ['handed off', withSales, { state: 'handed-off', run: 1, ...has }],
    ['accepted', [...withSales, accepted(3)], { state: 'accepted', run: 1, ...has }],
    ['in a deal', [...withSales, accepted(3), opened(4)], { state: 'in-deal', run: 1, ...has }],
    ['won', [...withSales, accepted(3), opened(4), won(5)], { state: 'won', run: 2 }],
    ['given back, and hot still', [...withSales, accepted(3), returned(4)], { state: 'hot', run: 2 }],
    [
      'lost, and hot no more',
      [...withSales, opened(4), lost(5), recorded('LeadTierChanged', { leadId: LEAD, to: 'cold' }, { at: day(6) })],
      { state: 'nurturing', run: 2 },
    ],
    ['in a deal without a handoff', [captured, opened(4)], { state: 'in-deal', run: 1 }],
    ['a customer that was never handed off', [captured, opened(4), won(5)], { state: 'won', run: 1 }],
    ['given up', [...withSales, disqualified(3)], { state: 'disqualified', run: 1 }],
    ['with a duplicate that was given up', [...withSales, disqualified(1, TWIN)], { state: 'handed-off', run: 1, ...has }],
  ])('%s', (_, events, life) => {
    for (const history of [events, [...events].reverse()]) {
      // Tiers are decided in the order of the log.
      if (history !== events && events.filter(({ type }) => type === 'LeadTierChanged').length > 1) continue;
      expect(
        lifeOf(fold<HandoffState>(handoffsProjection, history), fold<LeadState>(leadsProjection({ timezone: 'Asia/Tokyo' }), history)),
      ).toEqual(life);
    }
  });
});
