import { Check } from 'lucide-react';
import type { ReactNode } from 'react';
import {
  Button,
  Header,
  Menu,
  MenuItem as AriaItem,
  MenuSection,
  MenuTrigger,
  Popover,
  type Key,
  type PopoverProps,
} from 'react-aria-components';
import { classes } from './classes';
import look from './menu.module.css';

/** A button that opens a menu. `content`, or `icon` and `label` beneath. */
export function MenuButton({
  label,
  icon,
  content,
  children,
  className,
  placement = 'bottom end',
}: {
  label: string;
  icon?: ReactNode;
  content?: ReactNode;
  children: ReactNode;
  className?: string;
  placement?: PopoverProps['placement'];
}) {
  return (
    <MenuTrigger>
      <Button className={classes(look['trigger'], className)} aria-label={label}>
        {content ?? (
          <>
            {icon}
            <span>{label}</span>
          </>
        )}
      </Button>
      <Popover placement={placement} className={look['popover']!}>
        <Menu className={look['menu']!} aria-label={label}>
          {children}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

export function MenuPart({ title, children }: { title?: string; children: ReactNode }) {
  return (
    <MenuSection className={look['part']!} {...(title === undefined && { 'aria-label': '' })}>
      {title !== undefined && <Header className={look['title']}>{title}</Header>}
      {children}
    </MenuSection>
  );
}

/** One of its items is chosen. */
export function MenuChoice({
  title,
  chosen,
  onChoose,
  children,
}: {
  title: string;
  chosen: string;
  onChoose(id: string): void;
  children: ReactNode;
}) {
  return (
    <MenuSection
      className={look['part']!}
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[chosen]}
      onSelectionChange={(keys) => {
        const [key] = keys === 'all' ? [] : [...(keys as Set<Key>)];
        if (key !== undefined) onChoose(String(key));
      }}
    >
      <Header className={look['title']}>{title}</Header>
      {children}
    </MenuSection>
  );
}

export function MenuItem({
  id,
  icon,
  children,
  onAction,
  isDanger,
}: {
  id?: string;
  icon?: ReactNode;
  children: string;
  onAction?: () => void;
  isDanger?: boolean;
}) {
  return (
    <AriaItem
      {...(id !== undefined && { id })}
      textValue={children}
      onAction={onAction}
      className={look['item']!}
      data-danger={isDanger || undefined}
    >
      {({ selectionMode, isSelected }) => (
        <>
          {selectionMode !== 'none' && <span className={look['check']}>{isSelected && <Check aria-hidden="true" />}</span>}
          {icon}
          <span>{children}</span>
        </>
      )}
    </AriaItem>
  );
}
