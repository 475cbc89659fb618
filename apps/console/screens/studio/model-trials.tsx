import { useQuery } from '@tanstack/react-query';
import { FlaskConical } from 'lucide-react';
import { answerOf, api } from '../../api/client';
import type { components } from '../../api/types.gen';
import { useCommand } from '../../api/use-command';
import { useFormats } from '../../app/formats';
import { useTexts } from '../../app/texts';
import { Badge } from '../../ui/badge';
import { Button } from '../../ui/button';
import { Empty, Failed, FailedLine, Loading } from '../../ui/states';
import { Table } from '../../ui/table';
import { studioTexts } from './studio-texts';
import { BacktestResult, PreviewResult, SuggestionResult } from './trial-results';
import look from './studio.module.css';

type Trial = components['schemas']['Trial'];
const STATE_KINDS = { waiting: 'plain', running: 'accent', done: 'good', failed: 'bad', cancelled: 'plain' } as const;
const LOOK_MS = 1_000;
const isUnderWay = (state: Trial['state'] | undefined) => state === 'waiting' || state === 'running';

/** What was tried, and what came of it. */
export function ModelTrials({
  modelId,
  chosen,
  onChoose,
  onEdit,
}: {
  modelId: string;
  chosen: string | undefined;
  onChoose(id: string): void;
  onEdit(text: string): void;
}) {
  const t = useTexts(studioTexts);
  const formats = useFormats();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['trials', modelId],
    queryFn: ({ signal }) => answerOf(api.GET('/v1/models/{id}/trials', { params: { path: { id: modelId } }, signal })),
    refetchInterval: ({ state }) => (state.data?.items.some((one) => isUnderWay(one.state)) ? LOOK_MS : false),
  });
  if (isPending) return <Loading />;
  if (data === undefined) return <Failed error={error} again={() => void refetch()} />;
  if (data.items.length === 0)
    return (
      <Empty icon={<FlaskConical />} title={t('noTrials.title')}>
        {t('noTrials.words')}
      </Empty>
    );
  const shown = data.items.find(({ id }) => id === chosen) ?? data.items[0]!;
  return (
    <div className={`${look['part']} ${look['history']}`}>
      <Table
        label={t('tabs.trials')}
        rows={data.items}
        keyOf={({ id }) => id}
        onOpen={({ id }) => onChoose(id)}
        openKey={shown.id}
        height={Math.min(12, data.items.length + 1) * 40 + 8}
        columns={[
          { id: 'kind', name: t('kind'), cell: ({ kind }) => t(`kinds.${kind}`) },
          { id: 'version', name: t('version'), cell: ({ version }) => version, isWide: true },
          { id: 'at', name: t('asked'), cell: ({ askedAt }) => formats.moment(askedAt) },
          { id: 'state', name: t('state'), cell: ({ state }) => <Badge kind={STATE_KINDS[state]}>{t(`states.${state}`)}</Badge> },
          {
            id: 'figures',
            name: t('figures'),
            isWide: true,
            width: '2fr',
            cell: ({ figures = {} }) =>
              Object.entries(figures)
                .map(([name, value]) => `${name} ${formats.number(value, 3)}`)
                .join(', '),
          },
        ]}
      />
      <TrialShown key={shown.id} id={shown.id} onEdit={onEdit} />
    </div>
  );
}

function TrialShown({ id, onEdit }: { id: string; onEdit(text: string): void }) {
  const t = useTexts(studioTexts);
  const formats = useFormats();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['trials', 'one', id],
    queryFn: ({ signal }) => answerOf(api.GET('/v1/trials/{trial}', { params: { path: { trial: id } }, signal })),
    refetchInterval: ({ state }) => (isUnderWay(state.data?.state) ? LOOK_MS : false),
  });
  const stop = useCommand((_intent: { id: string }) => answerOf(api.DELETE('/v1/trials/{trial}', { params: { path: { trial: id } } })), {
    changes: ['trials'],
  });
  if (isPending) return <Loading rows={3} />;
  if (data === undefined) return <Failed error={error} again={() => void refetch()} />;
  const { kind, state, progress, error: said, result } = data;
  return (
    <section className={look['part']} aria-label={t(`kinds.${kind}`)}>
      <div className={look['row']}>
        <h2>{t(`kinds.${kind}`)}</h2>
        {isUnderWay(state) && (
          <>
            <span className={look['soft']}>{formats.share(progress, 0)}</span>
            <Button size="s" isPending={stop.isPending} onPress={() => void stop.tell({})}>
              {t('cancelTrial')}
            </Button>
          </>
        )}
      </div>
      {isUnderWay(state) && <progress className={look['progress']} value={progress} max={1} aria-label={t(`kinds.${kind}`)} />}
      {stop.error && <FailedLine error={stop.error} />}
      {said !== undefined && <FailedLine said={said} />}
      {result !== undefined &&
        ('moves' in result ? (
          <PreviewResult of={result} />
        ) : 'heldOut' in result ? (
          <SuggestionResult of={result} onEdit={onEdit} />
        ) : (
          <BacktestResult of={result} />
        ))}
    </section>
  );
}
