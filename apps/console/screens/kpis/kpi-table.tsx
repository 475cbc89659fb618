import { useQuery } from '@tanstack/react-query';
import { Table2 } from 'lucide-react';
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { answerOf, api } from '../../api/client';
import { isStale } from '../../api/is-stale';
import { useFormats } from '../../app/formats';
import { useTexts } from '../../app/texts';
import { AsOf, Empty, Failed, Loading } from '../../ui/states';
import { KpiParts } from '../../common/kpi-parts';
import type { Counted } from '../../common/counted';
import { NOTHING, useKpiFormats, type By } from '../../common/kpi-formats';
import { ALL_KPIS, KPI_GROUPS, kpiWords, type Kpi, type KpiGroup, type KpiName } from '../../common/kpis';
import type { Span } from './span';
import { kpisTexts } from './kpis-texts';
import { classes } from '../../ui/classes';
import frame from '../../ui/frame.module.css';
import look from './kpis.module.css';

interface Line {
  kpi: KpiName;
  currency: string | undefined;
  rows: readonly Kpi[];
}

/** All KPIs that can be split so, each in a line; what a number is made of is told when somebody is on it. */
export function KpiTable({ span: { from, to }, by, open }: { span: Span; by: By; open(counted: Counted): void }) {
  const t = useTexts(kpisTexts);
  const k = useTexts(kpiWords);
  const kpis = useKpiFormats();
  const formats = useFormats();
  const table = useQuery({
    queryKey: ['kpis', 'table', from, to, by],
    queryFn: ({ signal }) => answerOf(api.GET('/v1/kpis', { params: { query: { from, to, by, compare: 'previous' } }, signal })),
  });
  const { data, error, isPending, refetch, dataUpdatedAt } = table;
  const [tip, setTip] = useState<{ row: Kpi; cell: HTMLElement }>();
  const tipId = useId();
  const lines = useMemo(() => linesOf(data?.items ?? []), [data]);
  const groups = useMemo(() => [...new Set(data?.items.map(({ group = '' }) => group))], [data]);
  if (isPending) return <Loading rows={14} />;
  if (data === undefined) return <Failed error={error} again={() => void refetch()} />;
  if (lines.length === 0)
    return (
      <Empty icon={<Table2 />} title={t('none.title')}>
        {t('none.words')}
      </Empty>
    );
  const leftOut = ALL_KPIS.length - new Set(lines.map(({ kpi }) => kpi)).size;
  const isWhole = by === 'none';

  const cell = (row: Kpi | undefined, { kpi, currency }: Line, group: string) => {
    if (row === undefined) return <span className={look['nothing']}>{NOTHING}</span>;
    const value = kpis.shortValue(row.value, row);
    return (
      <button
        type="button"
        className={look['number']}
        data-none={!row.value || undefined}
        aria-label={t('behind', { kpi: kpis.name(kpi), group: isWhole ? k('bys.none') : kpis.group(by, group), value })}
        aria-describedby={tip?.row === row ? tipId : undefined}
        onMouseEnter={({ currentTarget }) => setTip({ row, cell: currentTarget })}
        onMouseLeave={() => setTip(undefined)}
        onFocus={({ currentTarget }) => setTip({ row, cell: currentTarget })}
        onBlur={() => setTip(undefined)}
        onClick={() => {
          setTip(undefined);
          open({
            kpi,
            from,
            to,
            by,
            ...(!isWhole && { group }),
            name: isWhole ? kpis.name(kpi) : `${kpis.name(kpi)} · ${kpis.group(by, group)}`,
            value: row.value,
            measure: { kpi, unit: row.unit, ...(currency !== undefined && { currency }) },
          });
        }}
      >
        {value}
      </button>
    );
  };

  return (
    <div className={look['tableOf']}>
      <div className={classes(frame['frame'], look['scroll'])} tabIndex={0} role="region" aria-label={t('title')}>
        <table className={look['table']}>
          <thead>
            <tr>
              <th scope="col">{t('kpi')}</th>
              {(isWhole ? [t('value'), t('before'), t('change'), t('parts'), t('open')] : groups.map((group) => kpis.group(by, group))).map(
                (column, place) => (
                  <th key={place} scope="col">
                    {column}
                  </th>
                ),
              )}
            </tr>
          </thead>
          {(Object.keys(KPI_GROUPS) as KpiGroup[]).map((of) => {
            const within = lines.filter(({ kpi }) => (KPI_GROUPS[of] as readonly KpiName[]).includes(kpi));
            if (within.length === 0) return null;
            return (
              <tbody key={of}>
                <tr className={look['part']}>
                  <th scope="rowgroup" colSpan={isWhole ? 6 : groups.length + 1}>
                    <span>{k(`groups.${of}`)}</span>
                  </th>
                </tr>
                {within.map((line) => {
                  const [first] = line.rows;
                  const hasParts = first !== undefined && first.denominator !== null;
                  return (
                    <tr key={`${line.kpi} ${line.currency ?? ''}`}>
                      <th scope="row">
                        {kpis.name(line.kpi)}
                        {line.currency !== undefined && line.currency !== 'JPY' && ` ${line.currency}`}
                      </th>
                      {isWhole && first ? (
                        <>
                          <td>{cell(first, line, '')}</td>
                          <td className={look['soft']}>{first.previous === undefined ? '' : kpis.shortValue(first.previous, first)}</td>
                          <td className={look['soft']}>{typeof first.change === 'number' && kpis.change(first.change, first)}</td>
                          <td className={look['soft']}>
                            {hasParts && `${kpis.part(first.numerator, first)} / ${kpis.part(first.denominator!, first)}`}
                          </td>
                          <td className={look['soft']}>{first.openShare !== null && formats.share(first.openShare)}</td>
                        </>
                      ) : (
                        groups.map((group) => (
                          <td key={group}>
                            {cell(
                              line.rows.find((row) => (row.group ?? '') === group),
                              line,
                              group,
                            )}
                          </td>
                        ))
                      )}
                    </tr>
                  );
                })}
              </tbody>
            );
          })}
        </table>
      </div>
      <p className={look['words']}>
        <AsOf at={formats.clock(dataUpdatedAt)} isStale={isStale(table)} /> {leftOut > 0 && !isWhole && t('notSplit', { count: leftOut })}
      </p>
      {tip && <Tip id={tipId} {...tip} close={() => setTip(undefined)} />}
    </div>
  );
}

/** One line for each KPI and currency, in the order of the work. */
function linesOf(items: readonly Kpi[]): Line[] {
  const lines = new Map<string, Kpi[]>();
  for (const row of items) {
    const key = `${row.kpi} ${row.currency ?? ''}`;
    lines.set(key, [...(lines.get(key) ?? []), row]);
  }
  return [...lines.values()]
    .map((rows): Line => ({ kpi: rows[0]!.kpi, currency: rows[0]!.currency, rows }))
    .sort((a, b) => ALL_KPIS.indexOf(a.kpi) - ALL_KPIS.indexOf(b.kpi));
}

/** Numerator, denominator, basis and what is open, beside the number on which somebody is. */
function Tip({ id, row, cell, close }: { id: string; row: Kpi; cell: HTMLElement; close(): void }) {
  const k = useTexts(kpiWords);
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const { left, right, bottom, top } = cell.getBoundingClientRect();
    const { offsetWidth, offsetHeight, style } = box.current!;
    style.left = `${Math.max(8, Math.min(window.innerWidth - offsetWidth - 8, (left + right - offsetWidth) / 2))}px`;
    style.top = `${bottom + offsetHeight + 12 > window.innerHeight ? top - offsetHeight - 6 : bottom + 6}px`;
  }, [cell]);
  useEffect(() => {
    const escape = ({ key }: KeyboardEvent) => key === 'Escape' && close();
    window.addEventListener('keydown', escape);
    return () => window.removeEventListener('keydown', escape);
  }, [close]);
  return (
    <div ref={box} id={id} role="tooltip" className={look['tip']}>
      <KpiParts of={row} />
      <p>{k(`bases.${row.basis}`)}</p>
    </div>
  );
}
