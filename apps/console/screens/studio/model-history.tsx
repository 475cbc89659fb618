import { useState } from 'react';
import { answerOf, api } from '../../api/client';
import { queries } from '../../api/query-client';
import { useCommand } from '../../api/use-command';
import { useFormats } from '../../app/formats';
import { mayDo } from '../../app/screens';
import { useSession } from '../../app/session';
import { useTexts } from '../../app/texts';
import { Badge } from '../../ui/badge';
import { Button } from '../../ui/button';
import { FailedLine } from '../../ui/states';
import { Table } from '../../ui/table';
import { toast } from '../../ui/toast';
import type { Model } from './model-editor';
import { studioTexts } from './studio-texts';
import look from './studio.module.css';

/** What was drafted and what was published when. */
export function ModelHistory({ model: { modelId, live, published, versions }, onEdit }: { model: Model; onEdit(text: string): void }) {
  const t = useTexts(studioTexts);
  const formats = useFormats();
  const { data: session } = useSession();
  const mayWrite = session != null && mayDo(session, 'models.write');
  const [failure, setFailure] = useState<unknown>();
  const rollback = useCommand(
    (_intent: { id: string }) =>
      answerOf(api.POST('/v1/models/{id}/rollback', { params: { path: { id: modelId } }, body: { from: live?.version } })),
    { changes: ['models'], onDone: ({ version }) => toast(t('rolledBack', { version })) },
  );
  const open = (version: string) =>
    queries
      .fetchQuery({
        queryKey: ['models', modelId, 'document', version],
        queryFn: ({ signal }) => answerOf(api.GET('/v1/models/{id}', { params: { path: { id: modelId }, query: { version } }, signal })),
        staleTime: Infinity,
      })
      .then(({ text }) => onEdit(text), setFailure);
  const opener = (version: string) => (
    <Button size="s" onPress={() => void open(version)}>
      {t('open')}
    </Button>
  );
  return (
    <div className={`${look['part']} ${look['history']}`}>
      {failure != null && <FailedLine error={failure} />}
      {rollback.error && <FailedLine error={rollback.error} />}
      {mayWrite && published.length > 1 && (
        <div className={look['row']}>
          <Button isPending={rollback.isPending} onPress={() => void rollback.tell({})}>
            {t('rollback')}
          </Button>
        </div>
      )}
      {published.length > 0 && (
        <Table
          label={t('publishedAt')}
          rows={published.toReversed()}
          keyOf={({ position = '', version }) => `${position} ${version}`}
          columns={[
            { id: 'version', name: t('version'), cell: ({ version }) => version },
            { id: 'at', name: t('publishedAt'), cell: ({ publishedAt }) => publishedAt !== undefined && formats.fullMoment(publishedAt) },
            {
              id: 'how',
              name: t('as'),
              isWide: true,
              cell: ({ mode, handoffs }) =>
                [mode && t(`modes.${mode}`), handoffs && t(`handoffsAt.${handoffs}`)].filter(Boolean).join(' · '),
            },
            {
              id: 'state',
              name: t('state'),
              cell: ({ position, rollbackTo }) => (
                <span className={look['row']}>
                  {position === live?.position && <Badge kind="good">{t('isLive')}</Badge>}
                  {rollbackTo !== undefined && <Badge>{t('isRollback')}</Badge>}
                </span>
              ),
            },
            { id: 'open', name: t('open'), cell: ({ document }) => opener(document) },
          ]}
        />
      )}
      {versions.length > 0 && (
        <Table
          label={t('draftedAt')}
          rows={versions.toReversed()}
          keyOf={({ version }) => version}
          columns={[
            { id: 'version', name: t('version'), cell: ({ version }) => version },
            { id: 'at', name: t('draftedAt'), cell: ({ draftedAt }) => formats.fullMoment(draftedAt) },
            { id: 'state', name: t('state'), cell: ({ published: was }) => was && <Badge>{t('publishedAt')}</Badge> },
            { id: 'open', name: t('open'), cell: ({ version }) => opener(version) },
          ]}
        />
      )}
      {versions.length === 0 && published.length === 0 && <p className={look['soft']}>{t('live', { version: live?.version ?? '' })}</p>}
    </div>
  );
}
