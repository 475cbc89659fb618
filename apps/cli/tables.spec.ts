import { tableText } from './tables';

const linesOf = (text: string): string[] => text.trimEnd().split('\n');
/** Japanese characters take two columns. */
const widthOf = (line: string): number =>
  [...line].reduce((width, letter) => width + (/[\u3000-\u9fff\uff00-\uff60]/.test(letter) ? 2 : 1), 0);

describe('a table', () => {
  it('counts Japanese characters as two columns', () => {
    const lines = linesOf(
      tableText(
        ['name', 'n'],
        [
          ['青山', 1],
          ['abcd', 22],
        ],
      ),
    );
    expect(new Set(lines.map(widthOf)).size).toBe(1);
    expect(lines.find((line) => line.includes('青山'))).toBe('│ 青山 │  1 │');
  });

  it('is never wider than a line may be, whatever is in it', () => {
    const texts = [
      'short',
      'x'.repeat(100_000),
      '株式会社'.repeat(500),
      'some words of a text that is much too long for one line of a table',
      'a\n\tb',
    ];
    for (const width of [20, 40, 80, 200]) {
      for (const count of [1, 2, 5, 60]) {
        const text = tableText(
          Array.from({ length: count }, (_, n) => `column ${n}`),
          texts.map((one) => Array.from({ length: count }, (_, n) => (n % 3 === 0 ? one : n))),
          { width },
        );
        const lines = linesOf(text).filter((line) => !line.startsWith('…'));
        expect([width, count, Math.max(...lines.map(widthOf)) <= width]).toEqual([width, count, true]);
        expect(new Set(lines.map(widthOf)).size).toBe(1);
      }
    }
  });

  it('shows all of a text that fits in some lines, and where it was cut', () => {
    const text = tableText(['view', 'one row is'], [['calls', 'a call. One that is sent again is corrected by it']], { width: 40 });
    expect(text.replace(/[│─┬┴┼├┤┌┐└┘\s]+/g, ' ')).toBe(' view one row is calls a call. One that is sent again is corrected by it ');
    expect(tableText(['x'], [['y'.repeat(500)]], { width: 20 })).toContain('…');
  });

  it('says which columns and how many rows it leaves out', () => {
    const head = Array.from({ length: 40 }, (_, n) => `column_${n}`);
    const text = tableText(
      head,
      Array.from({ length: 250 }, (_, n) => head.map(() => `value ${n}`)),
      { width: 80, most: 120 },
    );
    expect(linesOf(text).filter((line) => line.startsWith('│ value'))).toHaveLength(120);
    expect(linesOf(text).at(-1)).toMatch(/^… 130 more rows and 33 more columns \(column_7, .*, column_39\); --json gives all of them$/);
    // One table, although it was laid out in parts.
    expect(linesOf(text).filter((line) => /[┌└┬┴]/.test(line))).toHaveLength(2);
  });

  it('has columns that do not fit in further tables below, where it has keys', () => {
    const text = tableText(
      ['rep', ...Array.from({ length: 12 }, (_, n) => `kpi-number-${n}`)],
      [['rep-1', ...Array.from({ length: 12 }, (_, n) => n)]],
      { width: 60, keys: 1 },
    );
    expect(linesOf(text).filter((line) => line.includes('rep-1'))).toHaveLength(4);
    for (let n = 0; n < 12; n += 1) expect(text).toContain(`kpi-number-${n} `);
    expect(text).not.toContain('…');
  });

  it('shows moments on the clock of the tenant and numbers with a few digits', () => {
    const text = tableText(
      ['at', 'n', 'share'],
      [
        ['2026-06-04T15:30:00.123Z', 0.30000000000000004, 1234.123456789],
        ['2026-06-05T00:00:00Z', 1e-9 / 3, 2],
      ],
      { timezone: 'Asia/Tokyo' },
    );
    expect(linesOf(text).filter((line) => line.includes('2026'))).toEqual([
      '│ 2026-06-05 00:30:00 │       0.3 │ 1234.1235 │',
      '│ 2026-06-05 09:00:00 │ 3.333e-10 │         2 │',
    ]);
  });
});
