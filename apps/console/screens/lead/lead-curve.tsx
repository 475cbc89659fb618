import { useQuery } from '@tanstack/react-query';
import { useLayoutEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { isProblem } from '../../api/problem';
import type { components } from '../../api/types.gen';
import { useFormats } from '../../app/formats';
import { useTexts } from '../../app/texts';
import { words } from '../../app/words';
import { Chip } from '../../ui/button';
import { Failed, Loading } from '../../ui/states';
import { curveQuery } from './lead-queries';
import { leadTexts } from './lead-texts';
import look from './lead.module.css';

type Curve = components['schemas']['ScoreCurve'];

const SPANS = [30, 90, 365];
const HEIGHT = 190;
const MARGIN = { top: 18, right: 10, bottom: 24, left: 30 };

/** What the score was and what it will be. */
export function LeadCurve({ leadId }: { leadId: string }) {
  const t = useTexts(leadTexts);
  const [days, setDays] = useState(90);
  const { data, error, isPending, refetch } = useQuery(curveQuery(leadId, days));
  const [axis, setAxis] = useState<string>();
  const shown = axis ?? data?.axes[0]?.axis;
  return (
    <div className={look['curve']}>
      <div className={look['choices']}>
        <div role="group" aria-label={t('curve.span')}>
          {SPANS.map((one) => (
            <Chip key={one} isSelected={days === one} onChange={() => setDays(one)}>
              {t('curve.days', { days: String(one) })}
            </Chip>
          ))}
        </div>
        {data && data.axes.length > 1 && (
          <div role="group" aria-label={t('curve.axis')}>
            {data.axes.map(({ axis: one }) => (
              <Chip key={one} isSelected={shown === one} onChange={() => setAxis(one)}>
                {one}
              </Chip>
            ))}
          </div>
        )}
      </div>
      {isPending ? (
        <div className={look['plot']}>
          <Loading rows={3} />
        </div>
      ) : data && shown !== undefined ? (
        <Plot curve={data} axis={shown} />
      ) : isProblem(error, 404) ? (
        <p className={look['quiet']}>{t('noScore')}</p>
      ) : (
        <Failed error={error} again={() => void refetch()} />
      )}
    </div>
  );
}

function Plot({ curve, axis }: { curve: Curve; axis: string }) {
  const t = useTexts(leadTexts);
  const w = useTexts(words);
  const formats = useFormats();
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [chosen, setChosen] = useState<number>();
  useLayoutEffect(() => {
    const element = frame.current!;
    const seen = new ResizeObserver(() => setWidth(element.clientWidth));
    seen.observe(element);
    setWidth(element.clientWidth);
    return () => seen.disconnect();
  }, []);

  const points = curve.points.map(({ at, scores }) => ({ at: Date.parse(at), score: scores[axis] ?? 0 }));
  const [from, now, until] = [curve.from, curve.now, curve.until].map(Date.parse) as [number, number, number];
  const cools = curve.coolsAt === undefined ? undefined : Date.parse(curve.coolsAt);
  const lines = curve.tiers.flatMap(({ tier, enter, leave }) => {
    const [up, stay] = [enter[0]?.[axis], leave[0]?.[axis]];
    return [
      ...(up === undefined ? [] : [{ tier, points: up, kind: 'enter' as const }]),
      ...(stay === undefined || tier !== curve.tier ? [] : [{ tier, points: stay, kind: 'leave' as const }]),
    ];
  });
  const most = Math.max(10, ...points.map(({ score }) => score), ...lines.map((one) => one.points)) * 1.08;
  const least = Math.min(0, ...points.map(({ score }) => score));
  const x = (at: number) => MARGIN.left + ((at - from) / (until - from)) * (width - MARGIN.left - MARGIN.right);
  const y = (score: number) => HEIGHT - MARGIN.bottom - ((score - least) / (most - least)) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const drawn = (some: typeof points) =>
    some.map(({ at, score }, place) => `${place ? 'L' : 'M'}${x(at).toFixed(1)} ${y(score).toFixed(1)}`).join('');
  const past = points.filter(({ at }) => at <= now);
  const future = points.filter(({ at }) => at >= now);
  const at = chosen ?? past.length - 1;
  const point = points[Math.min(at, points.length - 1)]!;
  const said = t('curve.at', { at: formats.moment(point.at), points: formats.number(point.score, 1) });
  const hot = lines.find(({ tier, kind }) => tier === 'hot' && kind === 'enter');
  const ticks = ticksOf(from, until, width < 480 ? 3 : 6);

  const walk = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
    const to = event.key === 'Home' ? 0 : event.key === 'End' ? points.length - 1 : step === undefined ? undefined : at + step;
    if (to === undefined) return;
    setChosen(Math.min(points.length - 1, Math.max(0, to)));
    event.preventDefault();
  };
  const point_ = ({ clientX, currentTarget }: PointerEvent) => {
    const moment =
      from + ((clientX - currentTarget.getBoundingClientRect().left - MARGIN.left) / (width - MARGIN.left - MARGIN.right)) * (until - from);
    let nearest = 0;
    for (const [place, one] of points.entries()) if (Math.abs(one.at - moment) < Math.abs(points[nearest]!.at - moment)) nearest = place;
    setChosen(nearest);
  };
  return (
    <div
      ref={frame}
      className={look['plot']}
      role="slider"
      tabIndex={0}
      aria-label={t('curve.label', { axis })}
      aria-valuemin={0}
      aria-valuemax={points.length - 1}
      aria-valuenow={at}
      aria-valuetext={said}
      onKeyDown={walk}
      onPointerMove={point_}
      onPointerLeave={() => setChosen(undefined)}
      onBlur={() => setChosen(undefined)}
    >
      {width > 0 && (
        <svg width={width} height={HEIGHT} aria-hidden="true">
          {hot && (
            <rect
              x={MARGIN.left}
              y={MARGIN.top}
              width={width - MARGIN.left - MARGIN.right}
              height={Math.max(0, y(hot.points) - MARGIN.top)}
              data-part="hot"
            />
          )}
          {lines.map(({ tier, points: of, kind }) => (
            <g key={`${tier} ${kind}`}>
              <line x1={MARGIN.left} x2={width - MARGIN.right} y1={y(of)} y2={y(of)} data-part={kind} data-tier={tier} />
              <text x={MARGIN.left + 4} y={y(of) - 4} data-part="name" data-tier={tier}>
                {t(`curve.${kind}`, { tier: w(`tiers.${tier}`), points: formats.number(of) })}
              </text>
            </g>
          ))}
          {ticks.map((tick) => (
            <text key={tick} x={x(tick)} y={HEIGHT - 7} textAnchor="middle" data-part="tick">
              {formats.day(tick).replace(/\(.*\)|^\w+,? /, '')}
            </text>
          ))}
          {[0, Math.round(most / 1.08 / 2 / 10) * 10, Math.round(most / 1.08 / 10) * 10].map((value) => (
            <text key={value} x={MARGIN.left - 6} y={y(value) + 4} textAnchor="end" data-part="tick">
              {value}
            </text>
          ))}
          <line x1={MARGIN.left} x2={width - MARGIN.right} y1={y(least)} y2={y(least)} data-part="base" />
          <path d={`${drawn(past)}L${x(now)} ${y(least)}L${x(past[0]!.at)} ${y(least)}Z`} data-part="area" />
          <path d={drawn(past)} data-part="past" />
          <path d={drawn(future)} data-part="future" />
          <line x1={x(now)} x2={x(now)} y1={MARGIN.top} y2={y(least)} data-part="now" />
          {cools !== undefined && cools <= until && (
            <g>
              <line x1={x(cools)} x2={x(cools)} y1={MARGIN.top} y2={y(least)} data-part="cools" />
              <text x={x(cools) - 5} y={MARGIN.top - 5} textAnchor="end" data-part="name" data-tier="cold">
                {t('curve.cools', { at: formats.day(cools) })}
              </text>
            </g>
          )}
          <circle cx={x(point.at)} cy={y(point.score)} r="4" data-part="point" />
        </svg>
      )}
      <p className={look['said']}>
        <span>{said}</span>
        {point.at > now && <span className={look['quiet']}>{t('curve.future')}</span>}
      </p>
    </div>
  );
}

/** Whole days, evenly. */
function ticksOf(from: number, until: number, count: number): number[] {
  const step = (until - from) / count;
  return Array.from({ length: count }, (_, place) => from + step * (place + 0.5));
}
