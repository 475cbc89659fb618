import { errorsText, type FieldError } from '@leadlog/events';

interface Kind {
  pointer: string;
  expected: string;
  count: number;
  rows: number[];
  got: string[];
}

const MOST_KINDS = 100;
const ROWS_SHOWN = 5;
const VALUES_SHOWN = 3;

/** What was wrong in an import, by kind: of a thousand rows with the same fault it takes one line to say so. */
export class ImportProblems {
  private readonly kinds = new Map<string, Kind>();
  private beyond = 0;

  add(row: number, errors: readonly FieldError[]): void {
    for (const { pointer, expected, got } of errors) {
      const name = JSON.stringify([pointer, expected]);
      const kind = this.kinds.get(name) ?? { pointer, expected, count: 0, rows: [], got: [] };
      if (!this.kinds.has(name)) {
        if (this.kinds.size === MOST_KINDS) {
          this.beyond += 1;
          continue;
        }
        this.kinds.set(name, kind);
      }
      kind.count += 1;
      if (kind.rows.length < ROWS_SHOWN && kind.rows.at(-1) !== row) kind.rows.push(row);
      if (kind.got.length <= VALUES_SHOWN && !kind.got.includes(got)) kind.got.push(got);
    }
  }

  /** In the order in which they first came. */
  list(): readonly Readonly<Kind>[] {
    return [...this.kinds.values()];
  }

  text(): string {
    const lines = this.list().map(({ pointer, expected, count, rows, got }) => {
      const more = count - rows.length;
      const where = count === 1 ? `row ${rows[0]}` : `rows ${rows.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
      const values = got.length > VALUES_SHOWN ? `${got.slice(0, VALUES_SHOWN).join(', ')}, …` : got.join(', ');
      return `${where}: ${errorsText([{ pointer, expected, got: values }])}\n`;
    });
    return lines.join('') + (this.beyond > 0 ? `and ${this.beyond} of other kinds\n` : '');
  }
}
