import fc from 'fast-check';
import { withoutValues } from './asked-sql';

describe('a question in the audit', () => {
  it.each([
    [
      "SELECT name, email FROM leads WHERE name = '田中 太郎' AND points > 12.5",
      'SELECT name, email FROM leads WHERE name = ? AND points > ?',
    ],
    ["SELECT 'it''s Tanaka' AS a -- Tanaka\n, b /* Tanaka */ FROM leads", 'SELECT ? AS a , b FROM leads'],
    ['SELECT $$Tanaka$$, $x$ Tanaka $ $x$, $name FROM "leads" WHERE "田中" = 1', 'SELECT ?, ?, $name FROM "leads" WHERE ? = ?'],
    ['SELECT 田中 FROM leads', 'SELECT ? FROM leads'],
    ["SELECT 'Tanaka", 'SELECT ?'],
    ['/* Tanaka', undefined],
  ])('%j is kept as %j', (sql, kept) => expect(withoutValues(sql)).toBe(kept));

  it('holds no value, whatever the question', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (value) => {
        const quoted = `'${value.replaceAll("'", "''")}'`;
        expect(withoutValues(`SELECT ${quoted} AS a FROM leads`)).toBe('SELECT ? AS a FROM leads');
      }),
    ));
});
