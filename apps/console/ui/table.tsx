import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { useEffect, useRef, type KeyboardEvent, type ReactNode } from 'react';
import { useMedia, usePhone } from './use-media';
import { walkedTo } from './walk';
import look from './table.module.css';

export interface Column<Row> {
  id: string;
  name: string;
  cell(row: Row): ReactNode;
  /** Of a grid: `8rem`, `2fr`; a share of the room by default. */
  width?: string;
  /** Digits stand below each other. */
  isNumber?: boolean;
  isSortable?: boolean;
  /** A phone has no room for it. */
  isWide?: boolean;
}

export interface Sorted {
  by: string;
  descending: boolean;
}

const BEFORE_THE_END = 20;

/**
 * Rows of any number, of which those are there that are seen. With `onOpen`, a row is opened by a press, and arrows go up and down. `height`: of
 * what scrolls, `fill` for all that its parent has; left out, it is as long as its rows.
 */
export function Table<Row>({
  label,
  columns,
  rows,
  keyOf,
  onOpen,
  openKey,
  sorted,
  onSort,
  height,
  total,
  onEnd,
  empty,
}: {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf(row: Row): string;
  onOpen?(row: Row): void;
  /** Of the row that is open beside the table. */
  openKey?: string;
  sorted?: Sorted;
  onSort?(sorted: Sorted): void;
  height?: number | 'fill';
  /** Of all rows, where more are to be had. */
  total?: number;
  /** The last row is nearly seen: more may be asked for. */
  onEnd?(): void;
  empty?: ReactNode;
}) {
  const isPhone = usePhone();
  const place = useRef<HTMLDivElement>(null);
  const isScrolling = height !== undefined;
  const rowHeight = (useMedia('(pointer: coarse)') ? 3 : 2.5) * 16;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => place.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    enabled: isScrolling,
  });
  const shown = columns.filter(({ isWide }) => !isWide || !isPhone);
  const gridTemplateColumns = shown.map(({ width = '1fr' }) => (/^[\d.]+fr$/.test(width) ? `minmax(0, ${width})` : width)).join(' ');
  const seen = isScrolling ? virtual.getVirtualItems() : rows.map((_row, index) => ({ index, start: 0 }));
  const last = seen.at(-1)?.index ?? -1;
  const end = useRef(onEnd);
  useEffect(() => {
    end.current = onEnd;
  });
  useEffect(() => {
    if (rows.length > 0 && last >= rows.length - BEFORE_THE_END) end.current?.();
  }, [last, rows.length]);

  const walk = (event: KeyboardEvent<HTMLElement>, index: number) => {
    const next = walkedTo(event, index, rows.length);
    if (event.key === 'Enter' || event.key === ' ') onOpen?.(rows[index]!);
    else if (next === undefined) return;
    else {
      if (isScrolling) virtual.scrollToIndex(next);
      requestAnimationFrame(() => place.current?.querySelector<HTMLElement>(`[aria-rowindex="${next + 2}"]`)?.focus());
    }
    event.preventDefault();
  };

  return (
    <div
      ref={place}
      className={look['place']}
      data-scrolls={isScrolling || undefined}
      style={isScrolling ? { height: height === 'fill' ? '100%' : height } : undefined}
      {...(isScrolling && { tabIndex: 0, role: 'group', 'aria-label': label })}
    >
      {/* What lies in a grid is no table to a browser, unless it is told. */}
      <div role="table" aria-label={label} aria-rowcount={(total ?? rows.length) + 1}>
        <div role="rowgroup" className={look['heads']}>
          <div role="row" aria-rowindex={1} className={look['head']} style={{ gridTemplateColumns }}>
            {shown.map(({ id, name, isNumber, isSortable }) => {
              const isSorted = sorted?.by === id;
              return (
                <div
                  key={id}
                  role="columnheader"
                  data-number={isNumber || undefined}
                  {...(isSorted && { 'aria-sort': sorted.descending ? ('descending' as const) : ('ascending' as const) })}
                >
                  {isSortable && onSort ? (
                    <button type="button" onClick={() => onSort({ by: id, descending: isSorted ? !sorted.descending : isNumber === true })}>
                      {name}
                      {isSorted && (sorted.descending ? <ArrowDown aria-hidden="true" /> : <ArrowUp aria-hidden="true" />)}
                    </button>
                  ) : (
                    name
                  )}
                </div>
              );
            })}
          </div>
        </div>
        {rows.length > 0 && (
          <div role="rowgroup" className={look['rows']} style={isScrolling ? { height: virtual.getTotalSize() } : undefined}>
            {seen.map(({ index, start }, nth) => {
              const row = rows[index]!;
              const key = keyOf(row);
              return (
                <div
                  key={key}
                  role="row"
                  aria-rowindex={index + 2}
                  className={look['row']}
                  data-open={key === openKey || undefined}
                  style={{
                    gridTemplateColumns,
                    ...(isScrolling && { position: 'absolute', transform: `translateY(${start}px)`, height: rowHeight }),
                  }}
                  {...(onOpen && {
                    tabIndex: nth === 0 || key === openKey ? 0 : -1,
                    'data-pressable': true,
                    onClick: () => onOpen(row),
                    onKeyDown: (event: KeyboardEvent<HTMLElement>) => event.target === event.currentTarget && walk(event, index),
                  })}
                >
                  {shown.map(({ id, cell, isNumber }) => (
                    <div key={id} role="cell" data-number={isNumber || undefined}>
                      {cell(row)}
                    </div>
                  ))}
                </div>
              );
            })}
          </div>
        )}
      </div>
      {rows.length === 0 && empty}
    </div>
  );
}
