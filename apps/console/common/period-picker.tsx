import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useFormats } from '../app/formats';
import { useTexts } from '../app/texts';
import { now } from '../api/client';
import { Button } from '../ui/button';
import { Select } from '../ui/form';
import { usePeriodName, periodTexts } from './period-texts';
import { kindOfPeriod, periodAfter, periodOf, type PeriodKind } from './periods';
import look from './period-picker.module.css';

const KINDS: readonly PeriodKind[] = ['month', 'quarter', 'year'];

/** One period, the one before or after it, and how long they are. */
export function PeriodPicker({ period, onChoose }: { period: string; onChoose(period: string): void }) {
  const t = useTexts(periodTexts);
  const nameOf = usePeriodName();
  const formats = useFormats();
  const kind = kindOfPeriod(period);
  const current = periodOf(formats.dayKey(now()), kind);
  return (
    <div className={look['picker']}>
      <Select
        label={t('kind')}
        isLabelHidden
        options={KINDS.map((id) => ({ id, name: t(`kinds.${id}`) }))}
        chosen={kind}
        onChoose={(id) => onChoose(periodOf(formats.dayKey(now()), id as PeriodKind))}
        className={look['kind']}
      />
      <div className={look['steps']}>
        <Button kind="quiet" icon={<ChevronLeft />} aria-label={t('before')} onPress={() => onChoose(periodAfter(period, -1))} />
        <span className={look['name']} aria-live="polite">
          {nameOf(period)}
        </span>
        <Button
          kind="quiet"
          icon={<ChevronRight />}
          aria-label={t('after')}
          isDisabled={period >= current}
          onPress={() => onChoose(periodAfter(period, 1))}
        />
      </div>
    </div>
  );
}
