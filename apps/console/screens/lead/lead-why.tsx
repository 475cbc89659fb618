import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { ChevronRight } from 'lucide-react';
import { useMemo } from 'react';
import { useFormats } from '../../app/formats';
import { usePreferences } from '../../app/preferences';
import { useTexts } from '../../app/texts';
import { words } from '../../app/words';
import { Failed, Loading } from '../../ui/states';
import { isProblem } from '../../api/problem';
import { partsThatSum } from '../../common/parts-that-sum';
import { timelineQuery, whyQuery, type Contribution } from './lead-queries';
import { leadTexts } from './lead-texts';
import look from './lead.module.css';

interface Part {
  name: string;
  kind: 'rule' | 'limit';
  points: number;
  of: readonly Contribution[];
}

/** Where each point of the score comes from, in steps that sum up to what is shown. */
export function LeadWhy({ leadId }: { leadId: string }) {
  const t = useTexts(leadTexts);
  const w = useTexts(words);
  const formats = useFormats();
  const { language } = usePreferences();
  const { data: why, error, isPending, refetch } = useQuery(whyQuery(leadId));
  const timeline = useInfiniteQuery(timelineQuery(leadId, undefined));
  const told = useMemo(
    () => new Map(timeline.data?.pages.flatMap(({ items }) => items.map(({ eventId, summary }) => [eventId, summary[language]]))),
    [timeline.data, language],
  );
  if (isPending) return <Loading rows={4} />;
  if (isProblem(error, 404) || (why && why.contributions.length === 0 && why.axes.every(({ score }) => score === 0)))
    return <p className={look['quiet']}>{t('why.nothing')}</p>;
  if (why === undefined) return <Failed error={error} again={() => void refetch()} />;
  const { next, change } = why;
  const points = (scores: Readonly<Record<string, number>>) =>
    formats.list(
      Object.entries(scores)
        .filter(([, one]) => one > 0)
        .map(([axis, one]) => `${axis} ${formats.number(one, 1)}`),
    );
  return (
    <div className={look['why']}>
      {why.axes.map(({ axis, sum, adjustment, score }) => (
        <Axis
          key={axis}
          axis={axis}
          score={score}
          parts={partsOf(
            why.contributions.filter((one) => one.axis === axis),
            sum,
            t('why.others'),
            adjustment === 0
              ? undefined
              : {
                  name: t(adjustment < 0 ? 'why.capped' : 'why.floored', {
                    cap: formats.number(score),
                    floor: formats.number(score),
                  } as never),
                  points: adjustment,
                },
          )}
          told={told}
        />
      ))}
      {next && Object.values(next.missing).some((one) => one > 0) && (
        <p className={look['quiet']}>
          {t('why.missing', { tier: w(`tiers.${next.tier}`), points: points(next.missing) })}
          {change && change.acts.length > 0 && (
            <>
              {language === 'ja' ? '。' : '. '}
              {t('why.enough', { acts: formats.list(change.acts.map(({ ruleId, times }) => t('why.act', { rule: ruleId, times }))) })}
            </>
          )}
        </p>
      )}
      <p className={look['quiet']}>{t('why.model', { model: why.model, version: why.version })}</p>
    </div>
  );
}

/** By rule, greatest first, then what its limits take or add. */
function partsOf(of: readonly Contribution[], sum: number, others: string, limit?: { name: string; points: number }): Part[] {
  const byRule = new Map<string, Contribution[]>();
  for (const one of of) byRule.set(one.ruleId, [...(byRule.get(one.ruleId) ?? []), one]);
  const parts: Part[] = [...byRule].map(([name, some]) => ({
    name,
    kind: 'rule',
    points: some.reduce((total, { points }) => total + points, 0),
    of: some,
  }));
  parts.sort((a, b) => Math.abs(b.points) - Math.abs(a.points));
  const rest = sum - parts.reduce((total, { points }) => total + points, 0);
  if (Math.abs(rest) > 1e-6) parts.push({ name: others, kind: 'limit', points: rest, of: [] });
  if (limit) parts.push({ ...limit, kind: 'limit', of: [] });
  return parts;
}

function Axis({ axis, score, parts, told }: { axis: string; score: number; parts: readonly Part[]; told: ReadonlyMap<string, string> }) {
  const t = useTexts(leadTexts);
  const formats = useFormats();
  const shown = partsThatSum(
    parts.map(({ points }) => points),
    score,
  );
  const steps = parts.map((_, place) => parts.slice(0, place + 1).reduce((total, one) => total + one.points, 0));
  const least = Math.min(0, ...steps);
  const most = Math.max(1, score, ...steps);
  const x = (points: number) => (100 * (points - least)) / (most - least);
  return (
    <section className={look['axis']} aria-label={axis}>
      <h3>
        <span>{axis}</span>
        <span className={look['total']}>{formats.number(score, 1)}</span>
      </h3>
      <ul>
        {parts.map(({ name, kind, points, of }, place) => {
          const before = place === 0 ? 0 : steps[place - 1]!;
          const [from, to] = [Math.min(before, steps[place]!), Math.max(before, steps[place]!)];
          const line = (
            <>
              <span className={look['rule']}>
                {kind === 'rule' && <ChevronRight aria-hidden="true" />}
                <span>{name}</span>
                {of.length > 1 && <span className={look['times']}>{t('why.times', { count: String(of.length) })}</span>}
              </span>
              <svg className={look['step']} viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                <rect
                  x={x(from)}
                  width={Math.max(0.4, x(to) - x(from))}
                  y="1"
                  height="8"
                  data-sign={kind === 'limit' ? 'limit' : points < 0 ? 'minus' : 'plus'}
                />
              </svg>
              <span className={look['points']}>{signed(shown[place]!, formats)}</span>
            </>
          );
          return (
            <li key={name}>
              {kind === 'limit' ? (
                <div className={look['part']}>{line}</div>
              ) : (
                <details>
                  <summary className={look['part']}>{line}</summary>
                  <ol className={look['facts']}>
                    {of.slice(0, 50).map((one, index) => (
                      <li key={`${one.eventId} ${index}`}>
                        <span>{one.occurredAt === undefined ? '' : formats.moment(one.occurredAt)}</span>
                        <span>{(one.eventId !== undefined && told.get(one.eventId)) || one.type || t('why.profile')}</span>
                        <span>
                          {one.capped
                            ? t('why.full')
                            : t('why.formula', { raw: formats.number(one.raw, 1), decay: formats.share(one.decay, 0) })}
                        </span>
                      </li>
                    ))}
                  </ol>
                </details>
              )}
            </li>
          );
        })}
        <li className={look['sum']}>
          <div className={look['part']}>
            <span className={look['rule']}>{t('why.sum')}</span>
            <svg className={look['step']} viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
              <rect
                x={x(Math.min(0, score))}
                width={Math.max(0.4, x(Math.max(0, score)) - x(Math.min(0, score)))}
                y="1"
                height="8"
                data-sign="sum"
              />
            </svg>
            <span className={look['points']}>{formats.number(score, 1)}</span>
          </div>
        </li>
      </ul>
    </section>
  );
}

const signed = (points: number, formats: ReturnType<typeof useFormats>): string =>
  `${points > 0 ? '+' : points < 0 ? '−' : '±'}${formats.number(Math.abs(points), 1)}`;
