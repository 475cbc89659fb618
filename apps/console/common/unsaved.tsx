import { useBlocker } from '@tanstack/react-router';
import { ConfirmDialog } from '../ui/dialog';
import { useTexts } from '../app/texts';
import { documentTexts } from './document-texts';

/** Where something is typed and not saved, whoever goes to another screen is asked; the browser asks whoever closes the page. */
export function Unsaved() {
  const t = useTexts(documentTexts);
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: ({ current, next }) => current.pathname !== next.pathname,
    withResolver: true,
  });
  return (
    <ConfirmDialog
      title={t('leaveTitle')}
      isOpen={status === 'blocked'}
      onClose={() => reset?.()}
      confirm={t('leave')}
      onConfirm={() => proceed?.()}
      isDanger
    >
      <p>{t('leaveWords')}</p>
    </ConfirmDialog>
  );
}
