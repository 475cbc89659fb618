import fc from 'fast-check';
import type { LeadlogEvent } from '@leadlog/events';
import { recorded } from '@leadlog/events/recorded.testing';
import { foldScore, initialScore, profileHolds } from '../scores/score-state';
import { scoreAt } from '../scores/tiers';
import { compile, type CompiledModel } from './compile';
import type { ScoringModel } from './model';
import { readDocument } from './model-text';
import { modelOfDefinition, parseModel } from './parse-model';

const refusals = (rule: string): string => {
  try {
    parseModel(`{ model: m, axes: { a: { rules: [${rule}] } }, tiers: {} }`);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

const profileOf = (model: ScoringModel) => model.axes[0]!.rules.map((rule) => ('profile' in rule ? rule.profile : rule.where));
const published = (...conditions: object[]) =>
  modelOfDefinition(
    { model: 'm', axes: { a: { rules: conditions.map((profile, i) => ({ id: `r${i}`, profile, points: 2 ** i })) } }, tiers: {} },
    'm',
  );

describe('a rule that reads a personal field', () => {
  it.each([
    [
      '{ id: r, profile: { email: { $regex: "@gmail" } }, points: 1 }',
      'email of a profile is personal',
      'the nearest trait is emailDomain',
    ],
    ['{ id: r, profile: { email: { $exists: true } }, points: 1 }', 'email of a profile is personal', 'the nearest trait is emailDomain'],
    ['{ id: r, profile: { name: { $exists: true } }, points: 1 }', 'name of a profile is personal', 'the nearest trait is has.name'],
    ['{ id: r, profile: { phone: "090" }, points: 1 }', 'phone of a profile is personal', 'the nearest trait is has.phone'],
    [
      '{ id: r, on: LeadCaptured, where: { data.profile.email: { $regex: "@gmail" } }, points: 1 }',
      'data.profile.email: it is personal, so only $exists can test it',
      'the nearest trait is data.traits.emailDomain',
    ],
    [
      '{ id: r, on: InquiryReceived, where: { data.text: { $regex: 急ぎ } }, points: 1 }',
      'data.text: it is personal, so only $exists can',
      '',
    ],
    ['{ id: r, on: DealLost, where: { data.reason: 予算 }, points: 1 }', 'data.reason: it is personal, so only $exists can', ''],
  ])('is refused from its author: %s', (rule, problem, trait) => {
    expect(refusals(rule)).toContain(problem);
    expect(refusals(rule)).toContain(trait);
  });

  it.each([
    '{ id: r, profile: { emailDomain: { $regex: "^gmail" }, has.phone: true, has.name: false }, points: 1 }',
    '{ id: r, on: LeadCaptured, where: { data.traits.emailDomain: gmail.com }, points: 1 }',
    '{ id: r, on: InquiryReceived, where: { data.text: { $exists: true } }, points: 1 }',
    '{ id: r, on: CallCompleted, where: { data.needs: { $exists: false } }, points: 1 }',
  ])('may be written by traits, or ask whether it is there: %s', (rule) => expect(refusals(rule)).toBe(''));

  it('is refused where it asks for a trait that cannot be', () => {
    expect(refusals('{ id: r, profile: { has.title: true }, points: 1 }')).toContain('in a profile there is no has.title');
    expect(refusals('{ id: r, profile: { has.name: { $exists: false } }, points: 1 }')).toContain('so it is never absent');
  });

  it('is read by traits once it is published', () => {
    const model = published(
      { email: { $regex: '@(gmail|yahoo)\\.' } },
      { email: { $regex: '@' } },
      { email: { $exists: false } },
      { name: { $exists: true }, title: 'x' },
    );
    expect(profileOf(model)).toEqual([
      [{ path: 'emailDomain', operator: '$regex', value: '^(gmail|yahoo)\\.' }],
      [{ path: 'emailDomain', operator: '$exists', value: true }],
      [{ path: 'has.email', operator: '$eq', value: false }],
      [
        { path: 'has.name', operator: '$eq', value: true },
        { path: 'title', operator: '$eq', value: 'x' },
      ],
    ]);
  });

  it('is read by traits where the settings name its model, which may be older than traits', () => {
    const text = '{ model: m, axes: { a: { rules: [{ id: r, profile: { email: { $regex: "@gmail" } }, points: 1 }] } }, tiers: {} }';
    expect(() => readDocument(text, 'm.yaml')).toThrow('the nearest trait is emailDomain');
    const { model, version } = readDocument(text, 'm.yaml', { former: true });
    expect(profileOf(model)).toEqual([[{ path: 'emailDomain', operator: '$regex', value: '^gmail' }]]);
    expect(version).toBe(readDocument(text.replace('email: { $regex: "@', 'emailDomain: { $regex: "^'), 'm.yaml').version);
  });

  it('stands as it was published where no trait can tell the same', () => {
    const conditions = [
      { email: { $regex: 'gmail' } },
      { email: { $regex: '@gmail|yahoo' } },
      { email: { $regex: '@?gmail' } },
      { email: { $regex: '@^gmail' } },
      { email: { $regex: '@gmail', $default: 'x@gmail.com' } },
      { email: 'a@gmail.com' },
      { name: { $regex: '青山' } },
    ];
    for (const rule of profileOf(published(...conditions))) expect(['email', 'name']).toContain(rule[0]!.path);
  });
});

// ---- scores by the old form and by traits are the same, to the digit

const OLD_CONDITIONS = [
  { email: { $regex: '@(gmail|yahoo|hotmail|outlook)\\.' } },
  { email: { $regex: '@' } },
  { email: { $regex: '@[^a-m][a-z|]+\\.(com|co\\.jp)$' } },
  { email: { $regex: '@(?i)GMAIL\\.COM$' } },
  { email: { $regex: '@gmail\\.com', $default: 'none' } },
  { email: { $regex: 'gmail' } },
  { email: { $ne: 'a@gmail.com' } },
  { email: { $exists: true } },
  { email: { $exists: false } },
  { name: { $exists: true }, title: { $regex: '部長' } },
  { phone: { $exists: false }, email: { $regex: '@example\\.' } },
];

/** As it was before there were traits: the conditions as they stand. */
function oldForm(points: readonly number[]): CompiledModel {
  const rules = OLD_CONDITIONS.map((conditions, i) => ({
    id: `r${i}`,
    points: points[i]!,
    profile: Object.entries(conditions).flatMap(([path, asked]) =>
      Object.entries(asked as Record<string, string | boolean>).flatMap(([operator, value]) =>
        operator === '$default' ? [] : [{ path, operator, value, default: (asked as { $default?: string }).$default } as never],
      ),
    ),
  }));
  return compile({ model: 'm', axes: [{ name: 'a', floor: -1e6, rules }], tiers: {} });
}

const byTraits = (points: readonly number[]): CompiledModel =>
  compile(
    modelOfDefinition(
      {
        model: 'm',
        axes: { a: { floor: -1e6, rules: OLD_CONDITIONS.map((profile, i) => ({ id: `r${i}`, profile, points: points[i]! })) } },
        tiers: {},
      },
      'm',
    ),
  );

const address = fc
  .tuple(fc.constantFrom('a', 'gmail.x', 'Yahoo'), fc.constantFrom('gmail.com', 'GMAIL.com', 'yahoo.co.jp', 'example.com', 'zz.com', 'b'))
  .map((parts) => parts.join('@'));
const profile = fc.record(
  { name: fc.constant('青山 晴香'), email: address, phone: fc.constant('03'), title: fc.constantFrom('部長', '主任') },
  { requiredKeys: [] },
);
const history = fc.array(
  fc.record({
    kind: fc.constantFrom('LeadCaptured', 'ProfileUpdated'),
    profile,
    at: fc.integer({ min: 1, max: 20 }),
  }),
  { minLength: 1, maxLength: 8 },
);

describe('scores', () => {
  it('by the old form and by traits are the same to the digit, and so is what explains them, in any order of arrival', () => {
    const points = OLD_CONDITIONS.map((_, i) => 2 ** i + 0.25);
    const [before, after] = [oldForm(points), byTraits(points)];
    expect(after.fields.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['emailDomain', 'has.email', 'has.name', 'has.phone', 'email']),
    );
    fc.assert(
      fc.property(history, (told) => {
        const events = told.map(({ kind, profile: given, at }) => {
          if (kind === 'LeadCaptured') return recorded('LeadCaptured', { profile: given }, { at });
          return recorded('ProfileUpdated', { changes: given }, { at });
        }) as LeadlogEvent[];
        const score = (model: CompiledModel) => {
          const state = events.reduce((one, event) => foldScore(model, one, event), initialScore());
          return { scores: scoreAt(model, state, 30), holds: model.profileRules.map(({ needs }) => profileHolds(model, state, needs)) };
        };
        expect(score(after)).toEqual(score(before));
      }),
      { numRuns: 500 },
    );
  });

  it('an erasure takes what only a personal field can tell, in any order of arrival, and nothing that traits tell', () => {
    const model = byTraits(OLD_CONDITIONS.map((_, i) => 2 ** i + 0.25));
    const givenAt = (at: number) =>
      recorded('LeadCaptured', { profile: { name: '青山 晴香', email: 'a.gmail.x@gmail.com', title: '部長' } }, { at }) as LeadlogEvent;
    const erasedAt = (at: number) => recorded('PersonalDataErased', {}, { at }) as LeadlogEvent;
    const holding = (...events: LeadlogEvent[]) => {
      const state = events.reduce((one, event) => foldScore(model, one, event), initialScore());
      return OLD_CONDITIONS.map((_, rule) => profileHolds(model, state, model.profileRules[rule]!.needs).holds);
    };
    const before = holding(givenAt(1));
    const after = holding(givenAt(1), erasedAt(2));
    expect(holding(erasedAt(2), givenAt(1))).toEqual(after);
    expect(holding(erasedAt(1), givenAt(2))).toEqual(before);
    const readsAddress = OLD_CONDITIONS.map((condition) => JSON.stringify(condition) === '{"email":{"$regex":"gmail"}}');
    expect(before.map((holds, rule) => holds !== after[rule])).toEqual(readsAddress);
  });
});
