import { BarChart, CustomChart, HeatmapChart, LineChart, ScatterChart } from 'echarts/charts';
import {
  DatasetComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  MarkPointComponent,
  TooltipComponent,
  VisualMapComponent,
} from 'echarts/components';
import { init, use as register, type EChartsType } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

interface Node {
  tag: string;
  attrs: Record<string, unknown>;
  children?: Node[];
}
interface Painter {
  root: HTMLElement;
  renderToVNode(options: object): Node;
  getSvgDom(): Element | undefined;
  _oldVNode: unknown;
  clear(): void;
  dispose(): void;
}
type Registers = Parameters<Extract<Parameters<typeof register>[0], (...given: never[]) => void>>[0];
type PainterClass = Parameters<Registers['registerPainter']>[1];

/** Draws what ECharts draws under the policy of our page, which takes no style attributes and no HTML as text. */
function underOurPolicy(Original: new (...given: never[]) => Painter): new (...given: never[]) => Painter {
  return class extends Original {
    override renderToVNode(options: object): Node {
      const drawn = super.renderToVNode(options);
      withoutStyles(drawn);
      // What it sets afterwards is in chart.module.css.
      Object.defineProperty(drawn.attrs, 'style', { set: () => undefined, enumerable: false });
      return drawn;
    }

    /** As the original empties it, which it does by HTML. */
    override clear(): void {
      this.getSvgDom()?.replaceChildren();
      this._oldVNode = null;
    }

    override dispose(): void {
      const { root } = this;
      root.replaceChildren();
      this.root = undefined as never;
      super.dispose();
    }
  };
}

/** Fonts as attributes; their family is that of the page. */
function withoutStyles({ attrs, children }: Node): void {
  const { style } = attrs;
  delete attrs['style'];
  if (typeof style === 'string') {
    const [, size] = /(\d+(?:\.\d+)?)px/.exec(style) ?? [];
    const [, weight] = /(?:font-weight:\s*|font:.*?)\b(bold|[5-9]00)\b/.exec(style) ?? [];
    if (size !== undefined) attrs['font-size'] = size;
    if (weight !== undefined) attrs['font-weight'] = weight;
  }
  children?.forEach(withoutStyles);
}

register([
  BarChart,
  CustomChart,
  HeatmapChart,
  LineChart,
  ScatterChart,
  DatasetComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  MarkPointComponent,
  TooltipComponent,
  VisualMapComponent,
  (registers: Registers) =>
    (SVGRenderer as unknown as (registers: Pick<Registers, 'registerPainter'>) => void)({
      registerPainter: (name, Original) =>
        registers.registerPainter(
          name,
          underOurPolicy(Original as unknown as new (...given: never[]) => Painter) as unknown as PainterClass,
        ),
    }),
] as Parameters<typeof register>[0]);

export const startChart = (element: HTMLElement): EChartsType => init(element, undefined, { renderer: 'svg' });
