import { shown } from '@leadlog/events';
import { FIRST_DAY, isCalendarDate } from '@leadlog/time';
import { refused, type RequestRefused } from './problem-details';

export const limitOf = (text: string | undefined, byDefault = 50, most = 500): number => wholeNumber('limit', text, byDefault, 1, most);

export function wholeNumber(name: string, text: string | undefined, byDefault: number, least: number, most: number): number {
  if (text === undefined) return byDefault;
  const number = Number(text);
  if (!/^\d{1,15}$/.test(text) || number < least || number > most) throw wrong(name, `a whole number from ${least} to ${most}`, text);
  return number;
}

export function oneOf<Choice extends string>(name: string, text: string | undefined, choices: readonly Choice[]): Choice | undefined {
  if (text === undefined || choices.includes(text as Choice)) return text as Choice | undefined;
  throw wrong(name, `one of ${choices.join(', ')}`, text);
}

export function dayOf(name: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (!isCalendarDate(text)) throw wrong(name, 'a day as YYYY-MM-DD', text);
  if (text < FIRST_DAY) throw wrong(name, `${FIRST_DAY} or a day after it`, text);
  return text;
}

export function wrong(name: string, expected: string, got: string): RequestRefused {
  return refused(400, `/${name}`, expected, shown(got));
}
