import { useMutation, useQuery } from '@tanstack/react-query';
import { useMemo, useRef, useState } from 'react';
import { answerOf, api } from '../../api/client';
import { markersOf } from '../../api/markers';
import { newId } from '../../api/use-command';
import { useTimeZone } from '../../app/formats';
import { useTexts } from '../../app/texts';
import { Button } from '../../ui/button';
import { Editor } from '../../ui/editor';
import { Field } from '../../ui/form';
import { Failed } from '../../ui/states';
import { Answer } from './answer';
import { Files } from './files';
import { asMoment } from './moments';
import { reportsTexts } from './reports-texts';
import look from './reports.module.css';

/** One SELECT at a time; what runs can be stopped. */
export function SqlDesk({ sql, onType }: { sql: string; onType(sql: string): void }) {
  const t = useTexts(reportsTexts);
  const [asOf, setAsOf] = useState('');
  const running = useRef<string>(undefined);
  const { data: views } = useQuery({
    queryKey: ['sql', 'views'],
    queryFn: ({ signal }) => answerOf(api.GET('/v1/sql/views', { signal })),
    staleTime: 5 * 60_000,
  });
  const schema = useMemo(
    () => views && Object.fromEntries(views.items.map(({ name, columns }) => [name, columns.map((column) => column.name)])),
    [views],
  );
  const body = { sql, asOf: asMoment(asOf, useTimeZone()) };
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: () => {
      running.current = newId();
      return answerOf(api.POST('/v1/sql', { body: { ...body, questionId: running.current, format: 'json', names: false } }));
    },
    retry: false,
  });
  const markers = useMemo(() => markersOf(error), [error]);
  return (
    <div className={look['split']}>
      <section className={look['part']} aria-label={t('views')}>
        <h2>{t('views')}</h2>
        <div className={look['views']} tabIndex={0} role="group" aria-label={t('views')}>
          {views?.items.map(({ name, description, columns }) => (
            <details key={name}>
              <summary>{name}</summary>
              <p className={look['soft']}>{description}</p>
              <dl>
                {columns.map((column) => (
                  <div key={column.name}>
                    <dt>{column.name}</dt>
                    <dd>{column.description}</dd>
                  </div>
                ))}
              </dl>
            </details>
          ))}
        </div>
      </section>
      <div className={look['part']}>
        <Editor
          label={t('editor')}
          language="sql"
          value={sql}
          onChange={onType}
          schema={schema}
          markers={markers}
          onRun={() => mutate()}
          height={220}
        />
        <div className={look['row']}>
          <Button kind="main" isPending={isPending} onPress={() => mutate()}>
            {t('run')}
          </Button>
          {isPending && (
            <Button
              onPress={() =>
                void api.DELETE('/v1/sql/questions/{id}', { params: { path: { id: running.current! } } }).catch(() => undefined)
              }
            >
              {t('stop')}
            </Button>
          )}
          <Field label={t('asOf')} type="datetime-local" value={asOf} onChange={setAsOf} />
          <Files
            ask={(format) => answerOf(api.POST('/v1/sql', { body: { ...body, format, names: false }, parseAs: 'blob' }))}
            name="leadlog"
          />
          <span className={look['soft']}>{t('keys')}</span>
        </div>
        {error !== null && !isPending ? <Failed error={error} again={() => mutate()} /> : typeof data === 'object' && <Answer of={data} />}
      </div>
    </div>
  );
}
