import { counted, type FieldError } from '@leadlog/events';
import { CommandFailed } from '../../terminal';
import { decoded } from './encodings';

export interface CsvRow {
  /** 1 is the first after the header. */
  row: number;
  values: string[];
}

/** A line that is no row; the rows after it are read all the same. */
export interface BrokenRow {
  row: number;
  broken: FieldError;
}

export interface CsvFile {
  header: string[];
  rows: AsyncIterable<CsvRow | BrokenRow>;
}

export interface CsvForm {
  /** `utf-8` by default. */
  encoding?: string;
  delimiter?: string;
  /** Whether fields may be in quotes. */
  quoted?: boolean;
  /** Lines before the header (before the first row, where the file has none). */
  skipLines?: number;
  /** Names of the columns of a file without a header. */
  header?: readonly string[];
}

/** A quote that nobody closes must not take the rest of the file with it; an event may have 1 MiB. */
const LONGEST_FIELD = 2 ** 20;

/**
 * Reads CSV as it streams: quotes, line feeds in quotes, CRLF, LF and CR. No library goes on after a quote that is opened and not closed:
 * here the line where it was opened is broken, and reading goes on with the next. Throws CommandFailed for a file without a header or not
 * in its encoding.
 */
export async function openCsv(bytes: AsyncIterable<Uint8Array>, form: CsvForm = {}): Promise<CsvFile> {
  const lines = new Lines(decoded(bytes, form.encoding ?? 'utf-8'));
  for (let skipped = 0; skipped < (form.skipLines ?? 0); skipped++)
    if ((await lines.next()) === undefined)
      throw new CommandFailed(`the file has ${counted(skipped, 'line')}; the mapping skips ${form.skipLines}`);
  const records = recordsOf(lines, form);
  if (form.header) return { header: [...form.header], rows: rowsOf(records, form.header.length) };
  const first = await records.next();
  if (first.done) throw new CommandFailed('the file is empty: expected a header row');
  if ('broken' in first.value)
    throw new CommandFailed(`the header cannot be read: expected ${first.value.broken.expected}, got ${first.value.broken.got}`);
  const header = first.value.values.map((name) => name.trim());
  return { header, rows: rowsOf(records, header.length) };
}

interface Line {
  text: string;
  end: string;
}

type Raw = { values: string[]; lines: Line[] } | { broken: FieldError };

async function* rowsOf(records: AsyncGenerator<Raw, void, 'again' | undefined>, columns: number): AsyncGenerator<CsvRow | BrokenRow> {
  let row = 0;
  for (let step = await records.next(); !step.done;) {
    row += 1;
    const record = step.value;
    let again: 'again' | undefined;
    if ('broken' in record) yield { row, broken: record.broken };
    else {
      // Cells that hold nothing beyond the last column are left over from a spreadsheet.
      while (record.values.length > columns && record.values.at(-1)!.trim() === '') record.values.pop();
      if (record.values.length === columns) yield { row, values: record.values };
      else {
        yield { row, broken: { pointer: '', expected: counted(columns, 'column'), got: String(record.values.length) } };
        // Over several lines it may well be rows that a stray quote glued together.
        if (record.lines.length > 1) again = 'again';
      }
    }
    step = await records.next(again);
  }
}

/** Blank lines are none. Told `again`, it reads the lines of the last record anew but for the first. */
async function* recordsOf(lines: Lines, { delimiter = ',', quoted = true }: CsvForm): AsyncGenerator<Raw, void, 'again' | undefined> {
  for (let line = await lines.next(); line !== undefined; line = await lines.next()) {
    if (line.text.trim() === '' && !line.text.includes(delimiter)) continue;
    const record = new OneRecord(delimiter, quoted);
    const read = [line];
    let state = record.read(line);
    for (let more; state === 'open' && record.length < LONGEST_FIELD && (more = await lines.next()) !== undefined;) {
      read.push(more);
      state = record.read(more);
    }
    if (state === 'done') {
      if ((yield { values: record.values, lines: read }) === 'again') lines.back(read.slice(1));
      continue;
    }
    lines.back(read.slice(1));
    const got = `${JSON.stringify(shortened(line.text))}, ${state === 'open' ? 'whose quote is never closed' : 'with a stray quote'}`;
    yield {
      broken: {
        pointer: '',
        expected: 'quotes around a whole field, doubled within it (or quote: none in the mapping, where fields are never quoted)',
        got,
      },
    };
  }
}

const shortened = (text: string): string => (text.length <= 60 ? text : `${text.slice(0, 60)}…`);

/** One record, line by line: `open` where a quoted field goes on in the next line. */
class OneRecord {
  readonly values: string[] = [];
  length = 0;
  private open: string | undefined;

  constructor(
    private readonly delimiter: string,
    private readonly quoted: boolean,
  ) {}

  read({ text, end }: Line): 'done' | 'open' | 'stray' {
    this.length += text.length + end.length;
    for (let at = 0; ;) {
      if (this.open === undefined) {
        const quote = this.quoted ? this.quoteAt(text, at) : -1;
        if (quote === -1) {
          const next = text.indexOf(this.delimiter, at);
          const value = next === -1 ? text.slice(at) : text.slice(at, next);
          if (this.quoted && value.includes('"')) return 'stray';
          this.values.push(value);
          if (next === -1) return 'done';
          at = next + this.delimiter.length;
          continue;
        }
        this.open = '';
        at = quote + 1;
      }
      const close = closingQuote(text, at);
      this.open += text.slice(at, close === -1 ? undefined : close).replaceAll('""', '"');
      if (close === -1) {
        this.open += end;
        return 'open';
      }
      this.values.push(this.open);
      this.open = undefined;
      at = close + 1;
      while (text[at] === ' ') at += 1;
      if (at === text.length) return 'done';
      if (!text.startsWith(this.delimiter, at)) return 'stray';
      at += this.delimiter.length;
    }
  }

  /** Of a field that begins here, after blanks. */
  private quoteAt(text: string, at: number): number {
    while (text[at] === ' ') at += 1;
    return text[at] === '"' ? at : -1;
  }
}

function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at !== -1; at = text.indexOf('"', at + 2)) if (text[at + 1] !== '"') return at;
  return -1;
}

/** Lines as they are, with what ended them; those given back come again first. */
class Lines {
  private waiting: Line[] = [];
  private rest = '';
  private ended = false;

  constructor(private readonly chunks: AsyncIterator<string>) {}

  async next(): Promise<Line | undefined> {
    while (this.waiting.length === 0 && !this.ended) {
      const { value, done } = await this.chunks.next();
      if (done) {
        this.ended = true;
        if (this.rest !== '')
          this.waiting.push(...split(`${this.rest}\n`).map((line, index, all) => (index === all.length - 1 ? { ...line, end: '' } : line)));
      } else {
        this.rest += value;
        // A CR at the end may be the first half of CRLF.
        const whole = Math.max(this.rest.lastIndexOf('\n'), this.rest.lastIndexOf('\r', this.rest.length - 2)) + 1;
        if (whole === 0) continue;
        this.waiting = split(this.rest.slice(0, whole)).reverse();
        this.rest = this.rest.slice(whole);
      }
      if (this.ended) this.waiting.reverse();
    }
    return this.waiting.pop();
  }

  back(lines: readonly Line[]): void {
    for (let at = lines.length - 1; at >= 0; at--) this.waiting.push(lines[at]!);
  }
}

const split = (text: string): Line[] => [...text.matchAll(/([^\r\n]*)(\r\n|\n|\r)/g)].map(([, line, end]) => ({ text: line!, end: end! }));
