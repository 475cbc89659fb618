import { numberOf, type NumberForm } from './cell-numbers';

const refused = expect.stringMatching(/number/) as unknown;

describe('a number of a cell', () => {
  it.each<[form: NumberForm, cells: Record<string, unknown>]>([
    [
      {},
      {
        '12': 12,
        '-3': -3,
        '+4': 4,
        '1200.50': 1200.5,
        '1,200.50': 1200.5,
        '1,500': 1500,
        '1,234,567': 1_234_567,
        '0.500': 0.5,
        '1234.500': 1234.5,
        '.5': refused,
        // What `Number` or a removed comma would make of these is another number, or nobody knows which.
        '12,50': refused,
        '1.500': refused,
        '1,2345': refused,
        '1.234.567': refused,
        '1.200,50': refused,
        ',5': refused,
        '1,,200': refused,
        '12,345,6': refused,
        '0x10': refused,
        '1e5': refused,
        '0b1': refused,
        '1_000': refused,
        Infinity: refused,
        NaN: refused,
        '5-': refused,
        '(5)': refused,
        '▲5': refused,
        '12%': refused,
        '1 200': refused,
        '1２': 12,
        '１，２００．５': 1200.5,
        '－３': -3,
        '−3': -3,
        '12345678901234567890': refused,
        '0.1234567890123456789': refused,
        '9007199254740993': refused,
        '9007199254740992': 9007199254740992,
        '': refused,
        much: refused,
      },
    ],
    [
      { decimal: ',' },
      { '12,50': 12.5, '1.500': 1500, '1.200,50': 1200.5, '1.234.567': 1_234_567, '12,500': 12.5, '12.50': refused, '1,200.50': refused },
    ],
    [{ decimal: '.' }, { '1.500': 1.5, '1,500': 1500, '12,50': refused }],
    [{ group: '.' }, { '1.500': 1500, '1.500,25': 1500.25 }],
    [
      { decimal: ',', group: ' ' },
      { '1 200,50': 1200.5, '1\u202f200': 1200, '1\u00a0200,5': 1200.5, '1.200': refused },
    ],
    [{ group: "'" }, { "1'200.50": 1200.5, '1’200': 1200, '1.500': 1.5 }],
    [{ group: '' }, { '1200': 1200, '1.500': 1.5, '1,200': refused }],
  ])('written as %j', (form, cells) => {
    expect(Object.fromEntries(Object.keys(cells).map((cell) => [cell, numberOf(cell, form)]))).toEqual(cells);
  });

  it('may have the sign of its currency, and of no other', () => {
    const cells: [string, string | undefined, unknown][] = [
      ['$1,200.50', 'USD', 1200.5],
      ['US$ 5', 'USD', 5],
      ['-$5', 'USD', -5],
      ['$-5', 'USD', -5],
      ['USD 1,200', 'USD', 1200],
      ['$5', 'CAD', 5],
      ['5 €', 'EUR', 5],
      ['€5', 'EUR', 5],
      ['R$ 7', 'BRL', 7],
      ['£3', 'GBP', 3],
      ['¥1,200', 'JPY', 1200],
      ['￥１，２００', 'JPY', 1200],
      ['1,200円', 'JPY', 1200],
      ['¥5', 'CNY', 5],
      ['$5', 'JPY', refused],
      ['€5', 'USD', refused],
      ['¥5', 'USD', refused],
      ['5円', 'CNY', refused],
      ['$5', undefined, refused],
      ['¥5', undefined, refused],
      ['$', 'USD', refused],
      ['$$5', 'USD', refused],
    ];
    for (const [cell, currency, expected] of cells)
      expect([cell, currency, numberOf(cell, {}, currency)]).toEqual([cell, currency, expected]);
    expect(numberOf('5,00 €', { decimal: ',' }, 'EUR')).toBe(5);
  });
});
