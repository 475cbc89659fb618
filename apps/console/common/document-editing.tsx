import type { ReactNode } from 'react';
import { useTexts } from '../app/texts';
import { Badge } from '../ui/badge';
import { Editor, type EditorProps } from '../ui/editor';
import { FailedLine } from '../ui/states';
import { documentTexts } from './document-texts';
import type { Checked } from './document-text';
import look from './documents.module.css';

/** A document as a text, what the engine says of it (`said`: of a valid one), and what can be done with it. */
export function DocumentEditing<Valid>({
  checked: { valid, markers, error, isChecking },
  said,
  children,
  ...editor
}: Pick<EditorProps, 'label' | 'value' | 'onChange' | 'complete' | 'isReadOnly'> & {
  checked: Checked<Valid>;
  said(valid: Valid): ReactNode;
  children: ReactNode;
}) {
  const t = useTexts(documentTexts);
  return (
    <div className={look['editing']}>
      <Editor {...editor} language="yaml" markers={markers} height="min(68dvh, 44rem)" />
      <div className={look['side']}>
        <p role="status" className={look['row']}>
          {isChecking ? (
            <span className={look['soft']}>{t('checking')}</span>
          ) : valid !== undefined ? (
            said(valid)
          ) : (
            <Badge kind="bad">{t('problems', { count: Math.max(1, markers.length) })}</Badge>
          )}
        </p>
        {markers.length > 0 ? (
          <ul className={look['problems']}>
            {markers.map(({ line, column, message }) => (
              <li key={`${line} ${column} ${message}`}>{t('problem', { line: String(line), column: String(column), message })}</li>
            ))}
          </ul>
        ) : (
          error != null && !isChecking && <FailedLine error={error} />
        )}
        {children}
      </div>
    </div>
  );
}
