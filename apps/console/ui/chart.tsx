import { ChartLine, Table2 } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { useTexts } from '../app/texts';
import { Button } from './button';
import type { ChartOption, Paint, Pressed } from './chart-picture';
import { Loading } from './states';
import { uiTexts } from './ui-texts';
import look from './chart.module.css';

export type { ChartOption, Paint, Pressed };

const ChartPicture = lazy(() => import('./chart-picture'));

export interface ChartTable {
  columns: readonly string[];
  /** The first of a row names it. */
  rows: readonly (readonly (string | number)[])[];
}

/**
 * A chart: an image with a name to whoever hears the page, and all of its numbers as a table for whoever wants them so. `option`: of ECharts, from
 * the colours of the page; to be kept (useCallback), since a new one is drawn anew. Fonts, axes and tooltip look like the page without being told.
 */
export function Chart({
  label,
  option,
  table,
  height = 260,
  onPress,
}: {
  label: string;
  option: (paint: Paint) => ChartOption;
  table: ChartTable;
  height?: number;
  onPress?(at: Pressed): void;
}) {
  const t = useTexts(uiTexts);
  const [isTable, setTable] = useState(false);
  return (
    <figure className={look['chart']}>
      {isTable ? (
        <div className={look['scroll']} style={{ maxHeight: Math.max(height, 240) }} tabIndex={0} role="group" aria-label={label}>
          <table className={look['table']}>
            <caption>{label}</caption>
            <thead>
              <tr>
                {table.columns.map((column) => (
                  <th key={column} scope="col">
                    {column}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {table.rows.map(([name, ...cells], row) => (
                <tr key={row}>
                  <th scope="row">{name}</th>
                  {cells.map((cell, place) => (
                    <td key={place}>{cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <div role="img" aria-label={label} className={look['picture']} style={{ height }}>
          <Suspense fallback={<Loading rows={3} />}>
            <ChartPicture option={option} onPress={onPress} />
          </Suspense>
        </div>
      )}
      <div className={look['turn']}>
        <Button
          kind="quiet"
          size="s"
          icon={isTable ? <ChartLine aria-hidden="true" /> : <Table2 aria-hidden="true" />}
          onPress={() => setTable(!isTable)}
        >
          {isTable ? t('chart') : t('table')}
        </Button>
      </div>
    </figure>
  );
}
