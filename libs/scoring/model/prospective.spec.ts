import { parseModel } from './parse-model';
import { prospective } from './prospective';
import type { ScoringModel } from './model';

const model = (axes: string, more = 'tiers: { warm: { enter: { web: 5 } } }'): ScoringModel =>
  parseModel(`model: test\naxes: ${axes}\n${more}`);
const page = (points: number, id = 'page') =>
  `{ id: ${id}, on: WebPageViewed, where: { data.category: price }, points: ${points}, halfLife: 7d }`;
const rulesOf = ({ axes }: ScoringModel, axis = 'web') =>
  axes.find(({ name }) => name === axis)?.rules.map((rule) => [rule.id, rule.points, ...('recorded' in rule ? [rule.recorded] : [])]);

describe('a model published for future events only', () => {
  const before = model(
    `{ web: { rules: [ ${page(1)}, ${page(2, 'case')} ] }, mail: { rules: [ { id: open, on: EmailOpened, points: 1 } ] } }`,
  );

  it('keeps what is the same without bounds, ends what is gone or changed, begins what is new or changed', () => {
    const next = model(`{ web: { rules: [ ${page(9, 'product')}, ${page(1)}, ${page(3, 'case')} ] }, mail: { rules: [] } }`);
    const both = prospective(before, next, 70n);
    expect(rulesOf(both)).toEqual([
      ['product', 9, { after: '70' }],
      ['page', 1],
      ['case', 3, { after: '70' }],
      ['case@70', 2, { through: '70' }],
    ]);
    expect(rulesOf(both, 'mail')).toEqual([['open@70', 1, { through: '70' }]]);
  });

  it('is the next one where no rule on events differs', () => {
    const next = model(
      `{ web: { cap: 50, rules: [ ${page(2, 'case')}, ${page(1)}, { id: boss, profile: { title: 部長 }, points: 9 } ] }, mail: { rules: [ { id: open, on: EmailOpened, points: 1 } ] } }`,
    );
    expect(prospective(before, next, 70n)).toEqual(next);
  });

  it('takes all else from the next one: caps, floors, profile rules, tiers, account, and which axes there are', () => {
    const next = model(
      `{ web: { cap: 9, floor: -9, rules: [ ${page(1)}, { id: boss, profile: { title: 部長 }, points: 9 } ] } }`,
      'account: { axis: web, top: 1, breadth: 2 }\ntiers: { hot: { enter: { web: 8 } } }',
    );
    const both = prospective(before, next, 70n);
    expect({ ...both, axes: both.axes.map(({ rules: _, ...axis }) => axis) }).toEqual({
      ...next,
      axes: [{ name: 'web', cap: 9, floor: -9 }],
    });
    expect(rulesOf(both)).toEqual([
      ['page', 1],
      ['boss', 9],
      ['case@70', 2, { through: '70' }],
    ]);
    expect(prospective(next, before, 80n).axes.flatMap(({ rules }) => rules.map(({ id }) => id))).toEqual(['page', 'case', 'open']);
  });

  it('takes a rule that moves to another axis for a new one there', () => {
    const next = model(
      `{ web: { rules: [ ${page(2, 'case')} ] }, mail: { rules: [ ${page(1)}, { id: open, on: EmailOpened, points: 1 } ] } }`,
    );
    const both = prospective(before, next, 70n);
    expect(rulesOf(both)).toEqual([
      ['case', 2],
      ['page@70', 1, { through: '70' }],
    ]);
    expect(rulesOf(both, 'mail')).toEqual([
      ['page', 1, { after: '70' }],
      ['open', 1],
    ]);
  });

  it('goes on from one that was published so before: what has begun goes on, what has ended stays, and nothing begins again', () => {
    const second = model(`{ web: { rules: [ ${page(5)}, ${page(2, 'case')} ] } }`);
    const third = model(`{ web: { rules: [ ${page(5)}, ${page(1, 'case')} ] } }`);
    const both = prospective(before, second, 70n);
    expect(rulesOf(prospective(both, third, 90n))).toEqual([
      ['page', 5, { after: '70' }],
      ['case', 1, { after: '90' }],
      ['case@90', 2, { through: '90' }],
      ['page@70', 1, { through: '70' }],
    ]);
    expect(rulesOf(prospective(both, before, 90n))).toEqual([
      ['page', 1, { after: '90' }],
      ['case', 2],
      ['page@90', 5, { after: '70', through: '90' }],
      ['page@70', 1, { through: '70' }],
    ]);
    expect(prospective(both, second, 90n)).toEqual(both);
  });

  it('gives every rule an id of its own, whatever a document calls its rules', () => {
    const next = model(`{ web: { rules: [ ${page(5)}, { id: page@70, on: EmailOpened, points: 1 }, ${page(2, 'case')} ] } }`);
    expect(rulesOf(prospective(before, next, 70n))!.map(([id]) => id)).toEqual(['page', 'page@70', 'case', "page@70'"]);
    const ended = prospective(before, model(`{ web: { rules: [ ${page(5)}, ${page(2, 'case')} ] } }`), 70n);
    expect(rulesOf(prospective(ended, next, 90n))!.map(([id]) => id)).toEqual(['page', 'page@70', 'case', "page@70'"]);
  });
});
