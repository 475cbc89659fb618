import { useCallback } from 'react';
import type { components } from '../../api/types.gen';
import { useFormats } from '../../app/formats';
import { useTexts } from '../../app/texts';
import { Chart, type ChartOption, type Paint } from '../../ui/chart';
import { Table } from '../../ui/table';
import { Tabs } from '../../ui/tabs';
import { reportsTexts } from './reports-texts';
import look from './reports.module.css';

type SqlAnswer = components['schemas']['SqlAnswer'];
type Drawn = components['schemas']['Chart'];
const HEIGHT = 520;
const NUMBER = /INT|DOUBLE|FLOAT|DECIMAL|REAL/;

/** Rows as they came, and drawn where somebody said how. */
export function Answer({ of: { columns, rows, rowCount, truncated, ms }, chart }: { of: SqlAnswer; chart?: Drawn }) {
  const t = useTexts(reportsTexts);
  const formats = useFormats();
  const said = (
    <p className={look['soft']} role="status">
      {t('rows', { count: rowCount, ms: formats.number(ms) })}
      {truncated && ` · ${t('truncated', { count: String(rows.length) })}`}
    </p>
  );
  if (rows.length === 0)
    return (
      <>
        {said}
        <p>{t('noRows')}</p>
      </>
    );
  const table = (
    <Table
      label={t('result')}
      rows={rows.map((cells, place) => ({ cells, place }))}
      keyOf={({ place }) => String(place)}
      height={Math.min(HEIGHT, (rows.length + 1) * 41 + 4)}
      columns={columns.map(({ name, type }, place) => ({
        id: `${place} ${name}`,
        name,
        isNumber: NUMBER.test(type),
        cell: ({ cells }: { cells: readonly unknown[]; place: number }) => textOf(cells[place], formats.number),
      }))}
    />
  );
  const y = chart === undefined ? [] : [chart.y ?? []].flat().filter((name) => columns.some((one) => one.name === name));
  if (chart?.x === undefined || y.length === 0)
    return (
      <>
        {said}
        {table}
      </>
    );
  return (
    <>
      {said}
      <Tabs
        label={t('result')}
        size="s"
        tabs={[
          { id: 'chart', name: t('chart'), content: <Drawing columns={columns} rows={rows} chart={{ ...chart, x: chart.x }} y={y} /> },
          { id: 'table', name: t('table'), content: table },
        ]}
      />
    </>
  );
}

function textOf(value: unknown, number: (value: number, digits: number) => string): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'number') return number(value, 3);
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | boolean | bigint);
}

function Drawing({
  columns,
  rows,
  chart: { type, x, series },
  y,
}: {
  columns: SqlAnswer['columns'];
  rows: SqlAnswer['rows'];
  chart: Drawn & { x: string };
  y: readonly string[];
}) {
  const t = useTexts(reportsTexts);
  const place = (name: string | undefined) => columns.findIndex((one) => one.name === name);
  const at = place(x);
  const by = place(series);
  const names = [...new Set(rows.map((cells) => String(cells[at])))];
  const groups = by < 0 ? [undefined] : [...new Set(rows.map((cells) => String(cells[by])))];
  const lines = y.flatMap((column) =>
    groups.map((group) => {
      const values = new Map(
        rows
          .filter((cells) => group === undefined || String(cells[by]) === group)
          .map((cells) => [String(cells[at]), cells[place(column)]]),
      );
      return {
        name: [group, y.length > 1 || group === undefined ? column : undefined].filter(Boolean).join(' '),
        values: names.map((name) => {
          const value = values.get(name);
          return value === null || value === undefined || Number.isNaN(Number(value)) ? null : Number(value);
        }),
      };
    }),
  );
  const drawn = JSON.stringify([type, names, lines]);
  const option = useCallback(
    (paint: Paint): ChartOption => {
      const [kind, categories, all] = JSON.parse(drawn) as [string, string[], typeof lines];
      const isLine = kind === 'line';
      return {
        legend: { top: 0, type: 'scroll' },
        tooltip: { trigger: 'axis' },
        grid: { left: 8, right: 16, top: 36, bottom: 8, containLabel: true },
        xAxis: { type: 'category', data: categories },
        yAxis: { type: 'value' },
        series: all.map(({ name, values }, number) => ({
          type: isLine ? 'line' : 'bar',
          name,
          data: values,
          itemStyle: { color: paint.series[number % paint.series.length] },
        })),
      };
    },
    [drawn],
  );
  return (
    <Chart
      label={t('result')}
      height={360}
      option={option}
      table={{
        columns: [x, ...lines.map(({ name }) => name)],
        rows: names.map((name, row) => [name, ...lines.map(({ values }) => values[row] ?? '')]),
      }}
    />
  );
}
