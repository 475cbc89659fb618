import { useQuery } from '@tanstack/react-query';
import { ListChecks } from 'lucide-react';
import { useState } from 'react';
import { answerOf, api } from '../../api/client';
import { useCommand } from '../../api/use-command';
import { useFormats } from '../../app/formats';
import { useTexts } from '../../app/texts';
import { Button, Chip } from '../../ui/button';
import { Rows } from '../../ui/rows';
import { Empty, Failed, FailedLine, Loading } from '../../ui/states';
import { toast } from '../../ui/toast';
import { operationsTexts } from './operations-texts';
import look from './operations.module.css';

const STATES = ['dead', 'waiting', 'active', 'done'] as const;
type JobState = (typeof STATES)[number];
const LOOK_MS = 5_000;

export function Jobs() {
  const t = useTexts(operationsTexts);
  const formats = useFormats();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['jobs'],
    queryFn: ({ signal }) => answerOf(api.GET('/v1/jobs', { signal })),
    refetchInterval: LOOK_MS,
  });
  const [shown, setShown] = useState<string>();
  if (isPending) return <Loading rows={3} />;
  if (data === undefined) return <Failed error={error} again={() => void refetch()} />;
  if (data.items.length === 0)
    return (
      <Empty icon={<ListChecks />} title={t('jobs.none.title')}>
        {t('jobs.none.words')}
      </Empty>
    );
  const queue = data.items.find((one) => one.queue === shown) ?? data.items.find(({ dead }) => dead > 0) ?? data.items[0]!;
  return (
    <div className={look['part']}>
      <Rows
        label={t('parts.jobs')}
        rows={data.items}
        keyOf={(one) => one.queue}
        columns={[
          {
            id: 'queue',
            name: t('jobs.queue'),
            isName: true,
            cell: (one) => (
              <Button size="s" kind="quiet" aria-pressed={one === queue} onPress={() => setShown(one.queue)}>
                {one.queue}
              </Button>
            ),
          },
          ...(['waiting', 'delayed', 'active', 'done'] as const).map((id) => ({
            id,
            name: t(`jobs.${id}`),
            isNumber: true,
            cell: (one: (typeof data.items)[number]) => formats.number(one[id]),
          })),
          {
            id: 'dead',
            name: t('jobs.dead'),
            isNumber: true,
            cell: ({ dead }) => <span className={dead > 0 ? look['bad'] : undefined}>{formats.number(dead)}</span>,
          },
        ]}
      />
      <JobsOf key={queue.queue} queue={queue.queue} />
    </div>
  );
}

function JobsOf({ queue }: { queue: string }) {
  const t = useTexts(operationsTexts);
  const formats = useFormats();
  const [state, setState] = useState<JobState>('dead');
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['jobs', queue, state],
    queryFn: ({ signal }) => answerOf(api.GET('/v1/jobs/{queue}', { params: { path: { queue }, query: { state, limit: 100 } }, signal })),
    refetchInterval: LOOK_MS,
  });
  const redrive = useCommand(
    ({ job }: { id: string; job?: string }) =>
      answerOf(api.POST('/v1/jobs/{queue}/redrive', { params: { path: { queue } }, body: { id: job } })),
    { changes: ['jobs'], onDone: ({ redriven }) => toast(t('jobs.redriven', { count: redriven.length })) },
  );
  return (
    <section className={look['part']} aria-label={t('jobs.show', { queue })}>
      <div className={look['row']}>
        <h2>{t('jobs.show', { queue })}</h2>
        <div className={look['row']} role="group" aria-label={t('jobs.state')}>
          {STATES.map((one) => (
            <Chip key={one} isSelected={state === one} onChange={() => setState(one)}>
              {t(`jobs.${one}`)}
            </Chip>
          ))}
        </div>
        {state === 'dead' && data !== undefined && data.items.length > 0 && (
          <Button size="s" isPending={redrive.isPending} onPress={() => void redrive.tell({})}>
            {t('jobs.redriveAll')}
          </Button>
        )}
      </div>
      {redrive.error && <FailedLine error={redrive.error} />}
      {isPending ? (
        <Loading rows={3} />
      ) : data === undefined ? (
        <Failed error={error} again={() => void refetch()} />
      ) : data.items.length === 0 ? (
        <p className={look['soft']}>{t('jobs.noJobs', { state: t(`jobs.${state}`) })}</p>
      ) : (
        <Rows
          label={t('jobs.show', { queue })}
          rows={data.items}
          keyOf={({ id }) => id}
          columns={[
            { id: 'id', name: t('jobs.id'), isName: true, cell: ({ id }) => id },
            { id: 'attempts', name: t('jobs.attempts'), isNumber: true, cell: ({ attempts }) => formats.number(attempts) },
            { id: 'due', name: t('jobs.due'), cell: ({ dueAt }) => formats.moment(dueAt) },
            { id: 'error', name: t('jobs.lastError'), cell: ({ lastError }) => <span className={look['bad']}>{lastError}</span> },
            {
              id: 'redrive',
              name: t('jobs.redrive'),
              isNameHidden: true,
              isNumber: true,
              cell: ({ id }) =>
                state === 'dead' && (
                  <Button
                    size="s"
                    isPending={redrive.isPending}
                    onPress={() => void redrive.tell({ job: id })}
                    aria-label={`${t('jobs.redrive')}: ${id}`}
                  >
                    {t('jobs.redrive')}
                  </Button>
                ),
            },
          ]}
        />
      )}
    </section>
  );
}
