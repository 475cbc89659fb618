import { useMemo } from 'react';
import { now } from '../api/client';
import { usePreferences, type Language } from './preferences';
import { useSession } from './session';

export interface Formats {
  /** 11/29(日) 14:05, Sun 29 Nov, 14:05 */
  moment(at: string | number): string;
  /** As `moment`, with the year. */
  fullMoment(at: string | number): string;
  /** 14:05 */
  clock(at: string | number): string;
  /** 11/29(日) */
  day(at: string | number): string;
  number(value: number, digits?: number): string;
  /** 0.123 → 12.3% */
  share(value: number, digits?: number): string;
  money(amount: { value: number; currency: string }): string;
  /** ¥1.2M, 120万円 */
  shortMoney(amount: { value: number; currency: string }): string;
  /** in 3 hours, 3 時間前 */
  relative(at: string | number, from?: number): string;
  /** A, B and C; A、B、C */
  list(parts: readonly string[]): string;
  /** 45 sec, 45 秒; from two minutes on, in minutes. */
  duration(seconds: number): string;
  /** YYYY-MM-DD there. */
  dayKey(at: string | number): string;
}

const LOCALES: Record<Language, string> = { ja: 'ja-JP', en: 'en-GB' };

const STEPS: readonly [unit: Intl.RelativeTimeFormatUnit, ms: number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

function formatsFor(language: Language, timeZone: string): Formats {
  const locale = LOCALES[language];
  const dates = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(locale, { timeZone, ...options });
    return (at: string | number) => format.format(typeof at === 'string' ? Date.parse(at) : at);
  };
  const date =
    language === 'ja'
      ? ({ month: 'numeric', day: 'numeric', weekday: 'short' } as const)
      : ({ month: 'short', day: 'numeric', weekday: 'short' } as const);
  const time = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const unit = (of: 'second' | 'minute') =>
    new Intl.NumberFormat(locale, { style: 'unit', unit: of, unitDisplay: 'short', maximumFractionDigits: 0 });
  const [seconds, minutes] = [unit('second'), unit('minute')];
  const lists = new Intl.ListFormat(locale, { type: 'conjunction' });
  const keys = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  const money = ({ value, currency }: { value: number; currency: string }, options: Intl.NumberFormatOptions = {}) =>
    new Intl.NumberFormat(locale, { style: 'currency', currency, ...options }).format(value);
  return {
    moment: dates({ ...date, ...time }),
    fullMoment: dates({ year: 'numeric', ...date, ...time }),
    clock: dates(time),
    day: dates(date),
    number: (value, digits = 0) => new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value),
    share: (value, digits = 1) => new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: digits }).format(value),
    money: (amount) => money(amount),
    shortMoney: (amount) => money(amount, { notation: 'compact', maximumFractionDigits: 1 }),
    relative: (at, from = now()) => {
      const ms = (typeof at === 'string' ? Date.parse(at) : at) - from;
      const [unit, of] = STEPS.find(([, one]) => Math.abs(ms) >= one) ?? ['minute', 60_000];
      return relative.format(Math.trunc(ms / of), unit);
    },
    duration: (of) => (of < 120 ? seconds.format(of) : minutes.format(of / 60)),
    list: (parts) => lists.format(parts),
    dayKey: (at) => keys.format(typeof at === 'string' ? Date.parse(at) : at),
  };
}

/** That of the company. */
export const useTimeZone = (): string => useSession().data?.timezone ?? 'Asia/Tokyo';

/** Dates, numbers and money in the way of whoever looks, in the time zone of the company. */
export function useFormats(): Formats {
  const { language } = usePreferences();
  const timeZone = useTimeZone();
  return useMemo(() => formatsFor(language, timeZone), [language, timeZone]);
}
