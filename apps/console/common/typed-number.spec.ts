import { typedNumber, typedYen } from './typed-number';

describe('a number as people type it', () => {
  it.each([
    ['1200000', 1_200_000],
    ['1,200,000', 1_200_000],
    ['１２０，０００円', 120_000],
    ['¥ 500', 500],
    ['￥500', 500],
    ['0.5', 0.5],
    ['0', 0],
  ])('reads %s', (text, value) => expect(typedNumber(text)).toBe(value));

  it.each(['', ' ', '円', 'abc', '12万', '-1', '1e999'])('does not take "%s" for one', (text) => expect(typedNumber(text)).toBeUndefined());

  it('takes whole yen only, and more than none', () => {
    expect(typedYen('1,200円')).toBe(1_200);
    for (const text of ['0', '0.5', 'abc', '99999999999999999']) expect(typedYen(text)).toBeUndefined();
  });
});
