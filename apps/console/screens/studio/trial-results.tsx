import { useCallback } from 'react';
import type { components } from '../../api/types.gen';
import { useFormats } from '../../app/formats';
import { useTexts } from '../../app/texts';
import { words } from '../../app/words';
import { Badge, TierBadge } from '../../ui/badge';
import { Button } from '../../ui/button';
import { Chart, type ChartOption, type Paint } from '../../ui/chart';
import { Table } from '../../ui/table';
import { LeadLink } from '../../common/lead-link';
import { studioTexts } from './studio-texts';
import look from './studio.module.css';

type Preview = components['schemas']['Preview'];
type Backtest = components['schemas']['Backtest'];
type Suggestion = components['schemas']['Suggestion'];
const TIERS = ['hot', 'warm', 'cold'] as const;
/** Rows that are seen at once; what is beyond scrolls. */
const HEIGHT = 440;

export function PreviewResult({ of: { tiers, becomeHot, leaveHot, handsOff, staysWithSales, named, charts } }: { of: Preview }) {
  const t = useTexts(studioTexts);
  const w = useTexts(words);
  const formats = useFormats();
  return (
    <>
      <p>
        {t('result.summary', { become: String(becomeHot), leave: String(leaveHot), handsOff: String(handsOff) })}
        {staysWithSales !== undefined && staysWithSales > 0 && ` ${t('result.stays', { count: String(staysWithSales) })}`}
      </p>
      <Table
        label={t('result.tier')}
        rows={TIERS}
        keyOf={(tier) => tier}
        columns={[
          { id: 'tier', name: t('result.tier'), cell: (tier) => w(`tiers.${tier}`) },
          { id: 'now', name: t('result.now'), isNumber: true, cell: (tier) => formats.number(tiers.now[tier]) },
          { id: 'then', name: t('result.then'), isNumber: true, cell: (tier) => formats.number(tiers.then[tier]) },
        ]}
      />
      {charts.map((one) => (
        <section key={one.axis}>
          <h3>{t('result.chart', { axis: one.axis })}</h3>
          <Distribution of={one} />
        </section>
      ))}
      <h3>{t('result.moves')}</h3>
      {named.length === 0 ? (
        <p className={look['soft']}>{t('result.none')}</p>
      ) : (
        <Table
          label={t('result.moves')}
          rows={named}
          keyOf={({ leadId }) => leadId}
          height={Math.min(HEIGHT, (named.length + 1) * 42)}
          columns={[
            {
              id: 'lead',
              name: t('result.lead'),
              width: '2fr',
              cell: ({ leadId }) => <LeadLink leadId={leadId} />,
            },
            { id: 'from', name: t('result.from'), cell: ({ from }) => <TierBadge tier={from} /> },
            { id: 'to', name: t('result.to'), cell: ({ to }) => <TierBadge tier={to} /> },
            {
              id: 'scores',
              name: t('result.scores'),
              isWide: true,
              cell: ({ scores }) =>
                Object.entries(scores)
                  .map(([axis, value]) => `${axis} ${formats.number(Number(value), 1)}`)
                  .join(', '),
            },
            {
              id: 'state',
              name: t('state'),
              isWide: true,
              cell: ({ withSales, handsOff: is }) => (
                <span className={look['row']}>
                  {withSales && <Badge>{t('result.withSales')}</Badge>}
                  {is && <Badge kind="accent">{t('result.handsOff')}</Badge>}
                </span>
              ),
            },
          ]}
        />
      )}
    </>
  );
}

function Distribution({ of: { axis, edges, now, then } }: { of: Preview['charts'][number] }) {
  const t = useTexts(studioTexts);
  const formats = useFormats();
  const names = then.map((_count, place) =>
    place === 0 ? `< ${formats.number(edges[0] ?? 0, 1)}` : `${formats.number(edges[place - 1]!, 1)} –`,
  );
  const option = useCallback(
    (paint: Paint): ChartOption => ({
      legend: { top: 0 },
      grid: { left: 8, right: 8, top: 32, bottom: 8, containLabel: true },
      xAxis: { type: 'category', data: names },
      yAxis: { type: 'value' },
      series: [
        ...(now === undefined ? [] : [{ type: 'bar', name: t('result.now'), data: now, itemStyle: { color: paint.soft } }]),
        { type: 'bar', name: t('result.then'), data: then, itemStyle: { color: paint.accent } },
      ],
    }),
    // Names are made of the edges.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [edges, now, then, t],
  );
  return (
    <Chart
      label={t('result.chart', { axis })}
      option={option}
      table={{
        columns: [t('result.points'), t('result.now'), t('result.then')],
        rows: then.map((count, place) => [names[place]!, now?.[place] ?? '', count]),
      }}
    />
  );
}

export function BacktestResult({ of: { versions, summary } }: { of: Backtest }) {
  const t = useTexts(studioTexts);
  const formats = useFormats();
  const figure = (value: number | undefined) => (value === undefined ? '–' : formats.number(value, 3));
  const share = (value: number | undefined) => (value === undefined ? '–' : formats.share(value));
  const at = (versions[0]?.cutoffs ?? []).map((one) => one.at);
  const option = useCallback(
    (paint: Paint): ChartOption => ({
      legend: { top: 0 },
      grid: { left: 8, right: 16, top: 32, bottom: 8, containLabel: true },
      xAxis: { type: 'category', data: (versions[0]?.cutoffs ?? []).map((one) => formats.dayKey(one.at)) },
      yAxis: { type: 'value', scale: true },
      series: versions.map(({ name, cutoffs }, place) => ({
        type: 'line',
        name,
        data: cutoffs.map(({ auc }) => auc ?? null),
        itemStyle: { color: paint.series[place % paint.series.length] },
      })),
    }),
    [versions, formats],
  );
  return (
    <>
      {summary.map((line) => (
        <p key={line}>{line}</p>
      ))}
      <Table
        label={t('result.versions')}
        rows={versions}
        keyOf={({ name }) => name}
        columns={[
          { id: 'name', name: t('result.name'), width: '2fr', cell: ({ name }) => name },
          { id: 'auc', name: t('result.auc'), isNumber: true, cell: ({ auc }) => figure(auc) },
          { id: 'precision', name: t('result.precision'), isNumber: true, cell: ({ precision }) => share(precision) },
          { id: 'recall', name: t('result.recall'), isNumber: true, isWide: true, cell: ({ recall }) => share(recall) },
          { id: 'lift', name: t('result.lift'), isNumber: true, cell: ({ lift }) => figure(lift) },
          { id: 'hot', name: t('result.hot'), isNumber: true, isWide: true, cell: ({ hot }) => formats.number(hot.leads) },
          { id: 'share', name: t('result.hotShare'), isNumber: true, isWide: true, cell: ({ hot }) => share(hot.share) },
          {
            id: 'days',
            name: t('result.leadTime'),
            isNumber: true,
            isWide: true,
            cell: ({ medianLeadTimeDays }) => (medianLeadTimeDays === undefined ? '–' : formats.number(medianLeadTimeDays, 1)),
          },
        ]}
      />
      {at.length > 1 && (
        <Chart
          label={t('result.overTime')}
          option={option}
          table={{
            columns: [t('result.cutoff'), ...versions.map(({ name }) => name)],
            rows: at.map((moment, place) => [formats.dayKey(moment), ...versions.map(({ cutoffs }) => figure(cutoffs[place]?.auc))]),
          }}
        />
      )}
    </>
  );
}

export function SuggestionResult({ of: { text, rules, summary, heldOut }, onEdit }: { of: Suggestion; onEdit(text: string): void }) {
  const t = useTexts(studioTexts);
  const formats = useFormats();
  return (
    <>
      {summary.map((line) => (
        <p key={line}>{line}</p>
      ))}
      <div className={look['row']}>
        <Button kind="main" onPress={() => onEdit(text)}>
          {t('result.takeOver')}
        </Button>
      </div>
      <Table
        label={t('kinds.suggest')}
        rows={rules}
        keyOf={({ axis, id }) => `${axis} ${id}`}
        columns={[
          { id: 'rule', name: t('result.rule'), width: '2fr', cell: ({ id }) => id },
          { id: 'before', name: t('result.before'), isNumber: true, cell: ({ before }) => formats.number(before, 1) },
          { id: 'after', name: t('result.after'), isNumber: true, cell: ({ after }) => formats.number(after, 1) },
          {
            id: 'interval',
            name: t('result.interval'),
            isNumber: true,
            isWide: true,
            cell: ({ interval }) => interval && `${formats.number(interval.from, 1)} – ${formats.number(interval.to, 1)}`,
          },
          { id: 'cases', name: t('result.cases'), isNumber: true, isWide: true, cell: ({ cases }) => formats.number(cases) },
          {
            id: 'shaky',
            name: t('state'),
            isWide: true,
            cell: ({ shaky = [] }) => shaky.length > 0 && <Badge kind="warm">{t('result.shaky')}</Badge>,
          },
        ]}
      />
      <BacktestResult of={heldOut} />
    </>
  );
}
