import { useState, type ReactNode } from 'react';
import { useTexts } from '../../app/texts';
import { Button } from '../../ui/button';
import { operationsTexts } from './operations-texts';
import look from './operations.module.css';

/** What cannot be taken back is pressed twice, in the same place. */
export function ConfirmedButton({
  label,
  of,
  isPending,
  onPress,
}: {
  label: string;
  of: string;
  isPending: boolean;
  onPress(): void;
}): ReactNode {
  const t = useTexts(operationsTexts);
  const [isAsked, setAsked] = useState(false);
  if (!isAsked)
    return (
      <Button size="s" kind="quiet" isPending={isPending} onPress={() => setAsked(true)} aria-label={`${label}: ${of}`}>
        {label}
      </Button>
    );
  return (
    <span className={look['asked']} role="group" aria-label={`${label}: ${of}`}>
      <span>{t('sure')}</span>
      <Button
        size="s"
        kind="danger"
        autoFocus
        onPress={() => {
          setAsked(false);
          onPress();
        }}
      >
        {label}
      </Button>
      <Button size="s" kind="quiet" onPress={() => setAsked(false)}>
        {t('cancel')}
      </Button>
    </span>
  );
}
