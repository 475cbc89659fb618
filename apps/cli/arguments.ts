import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { shown, type LeadIdentity } from '@leadlog/events';
import { parseSubject } from '@leadlog/ingestion';
import { isCalendarDate, isTimestamp } from '@leadlog/time';
import { WrongUsage } from './terminal';

/** Parsers of option values: a wrong value is wrong usage (exit code 2) and the message says what was expected. */
export const wholeNumber =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(
      most === Number.MAX_SAFE_INTEGER ? `Expected a whole number from ${least}.` : `Expected a whole number from ${least} to ${most}.`,
    );
  };

/** Not negative. */
export function quantity(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a number from 0, such as 12 or 0.25.');
}

export function day(text: string): string {
  if (isCalendarDate(text)) return text;
  throw new InvalidArgumentError('Expected a day as YYYY-MM-DD.');
}

export function sharedIdentity(text: string): LeadIdentity {
  const named = parseSubject(text);
  if ('by' in named && named.by.identity.foreign === undefined) return named.by.identity;
  throw new InvalidArgumentError('Expected an e-mail address, visitor:<id> or card:<id>.');
}

export function position(text: string): string {
  if (/^(-1|\d{1,18})$/.test(text)) return text;
  throw new InvalidArgumentError('Expected a position, as a write answers it.');
}

export function moment(text: string): string {
  if (isTimestamp(text)) return text;
  throw new InvalidArgumentError('Expected a time in RFC 3339 with an offset.');
}

export function timeOrDay(text: string): string {
  if (isTimestamp(text) || isCalendarDate(text)) return text;
  throw new InvalidArgumentError('Expected a time in RFC 3339 with an offset, or a day as YYYY-MM-DD.');
}

/** The text of a file that the command line names; `name`: of the option or argument. */
export function textOfFile(name: string, file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw unreadable(name, file, error);
  }
  // Decoded all the same, its other characters would be lost without a word.
  if (!isUtf8(bytes)) throw new WrongUsage(`${name}: expected a file in UTF-8, got ${shown(file)} with other bytes; convert it`);
  return bytes.toString('utf8');
}

/** `or`: what else would do. */
export const unreadable = (name: string, file: string, error: unknown, or = ''): WrongUsage =>
  new WrongUsage(`${name}: expected a file that can be read${or}, got ${shown(file)} (${(error as NodeJS.ErrnoException).code})`);
