import { useState } from 'react';
import { queries } from '../../api/query-client';
import { useCommand } from '../../api/use-command';
import type { components } from '../../api/types.gen';
import { answerOf } from '../../api/client';
import { useFormats } from '../../app/formats';
import { mayDo } from '../../app/screens';
import { useSession } from '../../app/session';
import { useTexts } from '../../app/texts';
import { Badge } from '../../ui/badge';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/dialog';
import { FailedLine } from '../../ui/states';
import { toast } from '../../ui/toast';
import { askStored, rollBack, WRITES, type DocumentKind } from './documents';
import { processTexts } from './process-texts';
import look from './process.module.css';

type Past = components['schemas']['DocumentPast'];

/** What was drafted and published when, the last first. */
export function DocumentHistory({ kind, past, edit }: { kind: DocumentKind; past: Past; edit(text: string): void }) {
  const t = useTexts(processTexts);
  const formats = useFormats();
  const { data: session } = useSession();
  const mayWrite = session != null && mayDo(session, WRITES[kind]);
  const [isAsking, setAsking] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const { id, live, published, versions } = past;
  const back = useCommand((_intent: { id: string }) => rollBack(kind, id, live!.version), {
    changes: [kind, 'day', 'lead', 'reps'],
    onDone: ({ version }) => {
      setAsking(false);
      toast(t('rolledBack', { version }));
    },
  });
  const rows = [
    ...published.map(({ version, publishedAt = '', position = '', rollbackTo }) => ({
      version,
      at: publishedAt,
      position,
      what: rollbackTo === undefined ? t('wasPublished') : t('wasRolledBack'),
      isLive: live?.position === position,
    })),
    ...versions.map(({ version, draftedAt, position }) => ({ version, at: draftedAt, position, what: t('wasDrafted'), isLive: false })),
  ].sort((a, b) => Number(BigInt(b.position || 0) - BigInt(a.position || 0)));
  const open = (version: string) =>
    void queries
      .fetchQuery({ queryKey: [kind, 'document', id, version], queryFn: () => answerOf(askStored(kind, id, version)) })
      .then(({ text }) => edit(text), setFailure);
  return (
    <div className={look['history']}>
      {failure != null && <FailedLine error={failure} />}
      {mayWrite && published.length > 1 && (
        <div>
          <Button onPress={() => setAsking(true)}>{t('rollback')}</Button>
        </div>
      )}
      {rows.length === 0 ? (
        <p className={look['soft']}>{t('ofSettings')}</p>
      ) : (
        <div className={look['scroll']} tabIndex={0} role="region" aria-label={t('views.history')}>
          <table className={look['table']}>
            <thead>
              <tr>
                <th scope="col">{t('when')}</th>
                <th scope="col">{t('what')}</th>
                <th scope="col">{t('version', { version: '' }).trim()}</th>
                <td />
              </tr>
            </thead>
            <tbody>
              {rows.map(({ version, at, position, what, isLive }) => (
                <tr key={position}>
                  <th scope="row">{at === '' ? '' : formats.fullMoment(at)}</th>
                  <td>
                    {what} {isLive && <Badge kind="good">{t('now')}</Badge>}
                  </td>
                  <td>
                    <code>{version}</code>
                  </td>
                  <td>
                    {mayWrite && (
                      <Button size="s" kind="quiet" onPress={() => open(version)}>
                        {t('open')}
                      </Button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <ConfirmDialog
        title={t('rollbackTitle')}
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        confirm={t('rollbackNow')}
        onConfirm={() => void back.tell({})}
        isPending={back.isPending}
        error={back.error}
      >
        <p>{t('rollbackWords', { version: live?.version ?? '' })}</p>
      </ConfirmDialog>
    </div>
  );
}
