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
import { kpiWords, type Kpi, type KpiName } from '../../common/kpis';
import { measureOf, type BoardData } from './board-measure';
import { boardTexts } from './board-texts';
import look from './board.module.css';

const SPLITS = ['team', 'rep', 'kind'] as const;
type Split = (typeof SPLITS)[number];

/** Steps that somebody is credited with. */
export const CREDITED = [
  'handoffs',
  'handoffs-accepted',
  'appointments',
  'first-meetings',
  'proposals',
  'quotes',
  'wins',
  'amount-won',
] as const satisfies readonly KpiName[];

/** The same steps, of each team or representative, with their own targets. */
export function BoardTeams({ board, open }: { board: BoardData; open(counted: Counted): void }) {
  const t = useTexts(boardTexts);
  const k = useTexts(kpiWords);
  const kpis = useKpiFormats();
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
  const cellOf = (group: string, kpi: KpiName): Kpi | undefined =>
    data?.items.find((row) => row.kpi === kpi && (row.group ?? '') === group && row.value !== 0) ??
    data?.items.find((row) => row.kpi === kpi && (row.group ?? '') === group);
  const columns = CREDITED.flatMap((kpi) => board.steps.filter((step) => step.kpi === kpi).slice(0, 1));
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
      ) : error ? (
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
                  <th key={step.kpi} scope="col" className={look['end']}>
                    {t(`steps.${step.step}`)}
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
                    const cell = cellOf(group, step.kpi as KpiName);
                    const measure = measureOf({ kpi: step.kpi, currency: cell?.currency ?? step.currency });
                    const target = targets?.items.find((one) => one.scopeId === group && one.kpi === step.kpi);
                    const value = cell?.value ?? 0;
                    return (
                      <td key={step.kpi} className={look['end']}>
                        <button
                          type="button"
                          className={look['number']}
                          data-none={value === 0 || undefined}
                          aria-label={t('open', {
                            step: `${kpis.group(by, group)}, ${t(`steps.${step.step}`)}`,
                            value: kpis.shortValue(value, measure),
                          })}
                          onClick={() =>
                            open({
                              kpi: step.kpi,
                              from,
                              to,
                              by,
                              group,
                              name: `${t(`steps.${step.step}`)} · ${kpis.group(by, group)}`,
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
