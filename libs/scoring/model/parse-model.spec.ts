import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidDocument } from '@leadlog/documents';
import { compile } from './compile';
import { versionOf } from './model';
import { modelOfDefinition, parseModel, readModel } from './parse-model';

const RULE = '{ id: a, on: EmailOpened, points: 1 }';
const documentOf = ({
  head = 'model: m',
  rules = RULE,
  axis = '',
  tiers = '{}',
}: {
  head?: string;
  rules?: string;
  axis?: string;
  tiers?: string;
}) => `${head}\naxes:\n  e:\n    ${axis || 'cap: 100'}\n    rules: [${rules}]\ntiers: ${tiers}\n`;

function problemsOf(text: string): string {
  try {
    parseModel(text, 'm.yaml');
  } catch (error) {
    if (error instanceof InvalidDocument) return error.message;
    throw error;
  }
  return 'none';
}

describe('a scoring model', () => {
  it('that comes with Leadlog is read, and compiled by event type', () => {
    const model = parseModel(readFileSync(join(__dirname, '../models/engagement.yaml'), 'utf8'), 'engagement.yaml');
    expect(model.tiers.hot).toEqual({ enter: [{ engagement: 60, fit: 20 }], leave: [{ engagement: 40 }], dwell: 3_600_000 });
    expect(
      compile(model)
        .byType.get('WebPageViewed')!
        .map(({ rule }) => rule.id),
    ).toEqual(['price-page', 'case-page', 'career-page']);
  });

  it('has the same version however it is written, and another when a number changes', () => {
    const one = parseModel('model: m\naxes: { e: { rules: [{ id: a, on: EmailOpened, points: 1 }] } }\ntiers: {}');
    const same = parseModel(
      '# a comment\ntiers: {}\naxes:\n  e:\n    rules:\n      - on: EmailOpened\n        points: 1.0\n        id: a\nmodel: m',
    );
    expect(versionOf(same)).toBe(versionOf(one));
    expect(versionOf(parseModel('model: m\naxes: { e: { rules: [{ id: a, on: EmailOpened, points: 2 }] } }\ntiers: {}'))).not.toBe(
      versionOf(one),
    );
  });

  it('is the same version whatever it says of suggested points, which are bounded by the sign that the rule has where it says nothing', () => {
    const bounded = (points: number, suggest?: string) =>
      readModel(
        documentOf({ rules: `{ id: a, on: EmailOpened, points: ${points}${suggest === undefined ? '' : `, suggest: ${suggest}`} }` }),
        'm.yaml',
      );
    expect(bounded(5, '{ sign: any, max: 20 }').model).toEqual(bounded(5).model);
    const spans = (
      [
        [5],
        [-5],
        [0],
        [5, '{ sign: any }'],
        [5, '{ sign: negative }'],
        [5, '{ max: 20 }'],
        [5, '{ min: -2 }'],
        [5, '{ max: -2 }'],
        [-5, '{ min: -8 }'],
        [-5, '{ min: 3 }'],
        [0, '{ sign: positive, min: 3, max: 3 }'],
      ] as const
    ).map(([points, suggest]) => {
      const { least, most, by } = bounded(points, suggest).bounds.get('a')!;
      return [least, by.least, most, by.most];
    });
    expect(spans).toEqual([
      [0, 'sign', Infinity, undefined],
      [-Infinity, undefined, 0, 'sign'],
      [-Infinity, undefined, Infinity, undefined],
      [-Infinity, undefined, Infinity, undefined],
      [-Infinity, undefined, 0, 'sign'],
      [0, 'sign', 20, 'max'],
      [-2, 'min', Infinity, undefined],
      [-Infinity, undefined, -2, 'max'],
      [-8, 'min', 0, 'sign'],
      [3, 'min', Infinity, undefined],
      [3, 'min', 3, 'max'],
    ]);
  });

  it.each([
    [
      'an unknown sign of suggested points',
      { rules: '{ id: a, on: EmailOpened, points: 1, suggest: { sign: up } }' },
      'm.yaml:5:67: rule a: suggest: sign: expected positive, negative, any, got "up"',
    ],
    [
      'bounds of suggested points that exclude each other',
      { rules: '{ id: a, profile: { title: x }, points: 1, suggest: { min: 5, max: 4 } }' },
      'rule a: suggest: max: expected min (5) or more, got 4',
    ],
    [
      'a bound against the sign',
      { rules: '{ id: a, on: EmailOpened, points: 1, suggest: { sign: positive, min: -1 } }' },
      'rule a: suggest: min: expected 0 or more with sign: positive, got -1',
    ],
    [
      'an upper bound against the sign',
      { rules: '{ id: a, on: EmailOpened, points: 1, suggest: { sign: negative, max: 1 } }' },
      'rule a: suggest: max: expected 0 or less with sign: negative, got 1',
    ],
    [
      'a bound that is no number',
      { rules: '{ id: a, on: EmailOpened, points: 1, suggest: { max: many } }' },
      'rule a: suggest: max: expected a number of points',
    ],
    [
      'an unknown member of suggest',
      { rules: '{ id: a, on: EmailOpened, points: 1, suggest: { minimum: 1 } }' },
      'rule a: suggest: there is no minimum; the nearest is min',
    ],
    [
      'an unknown event',
      { rules: '{ id: a, on: EmailOpend, points: 1 }' },
      'm.yaml:5:26: rule a: there is no EmailOpend; the nearest is EmailOpened',
    ],
    [
      'an event about no lead',
      { rules: '{ id: a, on: KpiTargetSet, points: 1 }' },
      'expected an event about a lead, but KpiTargetSet is not about a lead',
    ],
    [
      'a rule on the tier itself',
      { rules: '{ id: a, on: LeadTierChanged, points: 1 }' },
      'LeadTierChanged is derived from the score itself',
    ],
    ['an unknown member', { rules: '{ id: a, on: EmailOpened, point: 1 }' }, 'rule a: there is no point; the nearest is points'],
    ['missing points', { rules: '{ id: a, on: EmailOpened }' }, 'rule a: expected points, which is missing'],
    [
      'points that are no number',
      { rules: '{ id: a, on: EmailOpened, points: many }' },
      'rule a: points: expected a number of points from -1000000 to 1000000, 0 or at least 0.01 in absolute value, got "many"',
    ],
    ['a rule id used twice', { rules: `${RULE}, ${RULE}` }, 'm.yaml:5:58: rule a: expected a unique id, but another rule already has it'],
    [
      'a wrong duration',
      { rules: '{ id: a, on: EmailOpened, points: 1, halfLife: 7 days }' },
      'rule a: halfLife: expected a duration such as 30m, 1h or 7d, got "7 days"',
    ],
    [
      'a wrong cap',
      { rules: '{ id: a, on: EmailOpened, points: 1, cap: { times: 0, per: 1d } }' },
      'rule a: cap.times: expected a whole number from 1 to 1000, got 0',
    ],
    [
      'an unknown field of the event',
      { rules: '{ id: a, on: WebPageViewed, where: { data.categry: price }, points: 1 }' },
      'in data of WebPageViewed there is no categry; the nearest is category',
    ],
    [
      'a path that is none',
      { rules: '{ id: a, on: WebPageViewed, where: { category: price }, points: 1 }' },
      'expected a path such as data.kind or metadata.source, got "category"',
    ],
    [
      'an unknown operator',
      { rules: '{ id: a, on: WebPageViewed, where: { data.dwellMs: { $get: 1 } }, points: 1 }' },
      'there is no $get; the nearest is $gt',
    ],
    [
      '$in without a list',
      { rules: '{ id: a, on: WebPageViewed, where: { data.category: { $in: price } }, points: 1 }' },
      '$in: expected a list of values, got "price"',
    ],
    [
      'an unknown field of the profile',
      { rules: '{ id: a, profile: { titel: x }, points: 1 }' },
      'in a profile there is no titel; the nearest is title',
    ],
    [
      'a pattern that can take for ever',
      { rules: "{ id: a, profile: { title: { $regex: '(a+)+$' } }, points: 1 }" },
      'm.yaml:5:50: rule a: title: $regex: expected a pattern without nested repetition (x+ instead of (x+)+), got "(a+)+$"',
    ],
    ['a pattern of many repetitions', { rules: "{ id: a, profile: { title: { $regex: '(?:[a-z]{500}){9}' } }, points: 1 }" }, 'expected a'],
    [
      'a pattern that is too long',
      { rules: `{ id: a, profile: { title: { $regex: ${'a'.repeat(201)} } }, points: 1 }` },
      'expected a pattern of at most 200 characters, got 201',
    ],
    [
      'a pattern that is none',
      { rules: "{ id: a, profile: { title: { $regex: '(' } }, points: 1 }" },
      'expected a regular expression (RE2 syntax: no look-around, no back-references), got "("',
    ],
    [
      'a back-reference',
      { rules: "{ id: a, profile: { title: { $regex: '(a)\\1' } }, points: 1 }" },
      'no back-references), got "(a)\\\\1"',
    ],
    ['a cap below the floor', { axis: 'cap: -1' }, 'axis e: cap: expected a number above the floor (0), got -1'],
    [
      'leave above enter',
      { tiers: '{ hot: { enter: { e: 60 }, leave: { e: 61 } } }' },
      'hot: leave: expected e at 60 (enter) or below, got 61',
    ],
    [
      'leave of an axis that enter does not name',
      { tiers: '{ hot: { enter: {}, leave: { e: 61 } } }' },
      'hot: leave: expected only axes that enter names, got e',
    ],
    ['an unknown axis', { tiers: '{ hot: { enter: { f: 60 } } }' }, 'hot: enter: there is no f; the nearest is e'],
    [
      'a threshold above the cap',
      { tiers: '{ hot: { enter: { e: 160 } } }' },
      'hot: enter: e: expected at most the cap of the axis (100), got 160',
    ],
    [
      'hot that is easier than warm',
      { tiers: '{ hot: { enter: { e: 10 } }, warm: { enter: { e: 20 } } }' },
      'hot: expected e to enter at 20 or more, as warm does, got 10',
    ],
    [
      'an infinite half-life',
      { rules: '{ id: a, on: EmailOpened, points: 1, halfLife: .inf }' },
      'rule a: halfLife: expected a duration such as 7d, got Infinity; leave it out for points that never decay',
    ],
    [
      'too many half-lives',
      { rules: Array.from({ length: 13 }, (_, i) => `{ id: r${i}, on: EmailOpened, points: 1, halfLife: ${i + 1}d }`).join(', ') },
      'rule r12: halfLife: expected at most 12 different half-lives in a model, got one more; reuse one from another rule',
    ],
    [
      'ten thousand rules',
      { rules: Array.from({ length: 10_000 }, (_, i) => `{ id: r${i}, on: EmailOpened, points: 1 }`).join(', ') },
      'm.yaml:1:1: model: expected a document of at most 262144 characters, got',
    ],
    [
      'a thousand rules',
      { rules: Array.from({ length: 1_000 }, (_, i) => `{ id: r${i}, on: EmailOpened, points: 1 }`).join(', ') },
      'm.yaml:5:12: axis e: expected at most 500 rules in a model, got 1000; combine values that give the same points into one rule with $in',
    ],
    [
      'points that are next to nothing',
      { rules: '{ id: a, on: EmailOpened, points: 0.001 }' },
      'rule a: points: expected a number of points from -1000000 to 1000000, 0 or at least 0.01 in absolute value, got 0.001',
    ],
    [
      'a cap that grows',
      { rules: '{ id: a, on: EmailOpened, points: 1, cap: { times: 3, diminish: 2 } }' },
      'rule a: cap.diminish: expected the share that each further event gives of the one before, at least 0.1 and below 1, got 2',
    ],
    [
      'a sum of itself',
      { head: 'model: m', axis: 'cap: 100', rules: `${RULE}]\n  f:\n    sum: { f: 1 }\n  g:\n    rules: [` },
      'm.yaml:7:12: axis f: sum: expected axes that have rules, there is no f; the nearest is e (known: e, g)',
    ],
    [
      'an alternative that leaves at once',
      { tiers: '{ hot: { enter: [{ e: 60 }, { e: 70 }], leave: [{ e: 65 }] } }' },
      'hot: leave: expected e at 60 (enter) or below, got 65',
    ],
    ['no alternatives', { tiers: '{ hot: { enter: [] } }' }, 'hot: enter: expected one to 10 alternatives, got 0'],
    ['an unknown tier', { tiers: '{ hott: { enter: { e: 10 } } }' }, 'tiers: there is no hott; the nearest is hot'],
    [
      'an unknown time zone',
      { head: 'model: m\ntimezone: Asia/Tokio' },
      'timezone: expected an IANA time zone such as Asia/Tokyo, got "Asia/Tokio"',
    ],
    [
      'a value that the field never has',
      { rules: '{ id: a, on: InquiryReceived, where: { data.kind: Demo }, points: 1 }' },
      'm.yaml:5:63: rule a: data.kind: there is no Demo; the nearest is demo (known: demo, quote, document, contact)',
    ],
    [
      'one of several values that the field never has',
      { rules: '{ id: a, on: InquiryReceived, where: { data.kind: { $in: [demo, Quote] } }, points: 1 }' },
      'data.kind: there is no Quote; the nearest is quote',
    ],
    [
      'a value that the field never has, denied',
      { rules: '{ id: a, on: InquiryReceived, where: { data.kind: { $ne: Demo } }, points: 1 }' },
      'there is no Demo; the nearest is demo',
    ],
    [
      'a pattern that no value of the field meets',
      { rules: "{ id: a, on: InquiryReceived, where: { data.kind: { $regex: '^D' } }, points: 1 }" },
      'data.kind: $regex "^D": expected a condition that some value can meet; the field holds one of demo, quote, document, contact',
    ],
    [
      'a text for a number',
      { rules: "{ id: a, on: WebPageViewed, where: { data.dwellMs: { $gte: '10000' } }, points: 1 }" },
      'data.dwellMs: expected a number, got "10000"; write 10000 without quotes',
    ],
    [
      'a number for a text',
      { rules: '{ id: a, on: WebPageViewed, where: { data.url: { $gt: 5 } }, points: 1 }' },
      "data.url: expected a text, got 5; write '5' in quotes",
    ],
    [
      'a text for a flag',
      { rules: "{ id: a, on: WebinarAttended, where: { data.live: 'true' }, points: 1 }" },
      'data.live: expected true or false, got "true"; write true without quotes',
    ],
    [
      'a pattern for a number',
      { rules: "{ id: a, on: WebinarAttended, where: { data.minutes: { $regex: '2.' } }, points: 1 }" },
      'data.minutes: $regex: it is a number, and a pattern matches only text',
    ],
    [
      'a number that is never so large',
      { rules: '{ id: a, on: EmailOpened, where: { data.machineLikelihood: { $gt: 1 } }, points: 1 }' },
      'data.machineLikelihood: $gt 1: expected a condition that some value can meet; the field holds a number from 0 to 1',
    ],
    [
      'bounds that exclude each other',
      { rules: '{ id: a, on: WebPageViewed, where: { data.dwellMs: { $gte: 10, $lt: 10 } }, points: 1 }' },
      'data.dwellMs: $gte 10 and $lt 10: expected a condition that some value can meet; the field holds a whole number from 0 to 86400000',
    ],
    [
      'the absence of what is always there',
      { rules: '{ id: a, on: WebPageViewed, where: { data.category: { $exists: false } }, points: 1 }' },
      'data.category: every event of this type has it, so it is never absent',
    ],
    [
      'a value of a list',
      { rules: '{ id: a, on: SurveyAnswered, where: { data.answers: yes }, points: 1 }' },
      'data.answers: it is a list, which only $exists can test',
    ],
    [
      'a field of a field that does not exist',
      { rules: '{ id: a, on: DealWon, where: { data.amount.valeu: { $gt: 5 } }, points: 1 }' },
      'in data.amount of DealWon there is no valeu; the nearest is value',
    ],
    [
      'a field of a text',
      { rules: '{ id: a, on: InquiryReceived, where: { data.kind.name: demo }, points: 1 }' },
      'data.kind of InquiryReceived has no field name, because it is not an object',
    ],
    [
      'an unknown initiator',
      { rules: '{ id: a, on: CallCompleted, where: { metadata.initiator: Customer }, points: 1 }' },
      'metadata.initiator: there is no Customer; the nearest is customer',
    ],
    [
      'an unknown kind of actor',
      { rules: '{ id: a, on: CallCompleted, where: { metadata.actor.kind: sales }, points: 1 }' },
      'metadata.actor.kind: there is no sales',
    ],
    [
      'a day that is none',
      { rules: "{ id: a, on: LeadReturned, where: { data.revisitOn: '2026-02-30' }, points: 1 }" },
      'data.revisitOn: expected an existing day, such as 2026-06-04, got "2026-02-30"',
    ],
    [
      'a text for a number of the profile',
      { rules: "{ id: a, profile: { employees: { $gte: '100' } }, points: 1 }" },
      'employees: expected a number, got "100"; write 100 without quotes',
    ],
    [
      'a default of another kind',
      { rules: '{ id: a, on: EmailOpened, where: { data.machineLikelihood: { $default: none, $lt: 0.5 } }, points: 1 }' },
      'data.machineLikelihood: $default: expected a number, got "none"',
    ],
    [
      'a name given twice',
      { rules: '{ id: a, on: EmailOpened, points: 1, points: 2 }' },
      'rule a: expected each name once, got points again',
    ],
    [
      'an alias',
      { axis: 'cap: &most 100', tiers: '{ hot: { enter: { e: *most } } }' },
      'hot: enter: e: expected at most the cap of the axis (100), got the alias *most (write the value itself)',
    ],
    [
      'an id that no decision can name',
      { rules: `{ id: ${'a'.repeat(101)}, on: EmailOpened, points: 1 }` },
      'expected an id of at most 100 characters, got 101',
    ],
    [
      'patterns that are large together',
      {
        rules: Array.from(
          { length: 20 },
          (_, i) => `{ id: r${i}, profile: { title: { $regex: '(?:部長|課長|係長){500}' } }, points: 1 }`,
        ).join(', '),
      },
      'expected patterns of at most 50000 instructions in a model, compiled, got more with this one',
    ],
    ['no name', { head: 'timezone: Asia/Tokyo' }, 'm.yaml:1:1: model: expected model, which is missing'],
  ])('with %s is refused with line, column and what was expected', (_, parts, message) => {
    expect(problemsOf(documentOf(parts))).toContain(message);
  });

  it('with several problems names all of them, in order', () => {
    expect(problemsOf(documentOf({ rules: '{ id: a, on: Nothing, points: x }, { id: b }' })).split('\n').length).toBeGreaterThanOrEqual(4);
  });

  it('that is no YAML, a list or nothing at all is refused', () => {
    expect(problemsOf('a: [')).toMatch(/^m\.yaml:1:\d+: /);
    expect(problemsOf('- 1')).toContain('model: expected a mapping, got a list');
    expect(problemsOf('')).toContain('m.yaml:1:1: model: expected a mapping, got nothing');
  });

  it.each([
    ['distinct names', Array.from({ length: 20_000 }, (_, i) => `name${i}: 1`).join('\n')],
    [
      'axes',
      `model: m\naxes:\n${Array.from({ length: 8_000 }, (_, i) => `  axis${i}: { rules: [] }`).join('\n')}\ntiers: { hot: { enter: { axi: 1 } } }`,
    ],
    [
      'conditions',
      documentOf({
        rules: `{ id: a, on: EmailOpened, points: 1, where: { ${Array.from({ length: 8_000 }, (_, i) => `data.field${i}: 1`).join(', ')} } }`,
      }),
    ],
    [
      'names of half the document',
      `? ${'n'.repeat(100_000)}\n: 1\n${'o'.repeat(1_000)}: 1\nmodel: m\naxes: { e: { rules: [{ id: ${'i'.repeat(100_000)}, on: ${'T'.repeat(10_000)}, points: many }] } }\ntiers: {}`,
    ],
  ])('of nothing but %s is told by its first mistakes, in few words', (_, text) => {
    const problems = problemsOf(text);
    expect(problems.split('\n').length).toBeLessThanOrEqual(51);
    expect(problems.length).toBeLessThan(25_000);
  });

  it.each([
    ['lists', '['.repeat(3_000) + ']'.repeat(3_000)],
    ['mappings', '{a: '.repeat(3_000) + '}'.repeat(3_000)],
    ['lists in one line', `\n  ${'- '.repeat(3_000)}`],
    ['names of names', `\n  ${'? '.repeat(3_000)}`],
  ])('of thousands of levels of %s is refused', (_, nested) => {
    expect(problemsOf(`model: m\naxes: ${nested}\ntiers: {}`)).toBe(
      'm.yaml:1:1: model: expected a document a few levels deep, got hundreds of levels',
    );
  });

  it('that was published counts as it stands, whatever no event can meet', () => {
    const document = {
      model: 'm',
      axes: { e: { rules: [{ id: 'i'.repeat(101), on: 'InquiryReceived', where: { 'data.kind': 'Demo' }, points: 1 }] } },
      tiers: {},
    };
    expect(modelOfDefinition(document, 'm').axes[0]!.rules).toMatchObject([{ where: [{ path: 'data.kind', value: 'Demo' }] }]);
    expect(problemsOf(JSON.stringify(document))).toContain('there is no Demo');
  });
});
