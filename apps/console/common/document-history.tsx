import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useFormats } from '../app/formats';
import { useTexts } from '../app/texts';
import { Badge } from '../ui/badge';
import { Button } from '../ui/button';
import { ConfirmDialog } from '../ui/dialog';
import { FailedLine } from '../ui/states';
import { doingsOf, type Doing, type Past } from './document-past';
import { documentTexts } from './document-texts';
import look from './documents.module.css';

/** What was drafted and published when, the last first; each version can be edited from, and the one before be live again. */
export function DocumentHistory<Of extends Past['published'][number]>({
  past,
  mayWrite,
  textOf,
  edit,
  back,
  backWords,
  how,
}: {
  past: Past<Of>;
  mayWrite: boolean;
  textOf(version: string): Promise<string>;
  edit(text: string): void;
  back: { tell(intent: object): Promise<unknown>; isPending: boolean; error: unknown };
  /** What follows from it. */
  backWords: string;
  /** As what a version was published. */
  how?: (publication: Of) => ReactNode;
}) {
  const t = useTexts(documentTexts);
  const formats = useFormats();
  const [isAsking, setAsking] = useState(false);
  const opened = useMutation({ mutationFn: textOf, onSuccess: edit, retry: false });
  const doings = doingsOf(past);
  const said = ({ what, isLive, publication }: Doing<Of>) => (
    <>
      {t(what)} {isLive && <Badge kind="good">{t('live')}</Badge>}{' '}
      {publication && how && <span className={look['soft']}>{how(publication)}</span>}
    </>
  );
  return (
    <div className={look['history']}>
      {opened.error && <FailedLine error={opened.error} />}
      {mayWrite && past.published.length > 1 && (
        <div>
          <Button onPress={() => setAsking(true)}>{t('rollback')}</Button>
        </div>
      )}
      {doings.length === 0 ? (
        <p className={look['soft']}>{t('nothing')}</p>
      ) : (
        <div className={look['scroll']} tabIndex={0} role="region" aria-label={t('history')}>
          <table className={look['table']}>
            <thead>
              <tr>
                <th scope="col">{t('when')}</th>
                <th scope="col">{t('what')}</th>
                <th scope="col">{t('version')}</th>
                <td />
              </tr>
            </thead>
            <tbody>
              {doings.map((one) => (
                <tr key={`${one.position} ${one.version}`}>
                  <th scope="row">{one.at === undefined ? t('ofSettings') : formats.fullMoment(one.at)}</th>
                  <td>{said(one)}</td>
                  <td>
                    <code>{one.version}</code>
                  </td>
                  <td>
                    {mayWrite && (
                      <Button
                        size="s"
                        kind="quiet"
                        isPending={opened.isPending && opened.variables === one.version}
                        onPress={() => opened.mutate(one.version)}
                        aria-label={t('editOf', { version: one.version })}
                      >
                        {t('edit')}
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
        onConfirm={() => void back.tell({}).then((answer) => answer !== undefined && setAsking(false))}
        isPending={back.isPending}
        error={back.error}
      >
        <p>{backWords}</p>
      </ConfirmDialog>
    </div>
  );
}
