import { Flame, Snowflake, Thermometer } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTexts } from '../app/texts';
import { words } from '../app/words';
import look from './badge.module.css';

/** A word that tells what kind of thing it is. */
export function Badge({
  children,
  kind = 'plain',
  icon,
}: {
  children: ReactNode;
  kind?: 'plain' | 'good' | 'bad' | 'warm' | 'hot' | 'cold' | 'accent';
  icon?: ReactNode;
}) {
  return (
    <span className={look['badge']} data-kind={kind}>
      {icon}
      {children}
    </span>
  );
}

export type Tier = 'hot' | 'warm' | 'cold';
const MARKS = { hot: Flame, warm: Thermometer, cold: Snowflake };

/** By word, mark and colour, so that none of them is needed. */
export function TierBadge({ tier }: { tier: Tier }) {
  const t = useTexts(words);
  const Mark = MARKS[tier];
  return (
    <Badge kind={tier} icon={<Mark aria-hidden="true" />}>
      {t(`tiers.${tier}`)}
    </Badge>
  );
}

/** How many. */
export function Count({ children }: { children: ReactNode }) {
  return <span className={look['count']}>{children}</span>;
}
