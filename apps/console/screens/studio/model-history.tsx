import { answerOf, api } from '../../api/client';
import { queries } from '../../api/query-client';
import { useCommand } from '../../api/use-command';
import { mayDo } from '../../app/screens';
import { useSession } from '../../app/session';
import { useTexts } from '../../app/texts';
import { toast } from '../../ui/toast';
import { DocumentHistory } from '../../common/document-history';
import type { Model } from './model-editor';
import { studioTexts } from './studio-texts';

export function ModelHistory({ model, onEdit }: { model: Model; onEdit(text: string): void }) {
  const t = useTexts(studioTexts);
  const { data: session } = useSession();
  const { modelId, live } = model;
  const params = { path: { id: modelId } };
  const back = useCommand(
    (_intent: { id: string }) => answerOf(api.POST('/v1/models/{id}/rollback', { params, body: { from: live?.version } })),
    { changes: ['models'], onDone: ({ version }) => toast(t('rolledBack', { version })) },
  );
  return (
    <DocumentHistory
      past={model}
      mayWrite={session != null && mayDo(session, 'models.write')}
      textOf={(version) =>
        queries
          .fetchQuery({
            queryKey: ['models', modelId, 'document', version],
            queryFn: ({ signal }) => answerOf(api.GET('/v1/models/{id}', { params: { ...params, query: { version } }, signal })),
            staleTime: Infinity,
          })
          .then(({ text }) => text)
      }
      edit={onEdit}
      back={back}
      backWords={t('rollbackWords', { version: live?.version ?? '' })}
      how={({ mode, handoffs }) => [mode && t(`modes.${mode}`), handoffs && t(`handoffsAt.${handoffs}`)].filter(Boolean).join(' · ')}
    />
  );
}
