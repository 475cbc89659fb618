import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { answerOf, api } from '../../api/client';
import { useTexts } from '../../app/texts';
import { words } from '../../app/words';
import { Chart, type Paint } from '../../ui/chart';
import { ComboBox, Select } from '../../ui/form';
import { Empty, Failed, Loading } from '../../ui/states';
import { useKpiFormats, type By } from '../../common/kpi-formats';
import { ALL_KPIS, KPI_GROUPS, kpiWords, type KpiGroup, type KpiName } from '../../common/kpis';
import { usePeriodName } from '../../common/period-texts';
import { linesByCurrency, type Line, type Lines } from './lines-by-currency';
import type { Span } from './span';
import { kpisTexts } from './kpis-texts';
import look from './kpis.module.css';

const GRAINS = ['week', 'month'] as const;
type Grain = (typeof GRAINS)[number];
/** As many lines as can be told apart. */
const MOST = 6;

/** One KPI over the half year (of weeks) or two years (of months) that end with the period. */
export function KpiLines({
  span: { to },
  by,
  asked,
  choose,
}: {
  span: Span;
  by: By;
  asked: string | undefined;
  choose(kpi: string): void;
}) {
  const t = useTexts(kpisTexts);
  const k = useTexts(kpiWords);
  const kpis = useKpiFormats();
  const [grain, setGrain] = useState<Grain>('week');
  const kpi = ALL_KPIS.find((one) => one === asked) ?? 'appointments';
  const from = before(to, grain);
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['kpis', 'lines', kpi, from, to, by, grain],
    queryFn: ({ signal }) => answerOf(api.GET('/v1/kpis', { params: { query: { kpi: [kpi], from, to, by, period: grain } }, signal })),
  });
  const periods = useMemo(() => [...new Set(data?.items.map(({ period = '' }) => period))].sort(), [data]);
  const charts = useMemo(() => linesByCurrency(data?.items ?? []), [data]);
  return (
    <div className={look['lines']}>
      <div className={look['choices']}>
        <ComboBox
          label={t('kpi')}
          options={(Object.keys(KPI_GROUPS) as KpiGroup[]).flatMap((of) =>
            KPI_GROUPS[of].map((id) => ({ id, name: kpis.name(id), note: k(`groups.${of}`) })),
          )}
          chosen={kpi}
          onChoose={(id) => id !== null && choose(id)}
          className={look['kpi']}
        />
        <Select
          label={t('grain')}
          options={GRAINS.map((id) => ({ id, name: t(`grains.${id}`) }))}
          chosen={grain}
          onChoose={(id) => setGrain(id as Grain)}
          className={look['grain']}
        />
      </div>
      {isPending ? (
        <Loading rows={6} />
      ) : data === undefined ? (
        <Failed error={error} again={() => void refetch()} />
      ) : charts.length === 0 ? (
        <Empty title={t('none.title')}>{t('none.words')}</Empty>
      ) : (
        charts.map((of) => <Drawn key={of.currency ?? ''} kpi={kpi} by={by} grain={grain} periods={periods} of={of} />)
      )}
    </div>
  );
}

function Drawn({
  kpi,
  by,
  grain,
  periods,
  of: { currency, lines },
}: {
  kpi: KpiName;
  by: By;
  grain: Grain;
  periods: readonly string[];
  of: Lines;
}) {
  const t = useTexts(kpisTexts);
  const k = useTexts(kpiWords);
  const w = useTexts(words);
  const kpis = useKpiFormats();
  const nameOf = usePeriodName();
  const shown = useMemo(() => lines.slice(0, MOST), [lines]);
  const lineName = useCallback(({ group }: Line) => (by === 'none' ? kpis.name(kpi) : kpis.group(by, group)), [by, kpi, kpis]);
  const whole = t('over', { kpi: kpis.name(kpi), by: k(`bys.${by}`) });
  const label = currency === undefined || currency === 'JPY' ? whole : w('aside', { what: whole, more: currency });
  const title = useCallback(
    (period: string) => (grain === 'week' ? `${Number(period.slice(5, 7))}/${Number(period.slice(8))}` : nameOf(period)),
    [grain, nameOf],
  );
  const option = useCallback(
    ({ series }: Paint) => {
      const measure = shown[0]?.rows[0] ?? { kpi, unit: 'count' as const };
      const none = measure.unit === 'count' || measure.unit === 'money' ? 0 : null;
      return {
        ...(shown.length > 1 && { legend: {} }),
        xAxis: { type: 'category', boundaryGap: false, data: periods.map(title) },
        yAxis: { type: 'value', axisLabel: { formatter: (of: number) => kpis.shortValue(of, measure) } },
        tooltip: { valueFormatter: (of: unknown) => kpis.value(typeof of === 'number' ? of : null, measure) },
        series: shown.map((line, number) => ({
          name: lineName(line),
          type: 'line',
          color: series[number],
          symbolSize: 6,
          lineStyle: { width: 2 },
          data: periods.map((period) => line.rows.find((row) => row.period === period)?.value ?? none),
        })),
      };
    },
    [kpi, kpis, lineName, periods, shown, title],
  );
  return (
    <section className={look['card']}>
      <h2>{label}</h2>
      <Chart
        label={label}
        height={340}
        option={option}
        table={{
          columns: [t(`grains.${grain}`), ...shown.map(lineName)],
          rows: periods.map((period) => [
            title(period),
            ...shown.map((line) => {
              const row = line.rows.find((one) => one.period === period);
              return row === undefined ? '' : kpis.value(row.value, row);
            }),
          ]),
        }}
      />
      {lines.length > MOST && <p className={look['words']}>{t('only', { count: String(MOST) })}</p>}
    </section>
  );
}

function before(day: string, grain: Grain): string {
  const at = new Date(`${day}T00:00:00Z`);
  if (grain === 'week') {
    // Of whole weeks, which begin on Monday.
    at.setUTCDate(at.getUTCDate() - 26 * 7);
    at.setUTCDate(at.getUTCDate() - ((at.getUTCDay() + 6) % 7));
  } else at.setUTCMonth(at.getUTCMonth() - 24, 1);
  return at.toISOString().slice(0, 10);
}
