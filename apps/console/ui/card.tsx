import { ArrowDown, ArrowUp } from 'lucide-react';
import type { ReactNode } from 'react';
import { classes } from './classes';
import look from './card.module.css';

/** What belongs together, with its name. `flush`: its content goes to the edge, as a table or a list does. */
export function Card({
  title,
  note,
  actions,
  children,
  kind = 'plain',
  className,
}: {
  title?: string;
  note?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  kind?: 'plain' | 'flush';
  className?: string;
}) {
  return (
    <section className={classes(look['card'], className)} data-kind={kind}>
      {(title !== undefined || actions) && (
        <div className={look['head']}>
          {title !== undefined && <h2>{title}</h2>}
          {note && <div className={look['note']}>{note}</div>}
          {actions && <div className={look['actions']}>{actions}</div>}
        </div>
      )}
      <div className={look['body']}>{children}</div>
    </section>
  );
}

/** A number that matters, and how it has changed. `isGood`: whether more of it is better; left out, neither. */
export function Figure({
  label,
  value,
  note,
  change,
  isGood,
}: {
  label: ReactNode;
  value: ReactNode;
  note?: ReactNode;
  change?: { text: string; direction: 'up' | 'down' | 'same' };
  isGood?: boolean;
}) {
  const isNeutral = change === undefined || change.direction === 'same' || isGood === undefined;
  const kind = isNeutral ? 'plain' : (change.direction === 'up') === isGood ? 'good' : 'bad';
  return (
    <div className={look['figure']}>
      <div className={look['label']}>{label}</div>
      <div className={look['value']}>{value}</div>
      {(change || note) && (
        <div className={look['under']}>
          {change && (
            <span data-kind={kind}>
              {change.direction === 'up' && <ArrowUp aria-hidden="true" />}
              {change.direction === 'down' && <ArrowDown aria-hidden="true" />}
              {change.text}
            </span>
          )}
          {note && <span>{note}</span>}
        </div>
      )}
    </div>
  );
}

/** Names and what stands under them. What there is nothing of is left out. */
export function Facts({ facts }: { facts: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className={look['facts']}>
      {facts.map(([name, value]) =>
        value === undefined || value === null ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
