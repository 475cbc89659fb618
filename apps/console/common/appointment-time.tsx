import { useState } from 'react';
import { now } from '../api/client';
import { useFormats, useTimeZone } from '../app/formats';
import { useTexts } from '../app/texts';
import { clockOf, momentOf, workdaysAfter } from '../app/zoned';
import { Chip } from '../ui/button';
import { Field } from '../ui/form';
import { recorderTexts } from './recorder-texts';
import look from './recorder.module.css';

const HOURS = ['10:00', '14:00'];

/** A time for the next appointment: one of those that mostly suit, in a tap, or any other. `null`: none. */
export function AppointmentTime({
  at,
  onChoose,
  isOptional = true,
}: {
  at: number | null;
  onChoose(at: number | null): void;
  isOptional?: boolean;
}) {
  const t = useTexts(recorderTexts);
  const formats = useFormats();
  const timeZone = useTimeZone();
  const [isOther, setOther] = useState(false);
  const today = clockOf(now(), timeZone).slice(0, 10);
  const offered = workdaysAfter(today, 3).flatMap((day) => HOURS.map((hour) => momentOf(`${day}T${hour}`, timeZone)));
  return (
    <div className={look['chips']} role="group" aria-label={t('next')}>
      {isOptional && (
        <Chip isSelected={at === null && !isOther} onChange={() => (setOther(false), onChoose(null))}>
          {t('noNext')}
        </Chip>
      )}
      {offered.map((one) => (
        <Chip key={one} isSelected={at === one && !isOther} onChange={() => (setOther(false), onChoose(one))}>
          {formats.moment(one)}
        </Chip>
      ))}
      <Chip isSelected={isOther} onChange={setOther}>
        {t('otherTime')}
      </Chip>
      {isOther && (
        <Field
          label={t('at')}
          type="datetime-local"
          value={at === null ? '' : clockOf(at, timeZone)}
          min={clockOf(now(), timeZone)}
          onChange={(clock) => {
            const moment = momentOf(clock.slice(0, 16), timeZone);
            onChoose(Number.isNaN(moment) ? null : moment);
          }}
        />
      )}
    </div>
  );
}
