import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { useTexts } from '../app/texts';
import { Button } from './button';
import { uiTexts } from './ui-texts';
import look from './side-panel.module.css';

/** Beside what it belongs to, over it on a phone. Escape, the cross and a press beside it close it; whoever opened it has the focus again. */
export function SidePanel({
  title,
  note,
  footer,
  children,
  close,
  size = 'm',
}: {
  title: string;
  note?: ReactNode;
  footer?: ReactNode;
  children: ReactNode;
  close(): void;
  size?: 'm' | 'l';
}) {
  const t = useTexts(uiTexts);
  return (
    <ModalOverlay isOpen isDismissable onOpenChange={(is) => is || close()} className={look['overlay']!}>
      <Modal className={look['panel']!} data-size={size}>
        <Dialog className={look['dialog']!}>
          <header className={look['head']}>
            <div>
              <Heading slot="title" className={look['title']!}>
                {title}
              </Heading>
              {note && <p className={look['note']}>{note}</p>}
            </div>
            <Button kind="quiet" icon={<X aria-hidden="true" />} aria-label={t('close')} onPress={close} />
          </header>
          <div className={look['body']}>{children}</div>
          {footer && <footer className={look['foot']}>{footer}</footer>}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
