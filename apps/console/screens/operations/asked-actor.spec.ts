import { actorIn } from './asked-actor';

const SECRET = '0123456789_bcdefghijklmnopqrstuvwxyzABCDEFG';

describe('whose entries of the audit are asked for', () => {
  it.each([
    [` ll_abcdefghjk_${SECRET}\n`, 'abcdefghjk'],
    [`ls_20261129-abcdefghjk_${SECRET}`, '20261129-abcdefghjk'],
    [`lk_20261129-abcdefghjk_${SECRET}`, '20261129-abcdefghjk'],
    ['ll_abcdefghjk', 'abcdefghjk'],
  ])('is the id in what was pasted, and nothing of its secret: %j', (pasted, actor) => {
    expect(actorIn(pasted)).toBe(actor);
  });

  it.each(['abcdefghjk', 'rep-04', 'll_', 'll_abcdefghjkm', ''])('is what was typed otherwise: %j', (typed) => {
    expect(actorIn(typed)).toBe(typed);
  });
});
