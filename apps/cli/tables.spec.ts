import { tableText } from './tables';

it('tables count Japanese characters as two columns', () => {
  const lines = tableText(['name', 'n'], [['青山', 1], ['abcd', 22]]).trimEnd().split('\n');
  const [japanese, latin] = [lines.find((line) => line.includes('青山'))!, lines.find((line) => line.includes('abcd'))!];
  expect(japanese.length + 2).toBe(latin.length);
});
