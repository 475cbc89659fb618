import { isCalendarDate, localMoments, startOfLocalDay } from '@leadlog/lead';

/** The first moment of `YYYY-MM-DD` (or YYYY/MM/DD) there. undefined if it is no day. */
export function localDate(text: string, timeZone: string): number | undefined {
  const found = /^(\d{4})[-/](\d\d?)[-/](\d\d?)$/.exec(text);
  const day = found && dayText(found);
  return day && isCalendarDate(day) ? startOfLocalDay(day, timeZone) : undefined;
}

/**
 * `YYYY-MM-DD hh:mm[:ss]` (also with `/` and `T`) on the clocks there. A time that clocks showed twice is the earlier one; one
 * that they skipped is read on the clock as it was before. undefined if it is no time.
 */
export function localDatetime(text: string, timeZone: string): number | undefined {
  const found = /^(\d{4})[-/](\d\d?)[-/](\d\d?)[ T](\d\d?):(\d\d)(?::(\d\d))?$/.exec(text);
  if (!found) return undefined;
  const [hour, minute, second] = [Number(found[4]), Number(found[5]), Number(found[6] ?? 0)];
  const day = dayText(found);
  if (!isCalendarDate(day) || hour > 23 || minute > 59 || second > 59) return undefined;
  return localMoments(Date.parse(`${day}T00:00:00Z`) + ((hour * 60 + minute) * 60 + second) * 1_000, timeZone)[0];
}

const dayText = (found: RegExpExecArray): string => `${found[1]}-${found[2]!.padStart(2, '0')}-${found[3]!.padStart(2, '0')}`;
