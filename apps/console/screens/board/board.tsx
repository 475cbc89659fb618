import { queryOptions, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { ChartNoAxesColumn, Target } from 'lucide-react';
import { useState } from 'react';
import { answerOf, api, now } from '../../api/client';
import { useLive } from '../../api/use-live';
import { isStale } from '../../api/is-stale';
import { useFormats } from '../../app/formats';
import { mayDo } from '../../app/screens';
import { useSession } from '../../app/session';
import { Page } from '../../app/shell';
import { useTexts } from '../../app/texts';
import { Badge } from '../../ui/badge';
import { Button } from '../../ui/button';
import { AsOf, Empty, Failed, Loading } from '../../ui/states';
import { Behind } from '../../common/behind';
import type { Counted } from '../../common/counted';
import { useKpiFormats } from '../../common/kpi-formats';
import { PeriodPicker } from '../../common/period-picker';
import { usePeriodName, useSpanName } from '../../common/period-texts';
import { periodAfter, periodIn, periodOf } from '../../common/periods';
import { boardTexts } from './board-texts';
import { BoardTargets } from './board-targets';
import { keyOf, measureOf, type BoardData, type BoardStep } from './board-measure';
import { BoardTeams } from './board-teams';
import { useStepName } from './step-name';
import look from './board.module.css';

const boardQuery = (period: string) =>
  queryOptions({
    queryKey: ['board', period],
    queryFn: ({ signal }) => answerOf(api.GET('/v1/board', { params: { query: { period } }, signal })),
  });

/** What marketing and sales look at together: one funnel, its targets, and where they stand. */
export function Board() {
  const t = useTexts(boardTexts);
  const formats = useFormats();
  const spanOf = useSpanName();
  const { data: session } = useSession();
  const navigate = useNavigate({ from: '/board' });
  const asked = useSearch({ from: '/board' }).period;
  const today = formats.dayKey(now());
  const period = periodIn(asked) ?? periodOf(today, 'month');
  useLive('board', 'kpis', 'targets');
  const current = useQuery(boardQuery(period));
  const { data: board, error, isPending, refetch, dataUpdatedAt } = current;
  const { data: before } = useQuery(boardQuery(periodAfter(period, -1)));
  const [behind, setBehind] = useState<Counted>();
  const [isSetting, setSetting] = useState(false);
  return (
    <Page
      title={t('title')}
      note={
        board && (
          <span className={look['note']}>
            <span>{spanOf(board.from, board.to)}</span>
            <span>{t('days', { gone: formats.number(board.workingDaysGone), all: formats.number(board.workingDays) })}</span>
            <AsOf at={formats.clock(dataUpdatedAt)} isStale={isStale(current)} />
          </span>
        )
      }
      actions={
        <>
          <PeriodPicker period={period} onChoose={(next) => void navigate({ search: { period: next }, replace: true })} />
          {session && mayDo(session, 'targets.write') && (
            <Button icon={<Target aria-hidden="true" />} onPress={() => setSetting(true)} isDisabled={board === undefined}>
              {t('setTargets')}
            </Button>
          )}
        </>
      }
    >
      {isPending ? (
        <Loading rows={10} />
      ) : board === undefined ? (
        <Failed error={error} again={() => void refetch()} />
      ) : (
        <div className={look['board']}>
          {board.steps.every(({ actual }) => !actual) && (
            <Empty icon={<ChartNoAxesColumn />} title={t('nothing.title')}>
              {t('nothing.words')}
            </Empty>
          )}
          <Funnel board={board} before={before} open={setBehind} />
          <BoardTeams board={board} open={setBehind} />
          {isSetting && <BoardTargets board={board} close={() => setSetting(false)} />}
        </div>
      )}
      {behind && <Behind counted={behind} close={() => setBehind(undefined)} />}
    </Page>
  );
}

function Funnel({ board, before, open }: { board: BoardData; before: BoardData | undefined; open(counted: Counted): void }) {
  const t = useTexts(boardTexts);
  const nameOf = usePeriodName();
  const counts = board.steps.filter(({ currency }) => currency === undefined);
  const most = Math.max(1, ...counts.flatMap(({ actual, target }) => [actual ?? 0, target ?? 0]));
  const past = new Map(before?.steps.map((step) => [keyOf(step), step]));
  return (
    <section aria-label={t('title')} className={look['funnel']}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('columns.step')}</th>
            <th scope="col" className={look['wide']}>
              {t('columns.actual')}
            </th>
            <th scope="col">{t('columns.pace')}</th>
            <th scope="col" className={look['end']}>
              {nameOf(periodAfter(board.period, -1))}
            </th>
            <th scope="col" className={look['end']}>
              {t('columns.conversion')}
            </th>
          </tr>
        </thead>
        {(['marketing', 'sales'] as const).map((side) => (
          <tbody key={side} data-side={side}>
            <tr className={look['side']}>
              <th scope="rowgroup" colSpan={5}>
                {t(`sides.${side}`)}
              </th>
            </tr>
            {board.steps
              .filter((step) => step.side === side)
              .map((step) => (
                <Step
                  key={keyOf(step)}
                  step={step}
                  board={board}
                  beforeName={nameOf(periodAfter(board.period, -1))}
                  past={past.get(keyOf(step))?.actual}
                  most={step.currency === undefined ? most : Math.max(1, step.actual ?? 0, step.target ?? 0)}
                  open={open}
                />
              ))}
          </tbody>
        ))}
      </table>
      <p className={look['words']}>{t('paceWords')}</p>
    </section>
  );
}

function Step({
  step,
  board,
  beforeName,
  past,
  most,
  open,
}: {
  step: BoardStep;
  board: BoardData;
  beforeName: string;
  past: number | null | undefined;
  most: number;
  open(counted: Counted): void;
}) {
  const t = useTexts(boardTexts);
  const formats = useFormats();
  const kpis = useKpiFormats();
  const { actual, target, conversion, kpi } = step;
  const measure = measureOf(step);
  const name = useStepName()(step);
  const value = kpis.shortValue(actual, measure);
  const change = actual === null || past === null || past === undefined ? undefined : actual - past;
  return (
    <tr className={look['step']}>
      <th scope="row">{name}</th>
      <td className={look['wide']}>
        <div className={look['actual']}>
          {/* For the eye: the numbers are beside it. */}
          <svg className={look['bar']} aria-hidden="true" width="100%" height="22" preserveAspectRatio="none" viewBox="0 0 1000 22">
            <rect x="0" y="3" width={(1000 * (actual ?? 0)) / most} height="16" className={look['fill']} />
            {target !== null && target > 0 && <Mark at={(1000 * target) / most} />}
          </svg>
          <button
            type="button"
            className={look['number']}
            aria-label={t('open', { step: name, value })}
            onClick={() => open({ kpi, from: board.from, to: board.to, by: 'none', name, value: actual, measure })}
          >
            {value}
          </button>
          <span className={look['target']}>
            {target === null ? t('noTarget') : t('ofTarget', { target: kpis.shortValue(target, measure) })}
          </span>
        </div>
      </td>
      <td>
        <Pace step={step} isOver={board.elapsedShare === 1 && isPast(board, formats.dayKey(now()))} />
      </td>
      <td className={look['end']} data-cell="before">
        <span className={look['onPhone']}>{beforeName}</span>
        {past === undefined || past === null ? (
          ''
        ) : (
          <span className={look['before']}>
            <span>{kpis.shortValue(past, measure)}</span>
            {change !== undefined && (
              <span className={look['change']} data-change={change > 0 ? 'up' : change < 0 ? 'down' : 'same'}>
                {kpis.change(change, measure)}
              </span>
            )}
          </span>
        )}
      </td>
      <td className={look['end']}>{conversion !== null && <span className={look['conversion']}>{formats.share(conversion)}</span>}</td>
    </tr>
  );
}

const isPast = ({ to }: BoardData, today: string): boolean => to <= today;

/** Where the target is. Its line stays as thin as it is, however wide the bar. */
function Mark({ at }: { at: number }) {
  const x = Math.min(999, Math.max(1, at));
  return <line x1={x} x2={x} y1="0" y2="22" className={look['goal']} vectorEffect="non-scaling-stroke" />;
}

function Pace({ step: { pace, progress }, isOver }: { step: BoardStep; isOver: boolean }) {
  const t = useTexts(boardTexts);
  const formats = useFormats();
  if (isOver && progress !== null)
    return (
      <span className={look['pace']}>
        <Badge kind={progress >= 1 ? 'good' : 'bad'}>{progress >= 1 ? t('paces.reached') : t('paces.missed')}</Badge>
        <span>{formats.share(progress, 0)}</span>
      </span>
    );
  if (pace === null) return null;
  const kind = pace >= 0.995 ? 'good' : pace >= 0.8 ? 'warm' : 'bad';
  return (
    <span className={look['pace']}>
      <Badge kind={kind}>{t(`paces.${kind}`)}</Badge>
      <span>{formats.share(pace, 0)}</span>
    </span>
  );
}
