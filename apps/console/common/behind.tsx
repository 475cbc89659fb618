import { queryOptions, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { answerOf, api } from '../api/client';
import { useTexts } from '../app/texts';
import { Chart, type Paint } from '../ui/chart';
import { Dialog } from '../ui/dialog';
import { Failed, Loading } from '../ui/states';
import { behindTexts } from './behind-texts';
import type { Counted } from './counted';
import { Facts } from './facts';
import { useKpiFormats, type Measure } from './kpi-formats';
import { KpiParts } from './kpi-parts';
import { kpiWords, type Kpi, type KpiName } from './kpis';
import { usePeriodName, useSpanName } from './period-texts';
import look from './behind.module.css';

/** Of what a number is made: its parts, and on which days it came about. */
export function Behind({ counted, close }: { counted: Counted; close(): void }) {
  const t = useTexts(behindTexts);
  const k = useTexts(kpiWords);
  const kpis = useKpiFormats();
  const spanOf = useSpanName();
  const { kpi, from, to, by, group, name, value, measure } = counted;
  const ask = (period: 'none' | 'day') =>
    queryOptions({
      queryKey: ['kpis', 'behind', kpi, from, to, by, period],
      queryFn: ({ signal }) =>
        answerOf(
          api.GET('/v1/kpis', {
            params: { query: { kpi: [kpi as KpiName], from, to, by, period, ...(period === 'none' && { compare: 'previous' as const }) } },
            signal,
          }),
        ),
    });
  const whole = useQuery(ask('none'));
  const daily = useQuery(ask('day'));
  const isIt = (row: Kpi) => (row.group ?? '') === (group ?? '') && row.currency === measure.currency;
  const row = whole.data?.items.find(isIt);
  const days = useMemo(
    () => daily.data?.items.filter(isIt).filter(({ numerator, denominator }) => numerator !== 0 || (denominator ?? 0) !== 0),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- which one it is, is fixed as long as the panel is open
    [daily.data],
  );
  return (
    <Dialog kind="side" title={name} isOpen onClose={close}>
      <p className={look['words']}>{spanOf(from, to)}</p>
      {whole.isPending || daily.isPending ? (
        <Loading rows={5} />
      ) : whole.error || daily.error ? (
        <Failed
          error={whole.error ?? daily.error}
          again={() => {
            void whole.refetch();
            void daily.refetch();
          }}
        />
      ) : (
        <div className={look['behind']}>
          <p className={look['value']}>{kpis.value(row?.value ?? value, measure)}</p>
          {row && (
            <KpiParts of={row} className={look['parts']}>
              <dt>{t('basis')}</dt>
              <dd>{k(`bases.${row.basis}`)}</dd>
            </KpiParts>
          )}
          {days === undefined || days.length === 0 ? (
            <p className={look['words']}>{t('nothing')}</p>
          ) : (
            <Days name={name} rows={days} measure={measure} from={from} to={to} />
          )}
          <Facts counted={counted} isRatio={row !== undefined && row.denominator !== null} />
        </div>
      )}
    </Dialog>
  );
}

/** Each day on which something was counted; together they are the number, if it is a count. */
function Days({ name, rows, measure, from, to }: { name: string; rows: readonly Kpi[]; measure: Measure; from: string; to: string }) {
  const t = useTexts(behindTexts);
  const kpis = useKpiFormats();
  const spanOf = useSpanName();
  const nameOf = usePeriodName();
  const isRatio = rows.some(({ denominator }) => denominator !== null);
  const counted = useMemo(() => new Map(rows.map((row) => [row.period, row])), [rows]);
  const days = useMemo(() => daysBetween(from, to), [from, to]);
  const label = t('days', { name });
  const dayName = (day: string) => (/^\d{4}-\d\d-\d\d$/.test(day) ? spanOf(day, day) : nameOf(day));
  const option = useCallback(
    ({ series }: Paint) => ({
      xAxis: { type: 'category', data: days.map((day) => `${Number(day.slice(5, 7))}/${Number(day.slice(8))}`) },
      yAxis: {
        type: 'value',
        minInterval: isRatio || measure.unit === 'money' ? undefined : 1,
        axisLabel: { formatter: (of: number) => kpis.shortValue(of, measure) },
      },
      tooltip: {
        trigger: 'axis',
        axisPointer: { type: 'shadow' },
        valueFormatter: (of: unknown) => kpis.value(typeof of === 'number' ? of : null, measure),
      },
      series: [{ name, type: 'bar', color: series[0], barMaxWidth: 18, data: days.map((day) => counted.get(day)?.value ?? null) }],
    }),
    [counted, days, isRatio, kpis, measure, name],
  );
  return (
    <Chart
      label={label}
      height={180}
      option={option}
      table={{
        columns: [t('day'), name, ...(isRatio ? [t('numerator'), t('denominator')] : [])],
        rows: rows.map(({ period = '', value, numerator, denominator }) => [
          dayName(period),
          kpis.value(value, measure),
          ...(isRatio ? [numerator, denominator ?? ''] : []),
        ]),
      }}
    />
  );
}

function daysBetween(from: string, to: string): string[] {
  const days: string[] = [];
  for (let at = Date.parse(from); at < Date.parse(to); at += 86_400_000) days.push(new Date(at).toISOString().slice(0, 10));
  return days;
}
