import type { ReactNode } from 'react';
import {
  Button as AriaButton,
  Link as AriaLink,
  ToggleButton as AriaToggle,
  type ButtonProps,
  type LinkProps,
} from 'react-aria-components';
import { classes } from './classes';
import look from './button.module.css';

export interface ButtonLook {
  /** `main`: what somebody came for, one of it; `plain` by default; `quiet`: beside others. */
  kind?: 'main' | 'plain' | 'quiet' | 'danger';
  size?: 'm' | 's';
  icon?: ReactNode;
  children?: ReactNode;
}

/** One without text needs an `aria-label`. */
export function Button({
  kind = 'plain',
  size = 'm',
  icon,
  children,
  className,
  isPending,
  ...rest
}: Omit<ButtonProps, 'children' | 'className'> & ButtonLook & { className?: string }) {
  return (
    <AriaButton
      {...rest}
      isPending={isPending}
      className={classes(look['button'], look[kind], look[size], children === undefined && look['icon'], className)}
    >
      {icon}
      {children}
      {isPending && <span className={look['pending']} aria-hidden="true" />}
    </AriaButton>
  );
}

/** Goes elsewhere, and looks like a button. */
export function LinkButton({
  kind = 'plain',
  size = 'm',
  icon,
  children,
  ...rest
}: Omit<LinkProps, 'children' | 'className'> & ButtonLook) {
  return (
    <AriaLink {...rest} className={classes(look['button'], look[kind], look[size], children === undefined && look['icon'])}>
      {icon}
      {children}
    </AriaLink>
  );
}

/** One of a few, or on and off. */
export function Chip({
  isSelected,
  onChange,
  children,
  isDisabled,
  ...rest
}: {
  isSelected: boolean;
  onChange(is: boolean): void;
  children: ReactNode;
  isDisabled?: boolean;
  'aria-label'?: string;
}) {
  return (
    <AriaToggle {...rest} isSelected={isSelected} onChange={onChange} isDisabled={isDisabled} className={look['chip']!}>
      {children}
    </AriaToggle>
  );
}
