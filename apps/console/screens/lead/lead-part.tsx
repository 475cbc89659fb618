import type { ReactNode } from 'react';
import look from './lead.module.css';

/** `kind`: where it is shown at all, wide or narrow screens. */
export function Part({ title, kind, children }: { title: string; kind?: 'narrow' | 'wide'; children: ReactNode }) {
  return (
    <section className={look['part-of-page']} data-only={kind} aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}
