import { InvalidArgumentError } from 'commander';
import { isCalendarDate, parseSubject, type LeadIdentity } from '@leadlog/lead';

/** Parsers of option values: a wrong value is wrong usage (exit code 2) and the message says what was expected. */
export const wholeNumber =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(most === Number.MAX_SAFE_INTEGER ? `Expected a whole number from ${least}.` : `Expected a whole number from ${least} to ${most}.`);
  };

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
