import type { EChartsCoreOption, EChartsType } from 'echarts/core';
import { useEffect, useRef } from 'react';
import { usePreferences } from '../app/preferences';
import { startChart } from './chart-engine';
import { useMedia } from './use-media';
import look from './chart.module.css';

export type ChartOption = EChartsCoreOption;

/** What somebody pressed: the series, and the place in it. */
export interface Pressed {
  seriesName: string;
  dataIndex: number;
  name: string;
}

const NAMES = {
  text: 'text',
  soft: 'text-soft',
  line: 'line',
  surface: 'surface',
  raised: 'raised',
  sunken: 'sunken',
  accent: 'accent',
  accentSoft: 'accent-soft',
  hot: 'hot-mark',
  warm: 'warm-mark',
  cold: 'cold-mark',
  good: 'good',
  bad: 'bad',
} as const;

/** Colours of the page as it looks now. */
export type Paint = Readonly<Record<keyof typeof NAMES, string>> & { readonly series: readonly string[] };

/** The part of a chart that is loaded when one is shown. */
export default function ChartPicture({ option, onPress }: { option: (paint: Paint) => ChartOption; onPress?(at: Pressed): void }) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType>(undefined);
  const press = useRef(onPress);
  const { theme } = usePreferences();
  const isDark = useMedia('(prefers-color-scheme: dark)');
  useEffect(() => {
    press.current = onPress;
  });
  useEffect(() => {
    const one = startChart(place.current!);
    chart.current = one;
    one.on('click', ({ seriesName = '', dataIndex, name }) => press.current?.({ seriesName, dataIndex, name }));
    const size = new ResizeObserver(() => one.resize());
    size.observe(place.current!);
    return () => {
      size.disconnect();
      one.dispose();
    };
  }, []);
  useEffect(() => {
    const paint = paintAt(place.current!);
    chart.current!.setOption(dressed(option(paint), paint, getComputedStyle(place.current!).fontFamily), { notMerge: true });
  }, [option, theme, isDark]);
  return <div ref={place} className={look['canvas']} />;
}

/** Custom properties are as they were written, so an element is asked what becomes of them. */
function paintAt(element: HTMLElement): Paint {
  const probe = document.createElement('span');
  element.append(probe);
  const colour = (token: string): string => {
    probe.style.color = `var(--${token})`;
    return getComputedStyle(probe).color;
  };
  const named = Object.fromEntries(Object.entries(NAMES).map(([name, token]) => [name, colour(token)])) as Record<
    keyof typeof NAMES,
    string
  >;
  const series = [1, 2, 3, 4, 5, 6].map((number) => colour(`chart-${number}`));
  probe.remove();
  return { ...named, series };
}

const list = (one: unknown): object[] => (one === undefined ? [] : Array.isArray(one) ? (one as object[]) : [one as object]);

/** With the fonts and lines of the page, below whatever the chart says itself. */
function dressed(option: ChartOption, { text, soft, line, raised, accentSoft, series }: Paint, fontFamily: string): ChartOption {
  const textStyle = { color: soft, fontSize: 12, fontFamily };
  const axis = (one: object) => ({
    axisLine: { lineStyle: { color: line } },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: line } },
    ...one,
    axisLabel: { ...textStyle, hideOverlap: true, ...(one as { axisLabel?: object }).axisLabel },
  });
  const { xAxis, yAxis, tooltip, legend, grid, ...rest } = option;
  return {
    animation: false,
    backgroundColor: 'transparent',
    color: [...series],
    textStyle,
    ...rest,
    ...(xAxis !== undefined && { xAxis: list(xAxis).map(axis) }),
    ...(yAxis !== undefined && { yAxis: list(yAxis).map(axis) }),
    grid: {
      left: 4,
      right: 12,
      top: legend === undefined ? 12 : 32,
      bottom: 4,
      outerBoundsMode: 'same',
      outerBoundsContain: 'axisLabel',
      ...(grid as object),
    },
    ...(legend !== undefined && {
      legend: {
        top: 0,
        left: 0,
        icon: 'roundRect',
        itemWidth: 10,
        itemHeight: 10,
        itemGap: 16,
        textStyle,
        selectedMode: false,
        ...(legend as object),
      },
    }),
    tooltip: {
      trigger: 'axis',
      // Drawn: a tooltip of HTML would be text that becomes a page, which ours forbids.
      renderMode: 'richText',
      confine: true,
      transitionDuration: 0,
      backgroundColor: raised,
      borderColor: line,
      borderWidth: 1,
      padding: [8, 10],
      textStyle: { ...textStyle, color: text, lineHeight: 18 },
      axisPointer: { lineStyle: { color: soft, type: 'dashed' }, shadowStyle: { color: accentSoft, opacity: 0.5 } },
      ...(tooltip as object),
    },
  };
}
