import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { answerOf, api, now } from '../../api/client';
import { useLive } from '../../api/use-live';
import { useFormats } from '../../app/formats';
import { Page } from '../../app/shell';
import { useTexts } from '../../app/texts';
import { Select } from '../../ui/form';
import { Failed, Loading } from '../../ui/states';
import { Tabs } from '../../ui/tabs';
import { Behind } from '../../common/behind';
import type { Counted } from '../../common/counted';
import type { By } from '../../common/kpi-formats';
import { kpiWords } from '../../common/kpis';
import { PeriodPicker } from '../../common/period-picker';
import { useSpanName } from '../../common/period-texts';
import { daysOf, kindOfPeriod, periodIn, periodOf } from '../../common/periods';
import { KpiHours } from './kpi-hours';
import { KpiLines } from './kpi-lines';
import { KpiTable } from './kpi-table';
import { kpisTexts } from './kpis-texts';
import type { Span } from './span';
import look from './kpis.module.css';

const BYS: readonly By[] = [
  ...(['none', 'rep', 'team', 'kind', 'employer', 'mode', 'product'] as const),
  ...(['origin', 'campaign', 'industry', 'region', 'field-rep', 'pair'] as const),
];

/** The numbers of the whole sales process. */
export function Kpis() {
  const t = useTexts(kpisTexts);
  const k = useTexts(kpiWords);
  const formats = useFormats();
  const spanName = useSpanName();
  const navigate = useNavigate({ from: '/kpis' });
  const search = useSearch({ from: '/kpis' });
  useLive('kpis');
  const asked = search.period;
  const period = periodIn(asked) ?? periodOf(formats.dayKey(now()), 'month');
  const by = BYS.find((one) => one === search.by) ?? 'none';
  const [behind, setBehind] = useState<Counted>();
  // Which month a fiscal year begins with is known to the engine alone.
  const isYear = kindOfPeriod(period) === 'year';
  const year = useQuery({
    queryKey: ['board', period],
    enabled: isYear,
    queryFn: ({ signal }) => answerOf(api.GET('/v1/board', { params: { query: { period } }, signal })),
  });
  const span: Span | undefined = isYear ? year.data : daysOf(period);
  const go = (change: { period?: string; by?: string; tab?: string; kpi?: string }) =>
    void navigate({ search: { ...search, ...change }, replace: true });
  const content = (show: (span: Span) => ReactNode) =>
    span !== undefined ? show(span) : year.error ? <Failed error={year.error} again={() => void year.refetch()} /> : <Loading rows={10} />;
  return (
    <Page
      title={t('title')}
      note={span && spanName(span.from, span.to)}
      actions={
        <>
          <Select
            label={t('by')}
            isLabelHidden
            options={BYS.map((id) => ({ id, name: k(`bys.${id}`) }))}
            chosen={by}
            onChoose={(id) => go({ by: id })}
            className={look['by']}
          />
          <PeriodPicker period={period} onChoose={(next) => go({ period: next })} />
        </>
      }
    >
      <Tabs
        label={t('title')}
        chosen={search.tab ?? 'table'}
        onChoose={(id) => go({ tab: id })}
        tabs={[
          { id: 'table', name: t('tabs.table'), content: content((of) => <KpiTable key={by} span={of} by={by} open={setBehind} />) },
          {
            id: 'time',
            name: t('tabs.time'),
            content: content((of) => <KpiLines span={of} by={by} asked={search.kpi} choose={(kpi) => go({ kpi })} />),
          },
          { id: 'hours', name: t('tabs.hours'), content: content((of) => <KpiHours span={of} />) },
        ]}
      />
      {behind && <Behind counted={behind} close={() => setBehind(undefined)} />}
    </Page>
  );
}
