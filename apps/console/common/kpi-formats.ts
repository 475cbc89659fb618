import { useMemo } from 'react';
import { useRepName } from '../api/reps';
import { useFormats } from '../app/formats';
import { useTexts } from '../app/texts';
import { words } from '../app/words';
import { hoursAndMinutes } from './hours-and-minutes';
import { kpiWords, type Kpi, type KpiName } from './kpis';

export type By =
  'none' | 'rep' | 'team' | 'kind' | 'employer' | 'mode' | 'product' | 'origin' | 'campaign' | 'industry' | 'region' | 'field-rep' | 'pair';

/** What a value is of. */
export type Measure = Pick<Kpi, 'unit' | 'currency'> & { kpi: string };

export interface KpiFormats {
  name(kpi: string): string;
  /** As it is read: a share, an amount, a length of time or a number. */
  value(value: number | null, of: Measure): string;
  shortValue(value: number | null, of: Measure): string;
  /** A numerator or denominator, which counts or is an amount. */
  part(part: number, of: Pick<Kpi, 'currency'>): string;
  /** With its sign. Shares differ by points. */
  change(change: number, of: Measure): string;
  /** What the group of a row is called. */
  group(by: By, group: string): string;
}

export const NOTHING = '–';

export function useKpiFormats(): KpiFormats {
  const formats = useFormats();
  const t = useTexts(kpiWords);
  const w = useTexts(words);
  const nameOfRep = useRepName();
  return useMemo(() => {
    const length = (of: number) => {
      const { hours, minutes } = hoursAndMinutes(of);
      return hours === undefined
        ? t('minutes', { minutes: formats.number(minutes) })
        : t('hours', { hours: formats.number(hours), minutes: formats.number(minutes) });
    };
    const value = (of: number | null, { kpi, unit, currency }: Measure, isShort: boolean): string => {
      if (of === null) return NOTHING;
      switch (unit) {
        case 'ratio':
          return EACH.has(kpi) ? formats.number(of, 2) : formats.share(of);
        case 'money':
          return (isShort ? formats.shortMoney : formats.money)({ value: of, currency: currency ?? 'JPY' });
        case 'minutes':
          return length(of);
        case 'days':
          return t('days', { days: formats.number(of, 1) });
        case 'count':
          return formats.number(of);
      }
    };
    const signed = (of: number, text: string) => (of > 0 ? `+${text}` : of < 0 ? `−${text.replace(/^[-−]/, '')}` : `±${text}`);
    return {
      name: (kpi) => t(`names.${kpi as KpiName}`),
      value: (of, measure) => value(of, measure, false),
      shortValue: (of, measure) => value(of, measure, true),
      part: (of, { currency }) => value(of, { kpi: '', unit: currency === undefined ? 'count' : 'money', currency }, false),
      change: (of, measure) =>
        measure.unit === 'ratio' && !EACH.has(measure.kpi)
          ? signed(of, `${formats.number(Math.abs(of) * 100, 1)} pt`)
          : signed(of, value(Math.abs(of), measure, true)),
      group: (by, group) => {
        if (group === '') return t('nobody');
        if (by === 'rep' || by === 'field-rep') return nameOfRep(group);
        if (by === 'pair') return group.split(' → ').map(nameOfRep).join(' → ');
        if (by === 'kind' && (group === 'inside' || group === 'field')) return t(`kinds.${group}`);
        if (by === 'employer' && (group === 'own' || group === 'agency')) return t(`employers.${group}`);
        if (by === 'mode' && (group === 'onsite' || group === 'remote')) return w(`modes.${group}`);
        return group;
      },
    };
  }, [formats, t, w, nameOfRep]);
}

/** Ratios that are no share of anything: so many of one thing for each of another. */
const EACH: ReadonlySet<string> = new Set([
  'products-per-deal',
  'visits-per-deal',
  'visits-per-win',
  'visits-per-win-best',
  'visits-per-win-rest',
  'cards-per-rep',
  'people-per-company',
]);
