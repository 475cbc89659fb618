import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api, now } from '../../api/client';
import { useReps } from '../../api/reps';
import { useFormats } from '../../app/formats';
import { usePreferences, type Language } from '../../app/preferences';
import { useTexts } from '../../app/texts';
import { Badge } from '../../ui/badge';
import { Editor } from '../../ui/editor';
import { Rows } from '../../ui/rows';
import { Failed, Loading } from '../../ui/states';
import { Behind } from '../../common/behind';
import type { Counted } from '../../common/counted';
import { NOTHING, useKpiFormats } from '../../common/kpi-formats';
import { kpiWords, type KpiName } from '../../common/kpis';
import { daysOf, periodOf } from '../../common/periods';
import { useStored, type DocumentKind } from './documents';
import { processTexts } from './process-texts';
import look from './process.module.css';

type Said = string | Partial<Record<Language, string>>;
interface Stage {
  id: string;
  name: Said;
  purpose: Said;
  entry: string | string[];
  exit?: string | string[];
  kpis?: KpiName[];
  next?: { do: string; within?: string; because?: Said }[];
  giveUp?: { because?: Said };
  flow?: { id: string; kind: string; required?: boolean; text: Said }[];
}

/** What counts now, as people read it. */
export function DocumentNow({ kind, id }: { kind: DocumentKind; id: string }) {
  const t = useTexts(processTexts);
  const { data, error, isPending, refetch } = useStored(kind, id);
  if (isPending) return <Loading rows={8} />;
  if (data === undefined) return <Failed error={error} again={() => void refetch()} />;
  if (kind === 'process') return <Stages stages={(data.definition as { stages: Stage[] }).stages} />;
  if (kind === 'organisation') return <Teams definition={data.definition as Organisation} />;
  return <Editor label={t('text')} language="yaml" value={data.text} isReadOnly height="min(60dvh, 40rem)" />;
}

const BY_HOUR = /-by-hour$/;

function Stages({ stages }: { stages: readonly Stage[] }) {
  const t = useTexts(processTexts);
  const kpis = useKpiFormats();
  const formats = useFormats();
  const { language } = usePreferences();
  const [behind, setBehind] = useState<Counted>();
  const say = (said: Said | undefined): string =>
    said === undefined ? '' : typeof said === 'string' ? said : (said[language] ?? said.ja ?? said.en ?? '');
  const { from, to } = daysOf(periodOf(formats.dayKey(now()), 'month'));
  const asked = [...new Set(stages.flatMap(({ kpis: some = [] }) => some))].filter((kpi) => !BY_HOUR.test(kpi));
  const { data } = useQuery({
    queryKey: ['kpis', 'stages', from, to, asked.join(',')],
    enabled: asked.length > 0,
    queryFn: ({ signal }) => answerOf(api.GET('/v1/kpis', { params: { query: { kpi: asked, from, to } }, signal })),
  });
  /** Of money, one for each currency. */
  const rowsOf = (kpi: KpiName) => data?.items.filter((row) => row.kpi === kpi) ?? [];
  const moments = (of: string | string[] | undefined) => [of ?? []].flat();
  return (
    <>
      <ol className={look['stages']}>
        {stages.map((stage, number) => (
          <li key={stage.id} className={look['stage']}>
            <header>
              <span className={look['step']}>{number + 1}</span>
              <div>
                <h2>{say(stage.name)}</h2>
                <p className={look['soft']}>{say(stage.purpose)}</p>
              </div>
            </header>
            <dl className={look['moments']}>
              <dt>{t('entry')}</dt>
              <dd>
                {moments(stage.entry).map((one) => (
                  <code key={one}>{one}</code>
                ))}
              </dd>
              {stage.exit !== undefined && (
                <>
                  <dt>{t('exit')}</dt>
                  <dd>
                    {moments(stage.exit).map((one) => (
                      <code key={one}>{one}</code>
                    ))}
                  </dd>
                </>
              )}
            </dl>
            {asked.some((kpi) => stage.kpis?.includes(kpi)) && (
              <div className={look['numbers']} role="group" aria-label={`${say(stage.name)}: ${t('numbers')}`}>
                {stage
                  .kpis!.filter((kpi) => !BY_HOUR.test(kpi))
                  .flatMap((kpi) => {
                    const rows = rowsOf(kpi);
                    return (rows.length > 0 ? rows : [undefined]).map((row) => (
                      <button
                        key={`${kpi} ${row?.currency ?? ''}`}
                        type="button"
                        className={look['number']}
                        disabled={row === undefined}
                        onClick={() =>
                          row &&
                          setBehind({
                            kpi,
                            from,
                            to,
                            by: 'none',
                            name: kpis.name(kpi),
                            value: row.value,
                            measure: { kpi, unit: row.unit, ...(row.currency !== undefined && { currency: row.currency }) },
                          })
                        }
                      >
                        <span>{kpis.name(kpi)}</span>
                        <strong>{row === undefined ? NOTHING : kpis.shortValue(row.value, row)}</strong>
                      </button>
                    ));
                  })}
              </div>
            )}
            {stage.next !== undefined && stage.next.length > 0 && (
              <section>
                <h3>{t('next')}</h3>
                <ul className={look['rules']}>
                  {stage.next.map((rule, place) => (
                    <li key={place}>
                      <code>{rule.do}</code> <span>{say(rule.because)}</span>
                      {rule.within !== undefined && <span className={look['soft']}>{t('within', { time: rule.within })}</span>}
                    </li>
                  ))}
                  {stage.giveUp && (
                    <li>
                      <Badge kind="warm">{t('giveUp')}</Badge> <span>{say(stage.giveUp.because)}</span>
                    </li>
                  )}
                </ul>
              </section>
            )}
            {stage.flow !== undefined && stage.flow.length > 0 && (
              <section>
                <h3>{t('flow')}</h3>
                <ol className={look['rules']}>
                  {stage.flow.map((item) => (
                    <li key={item.id}>
                      <span>{say(item.text)}</span> {item.required && <Badge kind="accent">{t('required')}</Badge>}
                    </li>
                  ))}
                </ol>
              </section>
            )}
          </li>
        ))}
      </ol>
      {behind && <Behind counted={behind} close={() => setBehind(undefined)} />}
    </>
  );
}

interface Organisation {
  reps?: { id: string; name?: string; team?: string; capacity?: number; leftOn?: string; absent?: { from: string; to: string }[] }[];
}

function Teams({ definition: { reps = [] } }: { definition: Organisation }) {
  const t = useTexts(processTexts);
  const k = useTexts(kpiWords);
  const formats = useFormats();
  const known = useReps();
  const today = formats.dayKey(now());
  const kindOf = (teamId: string | undefined) => known?.teams.find((team) => team.teamId === teamId);
  return (
    <Rows
      label={t('kinds.organisation')}
      rows={reps.filter(({ leftOn }) => leftOn === undefined || leftOn > today)}
      keyOf={({ id }) => id}
      columns={[
        { id: 'rep', name: t('rep'), isName: true, cell: ({ id, name }) => name ?? id },
        { id: 'team', name: t('team'), cell: ({ team }) => team },
        {
          id: 'kind',
          name: t('kind'),
          cell: ({ team }) => {
            const of = kindOf(team);
            return (
              <span>
                {of && k(`kinds.${of.kind}`)} {of?.employer === 'agency' && <Badge kind="accent">{k('employers.agency')}</Badge>}
              </span>
            );
          },
        },
        { id: 'capacity', name: t('capacity'), isNumber: true, cell: ({ capacity }) => capacity !== undefined && formats.number(capacity) },
        {
          id: 'absent',
          name: t('absent'),
          cell: ({ absent = [] }) =>
            absent
              .filter(({ to }) => to >= today)
              .map(({ from, to }) => `${from} – ${to}`)
              .join(', '),
        },
      ]}
    />
  );
}
