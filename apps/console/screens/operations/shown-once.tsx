import { Check, Copy } from 'lucide-react';
import { useRef, useState, type ReactNode } from 'react';
import { useTexts } from '../../app/texts';
import { Button } from '../../ui/button';
import { copy } from '../../ui/copy';
import { operationsTexts } from './operations-texts';
import look from './operations.module.css';

/** A secret that is told once: it stays until somebody says that they have it. */
export function ShownOnce({ secret, words, onKept }: { secret: string; words: string; onKept(): void }): ReactNode {
  const t = useTexts(operationsTexts);
  const [done, setDone] = useState<'copied' | 'selected'>();
  const shown = useRef<HTMLElement>(null);
  return (
    <div className={look['once']} role="status">
      <p>{words}</p>
      <code ref={shown}>{secret}</code>
      <div className={look['row']}>
        <Button
          kind="main"
          icon={done === 'copied' ? <Check aria-hidden="true" /> : <Copy aria-hidden="true" />}
          onPress={() => void copy(shown.current!).then((is) => setDone(is ? 'copied' : 'selected'))}
        >
          {t(`keys.${done ?? 'copy'}`)}
        </Button>
        <Button onPress={onKept}>{t('keys.kept')}</Button>
      </div>
    </div>
  );
}
