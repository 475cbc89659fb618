import type { ReactNode } from 'react';
import type { useTexts } from '../../app/texts';
import type { words } from '../../app/words';
import look from './lead.module.css';

export const channelName = (of: string, w: ReturnType<typeof useTexts<(typeof words)['en']>>): string =>
  of === 'email' || of === 'phone' || of === 'mail' || of === 'any' ? w(`channels.${of}`) : of;

/** `kind`: where it is shown at all, wide or narrow screens. */
export function Part({ title, kind, children }: { title: string; kind?: 'narrow' | 'wide'; children: ReactNode }) {
  return (
    <section className={look['part-of-page']} data-only={kind} aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}
