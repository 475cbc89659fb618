import { useMutation, useQuery } from '@tanstack/react-query';
import { ChartSpline } from 'lucide-react';
import { useState } from 'react';
import { answerOf, api } from '../../api/client';
import { queries } from '../../api/query-client';
import type { components } from '../../api/types.gen';
import { useFormats, useTimeZone } from '../../app/formats';
import { useTexts } from '../../app/texts';
import { Button } from '../../ui/button';
import { Field } from '../../ui/form';
import { Empty, Failed, FailedLine, Loading } from '../../ui/states';
import { toast } from '../../ui/toast';
import { Answer } from './answer';
import { Files } from './files';
import { asMoment } from './moments';
import { reportsTexts } from './reports-texts';
import look from './reports.module.css';

type Report = components['schemas']['Report'];
type Value = string | number | boolean | null;

export function Gallery({
  chosen,
  onChoose,
  onSql,
}: {
  chosen: string | undefined;
  onChoose(name: string): void;
  onSql(sql: string): void;
}) {
  const t = useTexts(reportsTexts);
  const [sought, setSought] = useState('');
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['reports'],
    queryFn: ({ signal }) => answerOf(api.GET('/v1/reports', { signal })),
  });
  if (isPending) return <Loading />;
  if (data === undefined) return <Failed error={error} again={() => void refetch()} />;
  if (data.items.length === 0)
    return (
      <Empty icon={<ChartSpline />} title={t('none.title')}>
        {t('none.words')}
      </Empty>
    );
  const found = data.items.filter(({ name, title, description }) =>
    `${name} ${title} ${description}`.toLowerCase().includes(sought.trim().toLowerCase()),
  );
  const shown = data.items.find(({ name }) => name === chosen);
  return (
    <div className={look['split']}>
      <nav className={look['part']} aria-label={t('tabs.gallery')}>
        <Field label={t('find')} isLabelHidden type="search" placeholder={t('find')} value={sought} onChange={setSought} />
        <ul className={look['list']}>
          {found.map(({ name, title }) => (
            <li key={name}>
              <button type="button" className={look['one']} aria-current={name === chosen} onClick={() => onChoose(name)}>
                {title}
              </button>
            </li>
          ))}
        </ul>
        {data.wrong.length > 0 && (
          <section>
            <h2>{t('wrong')}</h2>
            {data.wrong.map(({ name, problem }) => (
              <p key={name} className={look['soft']}>
                {name}: {problem}
              </p>
            ))}
          </section>
        )}
      </nav>
      {shown ? (
        <ReportShown key={shown.name} report={shown} onSql={onSql} />
      ) : (
        <Empty icon={<ChartSpline />} title={t('choose.title')}>
          {t('choose.words')}
        </Empty>
      )}
    </div>
  );
}

function ReportShown({
  report: { name, title, description, parameters, chart, schedule, runs },
  onSql,
}: {
  report: Report;
  onSql(sql: string): void;
}) {
  const t = useTexts(reportsTexts);
  const formats = useFormats();
  const [values, setValues] = useState<Record<string, string>>({});
  const [asOf, setAsOf] = useState('');
  const given = Object.fromEntries(
    parameters.flatMap(({ name: of, type }): [string, Value][] => {
      const value = values[of];
      if (value === undefined || value === '') return [];
      return [[of, type === 'integer' || type === 'number' ? Number(value) : value]];
    }),
  );
  const body = { parameters: given, asOf: asMoment(asOf, useTimeZone()) };
  const run = useMutation({
    mutationFn: (keep: boolean) =>
      answerOf(api.POST('/v1/reports/{name}/run', { params: { path: { name } }, body: { ...body, keep, format: 'json' } })),
    onSuccess: (_answer, keep) => {
      if (!keep) return undefined;
      toast(t('isKept'));
      return queries.invalidateQueries({ queryKey: ['reports', name] });
    },
    retry: false,
  });
  const kept = useQuery({
    queryKey: ['reports', name, 'kept'],
    queryFn: ({ signal }) => answerOf(api.GET('/v1/reports/{name}/results', { params: { path: { name } }, signal })),
  });
  const [keptId, setKeptId] = useState<string>();
  const one = useQuery({
    queryKey: ['reports', name, 'kept', keptId],
    queryFn: ({ signal }) => answerOf(api.GET('/v1/reports/{name}/results/{id}', { params: { path: { name, id: keptId! } }, signal })),
    enabled: keptId !== undefined,
  });
  const sql = useMutation({
    mutationFn: () => answerOf(api.GET('/v1/reports/{name}', { params: { path: { name } } })),
    onSuccess: ({ sql: text }) => onSql(text),
  });
  // JSON was asked for: rows, or what was kept of them.
  const made = typeof run.data === 'object' ? ('answer' in run.data ? run.data.answer : run.data) : undefined;
  const answer = keptId === undefined ? made : one.data?.answer;
  const failure = keptId === undefined ? run.error : one.error;
  return (
    <section className={look['part']} aria-label={title}>
      <h2>{title}</h2>
      <p>{description}</p>
      {schedule !== undefined && runs && <p className={look['soft']}>{t('every', { schedule, at: formats.moment(runs.nextAt) })}</p>}
      {runs?.failed && <FailedLine said={runs.failed.error} />}
      <div className={look['row']}>
        {parameters.map(({ name: of, type, description: hint, default: byDefault }) => (
          <Field
            key={of}
            label={of}
            hint={hint}
            type={type === 'date' ? 'date' : type === 'integer' || type === 'number' ? 'number' : 'text'}
            step={type === 'number' ? 'any' : undefined}
            placeholder={byDefault === undefined ? t('required') : byDefault === null ? '' : String(byDefault)}
            isRequired={byDefault === undefined}
            value={values[of] ?? ''}
            onChange={(value) => setValues((before) => ({ ...before, [of]: value }))}
          />
        ))}
        <Field label={t('asOf')} hint={t('asOfHint')} type="datetime-local" value={asOf} onChange={setAsOf} />
      </div>
      <div className={look['bar']}>
        <Button
          kind="main"
          isPending={run.isPending}
          onPress={() => {
            setKeptId(undefined);
            run.mutate(false);
          }}
        >
          {t('run')}
        </Button>
        <Button
          isPending={run.isPending}
          onPress={() => {
            setKeptId(undefined);
            run.mutate(true);
          }}
        >
          {t('keep')}
        </Button>
        <Files
          ask={(format) =>
            answerOf(
              api.POST('/v1/reports/{name}/run', { params: { path: { name } }, body: { ...body, format, keep: false }, parseAs: 'blob' }),
            )
          }
          name={name}
        />
        <Button kind="quiet" isPending={sql.isPending} onPress={() => sql.mutate()}>
          {t('openSql')}
        </Button>
      </div>
      {kept.data && kept.data.items.length > 0 && (
        <div className={look['bar']} role="group" aria-label={t('kept')}>
          <span className={look['soft']}>{t('kept')}</span>
          {kept.data.items.slice(0, 8).map(({ id, madeAt }) => (
            <Button key={id} size="s" kind="quiet" aria-pressed={id === keptId} onPress={() => setKeptId(id)}>
              {formats.moment(madeAt)}
            </Button>
          ))}
        </div>
      )}
      {failure ? <Failed error={failure} /> : answer && <Answer of={answer} chart={chart} />}
    </section>
  );
}
