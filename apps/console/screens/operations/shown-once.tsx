import { Check, Copy } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useTexts } from '../../app/texts';
import { Button } from '../../ui/button';
import { operationsTexts } from './operations-texts';
import look from './operations.module.css';

/** A secret that is told once: it stays until somebody says that they have it. */
export function ShownOnce({ secret, words, onKept }: { secret: string; words: string; onKept(): void }): ReactNode {
  const t = useTexts(operationsTexts);
  const [isCopied, setCopied] = useState(false);
  return (
    <div className={look['once']} role="status">
      <p>{words}</p>
      <code>{secret}</code>
      <div className={look['row']}>
        <Button
          kind="main"
          icon={isCopied ? <Check aria-hidden="true" /> : <Copy aria-hidden="true" />}
          onPress={() => void navigator.clipboard.writeText(secret).then(() => setCopied(true))}
        >
          {isCopied ? t('keys.copied') : t('keys.copy')}
        </Button>
        <Button onPress={onKept}>{t('keys.kept')}</Button>
      </div>
    </div>
  );
}
