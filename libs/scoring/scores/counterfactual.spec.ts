import fc from 'fast-check';
import type { EventType, LeadlogEvent } from '@leadlog/events';
import { recorded } from '@leadlog/events/recorded.testing';
import { compile } from '../model/compile';
import { parseModel } from '../model/parse-model';
import { accountScore } from './account-score';
import { smallestChange } from './counterfactual';
import { foldScore, initialScore, type ScoreState } from './score-state';
import { nextChange, scoreAt } from './tiers';

const AT = Date.parse('2026-06-10T12:00:00+09:00');
const HOUR = 3_600_000;
const model = compile(
  parseModel(`
model: test
axes:
  engagement:
    cap: 100
    rules:
      - { id: price, on: WebPageViewed, points: 8, halfLife: 7d, cap: { times: 2, per: 1d } }
      - { id: paper, on: ContentDownloaded, points: 20, halfLife: 30d, cap: { times: 4, diminish: 0.5 } }
      - { id: demo, on: InquiryReceived, points: 40, halfLife: 14d }
      - { id: refused, on: CallCompleted, points: -10, halfLife: 14d }
  fit:
    rules:
      - { id: director, profile: { title: { $regex: Director } }, points: 20 }
      - { id: large, profile: { employees: { $gte: 100 } }, points: 10 }
tiers:
  hot: { enter: { engagement: 55, fit: 20 }, leave: { engagement: 40 } }
  warm: { enter: { engagement: 35 } }
account: { axis: engagement, top: 2, breadth: 5, roles: [decisionMaker, champion] }
`),
);
const TYPES = ['WebPageViewed', 'ContentDownloaded', 'InquiryReceived', 'CallCompleted'] as const;
const touch = (type: EventType, at: number) => recorded(type, {}, { at }) as LeadlogEvent;
const fold = (events: readonly LeadlogEvent[]): ScoreState =>
  events.reduce((state, event) => foldScore(model, state, event), initialScore());
const onOf = { price: 'WebPageViewed', paper: 'ContentDownloaded', demo: 'InquiryReceived', refused: 'CallCompleted' } as const;

describe('the smallest change to the next tier', () => {
  it('is one act where one is enough, and the one that gives least too much', () => {
    expect(smallestChange(model, fold([touch('InquiryReceived', AT - 120 * HOUR)]), AT)).toMatchObject({
      tier: 'warm',
      acts: [{ ruleId: 'price', on: 'WebPageViewed', times: 1 }],
      profile: [],
    });
  });

  it('counts full windows and diminishing points in', () => {
    // Two price pages of the day count, and a second paper gives half.
    const state = fold([
      touch('WebPageViewed', AT - HOUR),
      touch('WebPageViewed', AT - HOUR),
      touch('ContentDownloaded', AT - 40 * 24 * HOUR),
    ]);
    expect(smallestChange(model, state, AT)!.acts).toEqual([{ ruleId: 'demo', on: 'InquiryReceived', times: 1 }]);
  });

  it('names the rule of the profile that is missing beside the acts', () => {
    const warm = foldScore(
      model,
      fold([touch('InquiryReceived', AT)]),
      recorded('LeadTierChanged', { modelId: 'test', to: 'warm' }, { at: AT }),
    );
    expect(smallestChange(model, warm, AT)).toMatchObject({
      tier: 'hot',
      acts: [{ ruleId: 'paper', times: 1 }],
      profile: [{ ruleId: 'director' }],
    });
  });

  it('is none for a lead that is hot', () => {
    const hot = foldScore(model, initialScore(), recorded('LeadTierChanged', { modelId: 'test', to: 'hot' }, { at: AT }));
    expect(smallestChange(model, hot, AT)).toBeUndefined();
  });

  it('is enough: a lead of which that happens is asked to rise, and one act less is not enough', () => {
    const history = fc
      .array(fc.tuple(fc.constantFrom(...TYPES), fc.integer({ min: 1, max: 600 })), { maxLength: 8, size: 'max' })
      .map((all) => all.map(([type, hours]) => touch(type, AT - hours * HOUR)));
    let found = 0;
    fc.assert(
      fc.property(history, (events) => {
        const state = fold(events);
        // Owed a tier already: nothing has to happen.
        if (nextChange(model, state, AT)?.at === AT) return;
        const change = smallestChange(model, state, AT)!;
        const acts = change.acts.flatMap(({ ruleId, times }) =>
          Array.from({ length: times }, () => touch(onOf[ruleId as keyof typeof onOf], AT)),
        );
        const after = (some: readonly LeadlogEvent[]) =>
          nextChange(
            model,
            some.reduce((folded, event) => foldScore(model, folded, event), structuredClone(state)),
            AT,
          );
        found += 1;
        expect(after(acts)).toEqual({ at: AT, to: 'warm' });
        expect(after(acts.slice(1))?.at === AT).toBe(false);
        expect(
          scoreAt(
            model,
            acts.reduce((folded, event) => foldScore(model, folded, event), structuredClone(state)),
            AT,
          ),
        ).toEqual(change.scores);
      }),
    );
    expect(found).toBeGreaterThan(20);
  });
});

describe('the score of an account', () => {
  it('is that of its best people, and something for each further active one', () => {
    const people = [
      { leadId: 'a', role: 'champion' as const, scores: { engagement: 50, fit: 0 } },
      { leadId: 'b', scores: { engagement: 10, fit: 20 } },
      { leadId: 'c', scores: { engagement: 30, fit: 0 } },
      { leadId: 'f', scores: { engagement: 50, fit: 0 }, uncapped: { engagement: 60, fit: 0 } },
      { leadId: 'd', scores: { engagement: 0.9, fit: 90 } },
      { leadId: 'e' },
    ];
    expect(
      accountScore(
        model,
        people,
        people.flatMap(({ role }) => role ?? []),
        [],
      ),
    ).toEqual({
      axis: 'engagement',
      points: 110,
      active: [
        { leadId: 'f', points: 50, uncapped: 60 },
        { leadId: 'a', points: 50, uncapped: 50 },
        { leadId: 'c', points: 30, uncapped: 30 },
        { leadId: 'b', points: 10, uncapped: 10 },
      ],
      activePeople: 4,
      missingRoles: ['decisionMaker'],
    });
  });
});
