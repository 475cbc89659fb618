import { Check, CircleAlert, X } from 'lucide-react';
import {
  Button,
  Text,
  UNSTABLE_Toast as Toast,
  UNSTABLE_ToastContent as ToastContent,
  UNSTABLE_ToastQueue as ToastQueue,
  UNSTABLE_ToastRegion as ToastRegion,
} from 'react-aria-components';
import { useTexts } from '../app/texts';
import { uiTexts } from './ui-texts';
import look from './toast.module.css';

interface Told {
  text: string;
  kind: 'good' | 'bad';
  /** What can still be done about it. */
  action?: { label: string; do(): void };
}

const told = new ToastQueue<Told>({ maxVisibleToasts: 3 });
const LONG_ENOUGH_MS = 6_000;

/** Says that something was done; it goes by itself. */
export function toast(text: string, action?: Told['action']): void {
  told.add({ text, kind: 'good', action }, { timeout: LONG_ENOUGH_MS });
}

/** Says that something went wrong where nothing else on the screen can; it stays until it is closed. */
export function toastFailure(text: string): void {
  told.add({ text, kind: 'bad' });
}

export function Toasts() {
  const t = useTexts(uiTexts);
  return (
    <ToastRegion queue={told} className={look['region']!}>
      {({ toast: one }) => (
        <Toast toast={one} className={look['toast']!}>
          <span className={look['mark']} data-kind={one.content.kind} aria-hidden="true">
            {one.content.kind === 'good' ? <Check /> : <CircleAlert />}
          </span>
          <ToastContent>
            <Text slot="title">{one.content.text}</Text>
          </ToastContent>
          {one.content.action && (
            <Button
              className={look['action']!}
              onPress={() => {
                one.content.action!.do();
                told.close(one.key);
              }}
            >
              {one.content.action.label}
            </Button>
          )}
          <Button slot="close" className={look['close']!} aria-label={t('close')}>
            <X aria-hidden="true" />
          </Button>
        </Toast>
      )}
    </ToastRegion>
  );
}
