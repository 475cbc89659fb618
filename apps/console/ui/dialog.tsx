import { X } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { Button as AriaButton, Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { useTexts } from '../app/texts';
import { Button } from './button';
import { CancelButton } from './cancel-button';
import { FailedLine } from './states';
import { uiTexts } from './ui-texts';
import look from './dialog.module.css';

interface Opened {
  title: string;
  isOpen: boolean;
  onClose(): void;
  children: ReactNode;
}

/** Takes over until it is closed. `side`: along the right edge, for what is longer. On a phone all come from below. */
export function Dialog({
  title,
  isOpen,
  onClose,
  children,
  actions,
  kind = 'middle',
}: Opened & { actions?: ReactNode; kind?: 'middle' | 'wide' | 'side' }) {
  const t = useTexts(uiTexts);
  return (
    <ModalOverlay isOpen={isOpen} onOpenChange={(is) => !is && onClose()} isDismissable className={look['overlay']!} data-kind={kind}>
      <Modal className={look['modal']!} data-kind={kind}>
        <AriaDialog className={look['dialog']!}>
          <div className={look['head']}>
            <Heading slot="title" level={2}>
              {title}
            </Heading>
            <AriaButton slot="close" className={look['close']!} aria-label={t('close')}>
              <X aria-hidden="true" />
            </AriaButton>
          </div>
          <div className={look['body']}>{children}</div>
          {actions && <div className={look['actions']}>{actions}</div>}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

/** Before what cannot be undone. Says what happens on its button. */
export function ConfirmDialog({
  children,
  confirm,
  onConfirm,
  isPending,
  error,
  isDanger,
  ...opened
}: Opened & { confirm: string; onConfirm(): void; isPending?: boolean; error?: unknown; isDanger?: boolean }) {
  return (
    <Dialog
      {...opened}
      actions={
        <>
          <CancelButton kind="plain" onPress={opened.onClose} />
          <Button kind={isDanger ? 'danger' : 'main'} isPending={isPending} onPress={onConfirm}>
            {confirm}
          </Button>
        </>
      }
    >
      {children}
      {error !== undefined && error !== null && <FailedLine error={error} />}
    </Dialog>
  );
}

/** Does what cannot be taken back, once somebody has read what that is; `of`: what of many it is about. What goes wrong is told where it stands. */
export function ConfirmButton({
  label,
  of,
  title,
  children,
  isPending,
  onConfirm,
}: {
  label: string;
  of: string;
  title: string;
  children: ReactNode;
  isPending: boolean;
  onConfirm(): void;
}) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button size="s" kind="quiet" isPending={isPending} onPress={() => setOpen(true)} aria-label={`${label}: ${of}`}>
        {label}
      </Button>
      <ConfirmDialog
        title={title}
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        confirm={label}
        onConfirm={() => {
          setOpen(false);
          onConfirm();
        }}
        isDanger
      >
        {children}
      </ConfirmDialog>
    </>
  );
}
