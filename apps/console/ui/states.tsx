import type { ReactNode } from 'react';
import { CircleAlert, Inbox } from 'lucide-react';
import { Away, Problem } from '../api/problem';
import { useTexts } from '../app/texts';
import { Button } from './button';
import { uiTexts } from './ui-texts';
import look from './states.module.css';

/** The place of what is coming, in its shape; said to whoever hears the page. */
export function Loading({ rows = 6 }: { rows?: number }) {
  const t = useTexts(uiTexts);
  return (
    <div className={look['loading']} role="status">
      <span className={look['hidden']}>{t('loading')}</span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className={look['bar']} aria-hidden="true" />
      ))}
    </div>
  );
}

/** Nothing is here: says what to do. */
export function Empty({ title, children, icon, action }: { title: string; children?: ReactNode; icon?: ReactNode; action?: ReactNode }) {
  return (
    <div className={look['state']}>
      <span className={look['mark']} aria-hidden="true">
        {icon ?? <Inbox />}
      </span>
      <p className={look['title']}>{title}</p>
      {children && <p className={look['words']}>{children}</p>}
      {action}
    </div>
  );
}

/** What happened, in the words of the engine, and what is safe. */
export function Failed({ error, again }: { error: unknown; again?: () => void }) {
  const t = useTexts(uiTexts);
  const { title, words, details } = useWordsOf(error);
  return (
    <div className={look['state']} role="alert">
      <span className={look['mark']} data-kind="bad" aria-hidden="true">
        <CircleAlert />
      </span>
      <p className={look['title']}>{title}</p>
      <p className={look['words']}>{words}</p>
      {details.length > 0 && (
        <ul className={look['details']}>
          {details.map((one) => (
            <li key={one}>{one}</li>
          ))}
        </ul>
      )}
      {again && <Button onPress={again}>{t('again')}</Button>}
    </div>
  );
}

/** The same beside what somebody was doing, in a line; `said`: by the engine, of what it did by itself. */
export function FailedLine({ error, said }: { error: unknown; said?: undefined } | { error?: undefined; said: string }) {
  const t = useTexts(uiTexts);
  const of = useWordsOf(error);
  const { title, words } = said === undefined ? of : { title: t('failed.title'), words: said };
  return (
    <p className={look['line']} role="alert">
      <CircleAlert aria-hidden="true" />
      <span>
        <strong>{title}</strong> {words}
      </span>
    </p>
  );
}

export function useWordsOf(error: unknown): { title: string; words: string; details: string[] } {
  const t = useTexts(uiTexts);
  if (!(error instanceof Problem))
    return { title: t('failed.title'), words: t(error instanceof Away ? 'failed.away' : 'failed.page'), details: [] };
  const { status, message, errors = [] } = error;
  // Something between has answered in its place.
  if (status === 502 || status === 504) return { title: t('failed.title'), words: t('failed.away'), details: [] };
  const title =
    status === 403
      ? t('failed.notAllowed')
      : status === 404
        ? t('failed.notThere')
        : status === 409
          ? t('failed.conflict')
          : status === 422 || status === 400
            ? t('failed.invalid')
            : t('failed.title');
  const details = errors.flatMap((one) =>
    'pointer' in one
      ? [t('failed.part', { place: one.pointer || '/', expected: one.expected, got: one.got })]
      : [t('failed.line', { line: String(one.line), column: String(one.column), message: one.message })],
  );
  return { title, words: status >= 500 ? t('failed.engine') : message, details: details.length > 1 ? details : [] };
}

/** Numbers say as of when they are; `isStale`: newer ones could not be had. */
export function AsOf({ at, isStale = false }: { at: string; isStale?: boolean }) {
  const t = useTexts(uiTexts);
  return (
    <span className={look['asOf']} data-stale={isStale || undefined}>
      {isStale ? t('stale', { at }) : t('asOf', { at })}
    </span>
  );
}
