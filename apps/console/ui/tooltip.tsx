import type { ReactNode } from 'react';
import { Button, Tooltip as AriaTooltip, TooltipTrigger } from 'react-aria-components';
import look from './tooltip.module.css';

/** What is behind a word or a number, on hover and on focus. Nothing that somebody needs is only here: a finger does not hover. */
export function Tooltip({ children, content }: { children: ReactNode; content: ReactNode }) {
  return (
    <TooltipTrigger delay={300} closeDelay={100}>
      <Button className={look['term']!}>{children}</Button>
      <AriaTooltip className={look['tooltip']!} offset={6}>
        {content}
      </AriaTooltip>
    </TooltipTrigger>
  );
}
