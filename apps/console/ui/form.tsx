import { Check, ChevronDown } from 'lucide-react';
import type { ReactNode } from 'react';
import {
  Button,
  Checkbox as AriaCheckbox,
  ComboBox as AriaComboBox,
  FieldError,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select as AriaSelect,
  SelectValue,
  Text,
  TextArea as AriaTextArea,
  TextField,
  type Key,
} from 'react-aria-components';
import { useTexts } from '../app/texts';
import { classes } from './classes';
import { uiTexts } from './ui-texts';
import look from './form.module.css';

interface Labelled {
  label: string;
  /** The label is read out, and not shown, where the place says it already. */
  isLabelHidden?: boolean;
  /** What helps to fill it. */
  hint?: ReactNode;
  /** What is wrong with it. */
  error?: string;
  isRequired?: boolean;
  isDisabled?: boolean;
  className?: string;
}

/** A line, or with `rows` several. `type`: as of an input; a date or time is one of the browser's own. */
export function Field({
  label,
  isLabelHidden,
  hint,
  error,
  value,
  onChange,
  rows,
  type = 'text',
  placeholder,
  className,
  autoFocus,
  inputMode,
  name,
  min,
  max,
  step,
  ...rest
}: Labelled & {
  value: string;
  onChange(value: string): void;
  rows?: number;
  type?: 'text' | 'search' | 'number' | 'date' | 'time' | 'datetime-local' | 'email' | 'tel' | 'month';
  placeholder?: string;
  autoFocus?: boolean;
  inputMode?: 'text' | 'numeric' | 'decimal' | 'tel' | 'email' | 'search';
  name?: string;
  min?: string | number;
  max?: string | number;
  step?: string | number;
}) {
  return (
    <TextField
      {...rest}
      name={name}
      value={value}
      onChange={onChange}
      isInvalid={error !== undefined}
      autoFocus={autoFocus}
      className={classes(look['field'], className)}
    >
      <Label className={isLabelHidden ? look['hidden'] : look['label']}>{label}</Label>
      {rows === undefined ? (
        <Input type={type} placeholder={placeholder} inputMode={inputMode} min={min} max={max} step={step} className={look['input']!} />
      ) : (
        <AriaTextArea rows={rows} placeholder={placeholder} className={look['input']!} />
      )}
      {hint && (
        <Text slot="description" className={look['hint']}>
          {hint}
        </Text>
      )}
      <FieldError className={look['error']!}>{error}</FieldError>
    </TextField>
  );
}

export interface Option {
  id: string;
  name: string;
  /** Beside the name, smaller. */
  note?: string;
}

/** One of a few. */
export function Select({
  label,
  isLabelHidden,
  hint,
  error,
  options,
  chosen,
  onChoose,
  className,
  placeholder,
  ...rest
}: Labelled & { options: readonly Option[]; chosen: string | null; onChoose(id: string): void; placeholder?: string }) {
  const t = useTexts(uiTexts);
  return (
    <AriaSelect
      {...rest}
      value={chosen}
      onChange={(key: Key | null) => key !== null && onChoose(String(key))}
      isInvalid={error !== undefined}
      placeholder={placeholder ?? t('choose')}
      className={classes(look['field'], className)}
    >
      <Label className={isLabelHidden ? look['hidden'] : look['label']}>{label}</Label>
      <Button className={look['choose']!}>
        <SelectValue className={look['chosen']!}>{({ selectedText, defaultChildren }) => selectedText ?? defaultChildren}</SelectValue>
        <ChevronDown aria-hidden="true" />
      </Button>
      {hint && (
        <Text slot="description" className={look['hint']}>
          {hint}
        </Text>
      )}
      <FieldError className={look['error']!}>{error}</FieldError>
      <Popover className={look['popover']!} offset={4}>
        <Options options={options} />
      </Popover>
    </AriaSelect>
  );
}

/** One of many, found by typing. */
export function ComboBox({
  label,
  isLabelHidden,
  hint,
  error,
  options,
  chosen,
  onChoose,
  className,
  placeholder,
  ...rest
}: Labelled & { options: readonly Option[]; chosen: string | null; onChoose(id: string | null): void; placeholder?: string }) {
  const t = useTexts(uiTexts);
  return (
    <AriaComboBox
      {...rest}
      defaultItems={options}
      value={chosen}
      onChange={(key: Key | null) => onChoose(key === null ? null : String(key))}
      isInvalid={error !== undefined}
      className={classes(look['field'], className)}
      menuTrigger="focus"
      allowsEmptyCollection
    >
      <Label className={isLabelHidden ? look['hidden'] : look['label']}>{label}</Label>
      <div className={look['combo']}>
        <Input className={look['input']!} placeholder={placeholder ?? t('search')} />
        <Button className={look['open']!}>
          <ChevronDown aria-hidden="true" />
        </Button>
      </div>
      {hint && (
        <Text slot="description" className={look['hint']}>
          {hint}
        </Text>
      )}
      <FieldError className={look['error']!}>{error}</FieldError>
      <Popover className={look['popover']!} offset={4}>
        <ListBox className={look['list']!} renderEmptyState={() => <div className={look['none']}>{t('nothingFound')}</div>}>
          {(one: Option) => <OptionRow option={one} />}
        </ListBox>
      </Popover>
    </AriaComboBox>
  );
}

function Options({ options }: { options: readonly Option[] }) {
  return (
    <ListBox className={look['list']!}>
      {options.map((one) => (
        <OptionRow key={one.id} option={one} />
      ))}
    </ListBox>
  );
}

function OptionRow({ option: { id, name, note } }: { option: Option }) {
  return (
    <ListBoxItem id={id} textValue={name} className={look['option']!}>
      {({ isSelected }) => (
        <>
          <span>{name}</span>
          {note !== undefined && <span className={look['note']}>{note}</span>}
          {isSelected && <Check aria-hidden="true" />}
        </>
      )}
    </ListBoxItem>
  );
}

export function Checkbox({
  children,
  isSelected,
  onChange,
  isDisabled,
}: {
  children: ReactNode;
  isSelected: boolean;
  onChange(is: boolean): void;
  isDisabled?: boolean;
}) {
  return (
    <AriaCheckbox isSelected={isSelected} onChange={onChange} isDisabled={isDisabled} className={look['checkbox']!}>
      <span className={look['box']}>
        <Check aria-hidden="true" />
      </span>
      <span>{children}</span>
    </AriaCheckbox>
  );
}
