import { queries } from '../../api/query-client';
import { useCommand } from '../../api/use-command';
import type { components } from '../../api/types.gen';
import { answerOf } from '../../api/client';
import { mayDo } from '../../app/screens';
import { useSession } from '../../app/session';
import { useTexts } from '../../app/texts';
import { toast } from '../../ui/toast';
import { DocumentHistory } from '../../common/document-history';
import { askStored, CHANGES, rollBack, WRITES, type DocumentKind } from './documents';
import { processTexts } from './process-texts';

/** Of a process, a policy or the organisation. */
export function PastOfDocument({
  kind,
  past,
  edit,
}: {
  kind: DocumentKind;
  past: components['schemas']['DocumentPast'];
  edit(text: string): void;
}) {
  const t = useTexts(processTexts);
  const { data: session } = useSession();
  const { id, live } = past;
  const back = useCommand((_intent: { id: string }) => rollBack(kind, id, live!.version), {
    changes: [kind, ...CHANGES],
    onDone: ({ version }) => toast(t('rolledBack', { version })),
  });
  return (
    <DocumentHistory
      past={past}
      mayWrite={session != null && mayDo(session, WRITES[kind])}
      textOf={(version) =>
        queries
          .fetchQuery({ queryKey: [kind, 'document', id, version], queryFn: () => answerOf(askStored(kind, id, version)) })
          .then(({ text }) => text)
      }
      edit={edit}
      back={back}
      backWords={t('rollbackWords', { version: live?.version ?? '' })}
    />
  );
}
