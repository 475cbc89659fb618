import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api } from '../../api/client';
import { useReps } from '../../api/reps';
import { useTexts } from '../../app/texts';
import { Badge } from '../../ui/badge';
import { Select } from '../../ui/form';
import { FailedLine, Loading } from '../../ui/states';
import type { Counted } from '../../common/counted';
import { useKpiFormats } from '../../common/kpi-formats';
import { kpiWords } from '../../common/kpis';
import { CREDITED, cellOf, creditedSteps, targetOf } from './board-cells';
import { keyOf, measureOf, type BoardData } from './board-measure';
import { boardTexts } from './board-texts';
import { useStepName } from './step-name';
import look from './board.module.css';

const SPLITS = ['team', 'rep', 'kind'] as const;
type Split = (typeof SPLITS)[number];

/** The same steps, of each team or representative, with their own targets. */
export function BoardTeams({ board, open }: { board: BoardData; open(counted: Counted): void }) {
  const t = useTexts(boardTexts);
  const k = useTexts(kpiWords);
  const kpis = useKpiFormats();
  const stepName = useStepName();
  const [by, setBy] = useState<Split>('team');
  const { from, to, period } = board;
  const { data, error, isPending } = useQuery({
    queryKey: ['kpis', 'board', from, to, by],
    queryFn: ({ signal }) =>
      answerOf(api.GET('/v1/kpis', { params: { query: { kpi: [...CREDITED], from, to, by, compare: 'previous' } }, signal })),
  });
  const { data: targets } = useQuery({
    queryKey: ['targets', period, by],
    enabled: by !== 'kind',
    queryFn: ({ signal }) =>
      answerOf(api.GET('/v1/targets', { params: { query: { period, scope: by === 'rep' ? 'rep' : 'team', limit: 500 } }, signal })),
  });
  const groups = [...new Set(data?.items.map(({ group = '' }) => group))].filter((group) =>
    data!.items.some((row) => row.group === group && (row.value || row.previous)),
  );
  const columns = creditedSteps(board.steps);
  const name = k(`bys.${by}`);
  return (
    <section className={look['teams']} aria-labelledby="board-teams">
      <div className={look['teamsHead']}>
        <h2 id="board-teams">{t('team.title', { by: name })}</h2>
        <Select
          label={t('split')}
          isLabelHidden
          options={SPLITS.map((id) => ({ id, name: k(`bys.${id}`) }))}
          chosen={by}
          onChoose={(id) => setBy(id as Split)}
          className={look['split']}
        />
      </div>
      {isPending ? (
        <Loading rows={4} />
      ) : data === undefined ? (
        <FailedLine error={error} />
      ) : groups.length === 0 ? (
        <p className={look['words']}>{t('team.empty')}</p>
      ) : (
        <div className={look['scroll']} tabIndex={0} role="group" aria-labelledby="board-teams">
          <table>
            <thead>
              <tr>
                <th scope="col">{name}</th>
                {columns.map((step) => (
                  <th key={keyOf(step)} scope="col" className={look['end']}>
                    {stepName(step)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {groups.map((group) => (
                <tr key={group}>
                  <th scope="row">
                    <span className={look['group']}>
                      {kpis.group(by, group)}
                      {by === 'team' && <TeamKind teamId={group} />}
                    </span>
                  </th>
                  {columns.map((step) => {
                    const cell = cellOf(data.items, group, step);
                    const measure = measureOf(step);
                    const target = targetOf(targets?.items ?? [], group, step);
                    const value = cell?.value ?? 0;
                    return (
                      <td key={keyOf(step)} className={look['end']}>
                        <button
                          type="button"
                          className={look['number']}
                          data-none={value === 0 || undefined}
                          aria-label={t('open', {
                            step: `${kpis.group(by, group)}, ${stepName(step)}`,
                            value: kpis.shortValue(value, measure),
                          })}
                          onClick={() =>
                            open({
                              kpi: step.kpi,
                              from,
                              to,
                              by,
                              group,
                              name: `${stepName(step)} · ${kpis.group(by, group)}`,
                              value,
                              measure,
                            })
                          }
                        >
                          {kpis.shortValue(value, measure)}
                        </button>
                        {target && (
                          <span className={look['target']}>{t('ofTarget', { target: kpis.shortValue(target.value, measure) })}</span>
                        )}
                        {cell?.change !== undefined && cell.change !== null && cell.change !== 0 && (
                          <span className={look['change']} data-change={cell.change > 0 ? 'up' : 'down'}>
                            {kpis.change(cell.change, measure)}
                          </span>
                        )}
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function TeamKind({ teamId }: { teamId: string }) {
  const k = useTexts(kpiWords);
  const team = useReps()?.teams.find((one) => one.teamId === teamId);
  if (team === undefined) return null;
  return (
    <>
      <Badge>{k(`kinds.${team.kind}`)}</Badge>
      {team.employer === 'agency' && <Badge kind="accent">{k('employers.agency')}</Badge>}
    </>
  );
}
