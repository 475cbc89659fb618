import { useMemo } from 'react';
import { usePreferences } from '../app/preferences';
import { texts, useTexts } from '../app/texts';
import { kindOfPeriod } from './periods';

export const periodTexts = texts({
  en: {
    kinds: { month: 'Month', quarter: 'Quarter', year: 'Fiscal year' },
    month: '{name} {year}',
    quarter: 'Q{quarter} {year}',
    year: 'FY {year}',
    before: 'Period before',
    after: 'Period after',
    kind: 'Length of the period',
  },
  ja: {
    kinds: { month: '月', quarter: '四半期', year: '年度' },
    month: '{year}年{name}',
    quarter: '{year}年 第{quarter}四半期',
    year: '{year}年度',
    before: '前の期間',
    after: '次の期間',
    kind: '期間の長さ',
  },
});

/** 2026年11月, November 2026 */
export function usePeriodName(): (period: string) => string {
  const t = useTexts(periodTexts);
  const { language } = usePreferences();
  return useMemo(() => {
    const months = new Intl.DateTimeFormat(language === 'ja' ? 'ja-JP' : 'en-GB', { month: 'long', timeZone: 'UTC' });
    return (period) => {
      const [year = '', part = ''] = period.split('-');
      const kind = kindOfPeriod(period);
      if (kind === 'year') return t('year', { year });
      if (kind === 'quarter') return t('quarter', { year, quarter: part.slice(1) });
      return t('month', { year, name: months.format(Date.parse(`${period}-01T00:00:00Z`)) });
    };
  }, [t, language]);
}

/** 11/1(日) – 11/30(月): days have no time zone. `to` is the day after the last. */
export function useSpanName(): (from: string, to: string) => string {
  const { language } = usePreferences();
  return useMemo(() => {
    const days = new Intl.DateTimeFormat(language === 'ja' ? 'ja-JP' : 'en-GB', {
      month: language === 'ja' ? 'numeric' : 'short',
      day: 'numeric',
      weekday: 'short',
      timeZone: 'UTC',
    });
    return (from, to) => {
      const last = Date.parse(to) - 86_400_000;
      return last <= Date.parse(from) ? days.format(last) : `${days.format(Date.parse(from))} – ${days.format(last)}`;
    };
  }, [language]);
}
