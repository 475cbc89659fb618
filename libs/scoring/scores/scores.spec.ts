import fc from 'fast-check';
import type { EventOf, EventType, LeadlogEvent } from '@leadlog/events';
import { recorded } from '@leadlog/events/recorded.testing';
import { compile } from '../model/compile';
import { parseModel } from '../model/parse-model';
import { foldScore, initialScore, type ScoreState } from './score-state';
import { nextChange, scoreAt, tierOf } from './tiers';

const DAY = 86_400_000;
const START = Date.parse('2026-06-01T00:00:00+09:00');
const model = compile(
  parseModel(`
model: test
axes:
  engagement:
    cap: 100
    rules:
      - { id: price, on: WebPageViewed, where: { data.category: price }, points: 15, halfLife: 7d, cap: { times: 2, per: 1d } }
      - { id: paper, on: ContentDownloaded, points: 20, halfLife: 30d }
      - { id: open, on: EmailOpened, points: 1.3, halfLife: 7d, cap: { times: 3, per: 7d } }
      - { id: click, on: EmailLinkClicked, points: 2, halfLife: 30m, cap: { times: 2, per: 7d } }
      - { id: refused, on: CallCompleted, points: -40, halfLife: 1d }
      - { id: gone, on: EmailUnsubscribed, points: -3 }
  fit:
    rules:
      - { id: director, profile: { title: { $regex: Director } }, points: 30 }
tiers:
  hot: { enter: { engagement: 60, fit: 20 }, leave: { engagement: 40 }, dwell: 1h }
  warm: { enter: { engagement: 25 }, leave: { engagement: 15 } }
`),
);
const DATA: { [Type in EventType]?: object } = { WebPageViewed: { category: 'price' } };
const types = ['WebPageViewed', 'ContentDownloaded', 'EmailOpened', 'EmailLinkClicked', 'CallCompleted', 'EmailUnsubscribed'] as const;

const touch = (type: EventType, at: number) => recorded(type, DATA[type] ?? {}, { at, recordedAt: Math.max(at, START) }) as LeadlogEvent;
const director = (at: number) => recorded('ProfileUpdated', { changes: { title: 'Director' } }, { at });
const fold = (events: readonly LeadlogEvent[]): ScoreState =>
  events.reduce((state, event) => foldScore(model, state, event), initialScore());
const decided = (to: 'cold' | 'warm' | 'hot', at: number): EventOf<'LeadTierChanged'> =>
  recorded('LeadTierChanged', { modelId: 'test', to }, { at });
/** Within each minute a few, so that windows fill and moments coincide. */
const history = fc
  .array(fc.tuple(fc.constantFrom(...types), fc.integer({ min: 0, max: 400 })), { minLength: 1, maxLength: 40 })
  .map((all) => all.map(([type, hour]) => touch(type, START + hour * 3_600_000)));

describe('scores', () => {
  it('are the same document, to the last character, in any order of arrival', () => {
    fc.assert(
      fc.property(
        history.chain((events) => fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length }))),
        ([events, shuffled]) => {
          expect(JSON.stringify(fold(shuffled))).toBe(JSON.stringify(fold(events)));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('equal what the definition says, counted by hand', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 400, max: 2_000 }), (events, hours) => {
        const t = START + hours * 3_600_000;
        const taken = new Map<string, number>();
        let sum = 0;
        for (const event of [...events].sort((a, b) => a.occurredAt - b.occurredAt)) {
          for (const { rule } of model.byType.get(event.type) ?? []) {
            const local = event.occurredAt + 9 * 3_600_000;
            const days = rule.cap?.per && 'days' in rule.cap.per ? rule.cap.per.days : 1;
            const window = `${rule.id} ${Math.floor((Math.floor(local / DAY) + 3) / days)}`;
            taken.set(window, (taken.get(window) ?? 0) + 1);
            if (rule.cap && taken.get(window)! > rule.cap.times) continue;
            sum += rule.points * (rule.halfLife ? 2 ** (-(t - event.occurredAt) / rule.halfLife) : 1);
          }
        }
        expect(scoreAt(model, fold(events), t)['engagement']).toBeCloseTo(Math.min(100, Math.max(0, sum)), 9);
      }),
      { numRuns: 300 },
    );
  });

  it('keep each field of the profile as it was set last, in any order of arrival', () => {
    const fit = compile(
      parseModel(`
model: fit
axes:
  fit:
    rules:
      - { id: director, profile: { title: { $regex: Director } }, points: 30 }
      - { id: large, profile: { employees: { $gte: 100 }, title: { $ne: Student } }, points: 7 }
      - { id: company, profile: { company: { $exists: true } }, points: 1 }
tiers: {}
`),
    );
    const foldFit = (events: readonly LeadlogEvent[]) => events.reduce((state, event) => foldScore(fit, state, event), initialScore());
    const changes = fc.record(
      {
        title: fc.constantFrom('Director', 'Student', 'Clerk'),
        employees: fc.constantFrom(20, 100, 500),
        company: fc.constantFrom('a', 'b'),
      },
      { requiredKeys: [] },
    );
    const event = fc.tuple(changes, fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 9 })).map(([set, hour, n]) => {
      const at = { at: START + hour * 3_600_000, recordedAt: START + DAY };
      return n === 0
        ? recorded('PersonalDataErased', {}, at)
        : n < 4
          ? recorded('LeadCaptured', { profile: set }, at)
          : recorded('ProfileUpdated', { changes: set }, at);
    });
    const events = fc.array(event, { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        events.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) => {
          const state = foldFit(all);
          expect(JSON.stringify(foldFit(shuffled))).toBe(JSON.stringify(state));

          const known: { title?: string; employees?: number; company?: string } = {};
          for (const one of [...all].sort((a, b) => a.occurredAt - b.occurredAt || Number(a.position - b.position))) {
            if (one.type !== 'PersonalDataErased')
              Object.assign(known, one.type === 'LeadCaptured' ? one.data.profile : (one as EventOf<'ProfileUpdated'>).data.changes);
          }
          const points =
            (known.title === 'Director' ? 30 : 0) +
            ((known.employees ?? 0) >= 100 && known.title !== 'Student' ? 7 : 0) +
            (known.company === undefined ? 0 : 1);
          expect(scoreAt(fit, state, START + DAY)).toEqual({ fit: points });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('count a late event of a capped window in place of the last one', () => {
    const at = [1, 2, 3].map((hour) => START + hour * 3_600_000);
    const late = fold([touch('WebPageViewed', at[1]!), touch('WebPageViewed', at[2]!), touch('WebPageViewed', at[0]!)]);
    expect(scoreAt(model, late, at[2]!)).toEqual(
      scoreAt(model, fold([touch('WebPageViewed', at[0]!), touch('WebPageViewed', at[1]!)]), at[2]!),
    );
  });

  it('are the same to the digit after an erasure, and keep no value of the profile', () => {
    const state = fold([director(START)]);
    expect(scoreAt(model, state, START)['fit']).toBe(30);
    expect(JSON.stringify(state)).not.toContain('Director');
    expect(scoreAt(model, foldScore(model, state, recorded('PersonalDataErased', {}, { at: START + 1 })), START)['fit']).toBe(30);
  });
});

describe('tiers', () => {
  const hotEvents = [director(START), ...[0, 0, 0, 0].map(() => touch('ContentDownloaded', START))];

  it('ask for hot as soon as every threshold is reached, and not while one is missing', () => {
    expect(nextChange(model, fold(hotEvents))).toEqual({ at: START, to: 'hot' });
    expect(nextChange(model, fold(hotEvents.slice(1)))).toEqual({ at: START, to: 'warm' });
  });

  it('cool at the very millisecond: not below the threshold before, below it then', () => {
    const state = fold([...hotEvents, decided('hot', START)]);
    const change = nextChange(model, state)!;
    expect(change.to).toBe('warm');
    expect(Math.abs(change.at - (START + 30 * DAY))).toBeLessThanOrEqual(1);
    expect(scoreAt(model, state, change.at - 1)['engagement']).toBeGreaterThanOrEqual(40);
    expect(scoreAt(model, state, change.at)['engagement']).toBeLessThan(40);
  });

  it('hold between leave and enter', () => {
    const state = fold([...hotEvents, decided('hot', START)]);
    expect(scoreAt(model, state, START + 20 * DAY)['engagement']).toBeLessThan(60);
    expect(nextChange(model, state, START + 20 * DAY)!.at).toBe(nextChange(model, state)!.at);
  });

  it('are not left before their dwell is over', () => {
    const state = fold([...hotEvents, decided('hot', START), touch('CallCompleted', START + 1), touch('CallCompleted', START + 1)]);
    expect(nextChange(model, state)).toEqual({ at: START + 3_600_000, to: 'cold' });
  });

  it('rise by themselves when a negative contribution fades', () => {
    const state = fold([...hotEvents.slice(0, 4), touch('CallCompleted', START)]);
    const change = nextChange(model, state)!;
    expect(change.to).toBe('warm');
    expect([change.at - 1, change.at].map((t) => scoreAt(model, state, t)['engagement']! >= 25)).toEqual([false, true]);
    expect(change.at).toBeGreaterThan(START);
  });

  it('never change when nothing can pass a threshold, and other models decide nothing', () => {
    const other = recorded('LeadTierChanged', { modelId: 'another', to: 'hot' }, { at: START });
    const state = fold([touch('WebPageViewed', START), other]);
    expect(tierOf(state)).toBe('cold');
    expect(nextChange(model, state)).toBeUndefined();
  });
});
