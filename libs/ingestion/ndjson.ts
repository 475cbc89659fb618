import { isUtf8 } from 'node:buffer';
import type { FieldError } from '@leadlog/events';

/** A line longer than this is refused: no event of that size fits the log. */
export const MAX_LINE_BYTES = 1_048_576;

/** `broken`: why the text of the line is missing. Numbers start at 1 and include blank lines. */
export type NdjsonLine = { line: number; text: string } | { line: number; broken: 'too long' | 'not UTF-8' | 'half-sent' };

/** What is wrong with such a line. */
export function brokenLine(broken: Extract<NdjsonLine, { broken: string }>['broken']): FieldError {
  switch (broken) {
    case 'too long':
      return { pointer: '', expected: `at most ${MAX_LINE_BYTES} bytes a line; send large content as a reference`, got: 'a longer line' };
    case 'not UTF-8':
      return { pointer: '', expected: 'text in UTF-8', got: 'other bytes' };
    case 'half-sent':
      return { pointer: '', expected: 'a whole line', got: 'its beginning; the connection broke' };
  }
}

const LF = 10;

/**
 * Splits chunks of bytes into lines, regardless of the chunk boundaries. Buffers at most one incomplete line of MAX_LINE_BYTES: longer
 * lines are skipped as they arrive.
 */
export class NdjsonLines {
  private line = 0;
  private kept: Buffer[] = [];
  private keptBytes = 0;
  private skipping = false;

  /** The lines that end in this chunk, without blank ones. */
  push(chunk: Buffer): NdjsonLine[] {
    const end = chunk.lastIndexOf(LF);
    if (end === -1) {
      this.keep(chunk);
      return [];
    }
    const found: NdjsonLine[] = [];
    let from = 0;
    if (this.keptBytes > 0 || this.skipping) {
      from = chunk.indexOf(LF) + 1;
      this.keep(chunk.subarray(0, from - 1));
      this.endLine(found);
    }
    if (from <= end) this.whole(chunk.subarray(from, end), found);
    this.keep(chunk.subarray(end + 1));
    return found;
  }

  /** The rest when the body is complete: the last line needs no line feed. */
  end(): NdjsonLine[] {
    const found: NdjsonLine[] = [];
    if (this.keptBytes > 0 || this.skipping) this.endLine(found);
    return found;
  }

  /** The rest when the body was cut off: that line may be incomplete. */
  abort(): NdjsonLine[] {
    const halfSent = this.keptBytes > 0 || this.skipping;
    return halfSent ? [{ line: ++this.line, broken: 'half-sent' }] : [];
  }

  private keep(bytes: Buffer): void {
    if (this.skipping || bytes.length === 0) return;
    if (this.keptBytes + bytes.length > MAX_LINE_BYTES + 1) {
      this.skipping = true;
      this.kept = [];
      this.keptBytes = 0;
      return;
    }
    this.kept.push(bytes);
    this.keptBytes += bytes.length;
  }

  private endLine(found: NdjsonLine[]): void {
    if (this.skipping) found.push({ line: ++this.line, broken: 'too long' });
    else this.one(this.kept.length === 1 ? this.kept[0]! : Buffer.concat(this.kept), found);
    this.skipping = false;
    this.kept = [];
    this.keptBytes = 0;
  }

  /** Several whole lines, decoded at once, which is much faster than one by one. */
  private whole(bytes: Buffer, found: NdjsonLine[]): void {
    if (!isUtf8(bytes) || bytes.length > MAX_LINE_BYTES) {
      for (let from = 0; from <= bytes.length;) {
        const next = bytes.indexOf(LF, from);
        const end = next === -1 ? bytes.length : next;
        this.one(bytes.subarray(from, end), found);
        from = end + 1;
      }
      return;
    }
    for (const text of bytes.toString('utf8').split('\n')) {
      this.line++;
      if (text.trim() !== '') found.push({ line: this.line, text });
    }
  }

  private one(bytes: Buffer, found: NdjsonLine[]): void {
    const line = ++this.line;
    if (bytes.length > MAX_LINE_BYTES + 1 || (bytes.length === MAX_LINE_BYTES + 1 && bytes.at(-1) !== 13))
      found.push({ line, broken: 'too long' });
    else if (!isUtf8(bytes)) found.push({ line, broken: 'not UTF-8' });
    else {
      const text = bytes.toString('utf8');
      if (text.trim() !== '') found.push({ line, text });
    }
  }
}
