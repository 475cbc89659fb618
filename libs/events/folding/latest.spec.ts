import { leadsProjection, type LeadState } from '@leadlog/lead';
import { recorded } from '../recorded.testing';
import { addLayer, earliest, latest, merged, type Happened, type Layer } from './latest';

const at = Date.parse('2026-06-04T10:00:00+09:00');
/** The greater id comes first, so that an order by ids would be another. */
const [told, corrected] = [
  { id: 'ffffffff-ffff-5fff-bfff-ffffffffffff', position: 1n, at },
  { id: '00000000-0000-5000-8000-000000000000', position: 2n, at },
];

describe('a correction with the same date', () => {
  it('holds because it was recorded later, in whatever order it is folded', () => {
    const [one, other]: Happened[] = [
      { at, position: 1 },
      { at, position: 2 },
    ];
    expect([latest(one, other!), latest(other, one!), earliest(one, other!), earliest(other, one!)]).toEqual([other, other, one, one]);
    const layers: Layer<{ title: string }>[] = [
      { at, position: 1, set: { title: 'wrong' } },
      { at, position: 2, set: { title: 'right' } },
    ];
    for (const order of [layers, [...layers].reverse()])
      expect(merged(order.reduce<Layer<{ title: string }>[]>((all, layer) => addLayer(all, layer), []))).toEqual({ title: 'right' });
  });

  it('holds in the profile, the consent and the deals of a lead, and leaves the first capture first', () => {
    const projection = leadsProjection({ timezone: 'Asia/Tokyo' });
    const events = [
      recorded('LeadCaptured', { channel: 'form', origin: 'first', profile: { title: 'wrong' } }, told),
      recorded('LeadCaptured', { channel: 'form', origin: 'again', profile: { title: 'right' } }, corrected),
      recorded('ConsentChanged', { channel: 'email', status: 'granted' }, told),
      recorded('ConsentChanged', { channel: 'email', status: 'withdrawn' }, corrected),
      recorded('DealLost', { dealId: 'd-1' }, told),
      recorded('DealWon', { dealId: 'd-1' }, corrected),
    ];
    for (const order of [events, [...events].reverse()]) {
      const state = order.reduce<LeadState>((known, event) => projection.evolve(known, event), projection.initial('lead-1'));
      expect({
        title: merged(state.profile).title,
        origin: state.capture?.origin,
        consent: state.consent?.['email']?.status,
        deal: state.deals?.[0]?.state,
      }).toEqual({ title: 'right', origin: 'first', consent: 'withdrawn', deal: 'won' });
    }
  });
});
