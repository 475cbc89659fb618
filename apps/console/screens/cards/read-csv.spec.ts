import { clockOfText, rowsOf, textOf } from './read-csv';

describe('a file of business cards', () => {
  it('is read with quotes, line ends of any system and commas in cells', () => {
    expect(rowsOf('氏名,会社\r\n"青山, 晴香","みなと ""精機"""\n\n 森 , 岬物流 ')).toEqual([
      ['氏名', '会社'],
      ['青山, 晴香', 'みなと "精機"'],
      ['森', '岬物流'],
    ]);
    expect(rowsOf('名前\t会社\n青山\tみなと, 精機')[1]).toEqual(['青山', 'みなと, 精機']);
    expect(rowsOf('a;b\n"1\n2";3')[1]).toEqual(['1\n2', '3']);
  });

  it('is read as UTF-8, with or without a byte order mark, and as Windows writes it in Japan', () => {
    expect(textOf(new Uint8Array([0xef, 0xbb, 0xbf, 0x41]))).toBe('A');
    expect(textOf(new Uint8Array([0xe9, 0x9d, 0x92]))).toBe('青');
    expect(textOf(new Uint8Array([0x90, 0xc2, 0x8e, 0x52]))).toBe('青山');
  });

  it.each([
    ['2026/6/20', '2026-06-20T00:00'],
    ['2026-06-20 9:05', '2026-06-20T09:05'],
    ['２０２６年６月２０日', '2026-06-20T00:00'],
    ['2026/2/30', undefined],
    ['2026/6/20 25:30', undefined],
    ['2026/6/20 10:75', undefined],
    ['20.06.2026', undefined],
    ['', undefined],
  ])('has the day %s as %s', (text, clock) => {
    expect(clockOfText(text)).toBe(clock);
  });
});
