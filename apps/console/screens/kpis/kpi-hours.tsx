import { useQuery } from '@tanstack/react-query';
import { Phone } from 'lucide-react';
import { useState } from 'react';
import { answerOf, api } from '../../api/client';
import { useFormats } from '../../app/formats';
import { useTexts } from '../../app/texts';
import { Chip } from '../../ui/button';
import { Empty, Failed, Loading } from '../../ui/states';
import { useKpiFormats } from '../../common/kpi-formats';
import type { Span } from './span';
import { kpisTexts } from './kpis-texts';
import { classes } from '../../ui/classes';
import frame from '../../ui/frame.module.css';
import look from './kpis.module.css';

const BY_HOUR = ['answer-rate-by-hour', 'appointment-rate-by-hour'] as const;
const DAYS = ['1', '2', '3', '4', '5', '6', '7'] as const;
/** How many colours there are, from the least to the most. */
const SHADES = 6;

/** When calls are answered, or win an appointment: a row a weekday, a column an hour. */
export function KpiHours({ span: { from, to } }: { span: Span }) {
  const t = useTexts(kpisTexts);
  const kpis = useKpiFormats();
  const formats = useFormats();
  const [kpi, setKpi] = useState<(typeof BY_HOUR)[number]>('answer-rate-by-hour');
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['kpis', 'hours', kpi, from, to],
    queryFn: ({ signal }) => answerOf(api.GET('/v1/kpis', { params: { query: { kpi: [kpi], from, to } }, signal })),
  });
  const items = data?.items ?? [];
  const hours = items.map(({ hour = 0 }) => hour);
  const first = Math.min(...hours);
  const columns = hours.length === 0 ? [] : Array.from({ length: Math.max(...hours) - first + 1 }, (_, at) => first + at);
  const values = items.flatMap(({ value }) => (value === null ? [] : [value]));
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const shade = (value: number) => (most === least ? 3 : 1 + Math.round(((value - least) / (most - least)) * (SHADES - 1)));
  const days = DAYS.filter((day) => Number(day) < 6 || items.some(({ weekday }) => weekday === Number(day)));
  return (
    <div className={look['lines']}>
      <div className={look['choices']} role="group" aria-label={t('which')}>
        {BY_HOUR.map((one) => (
          <Chip key={one} isSelected={kpi === one} onChange={() => setKpi(one)}>
            {kpis.name(one)}
          </Chip>
        ))}
      </div>
      {isPending ? (
        <Loading rows={6} />
      ) : error ? (
        <Failed error={error} again={() => void refetch()} />
      ) : items.length === 0 ? (
        <Empty icon={<Phone />} title={t('noHours.title')}>
          {t('noHours.words')}
        </Empty>
      ) : (
        <>
          <div
            className={classes(frame['frame'], look['scroll'])}
            tabIndex={0}
            role="region"
            aria-label={t('hoursTable', { kpi: kpis.name(kpi) })}
          >
            <table className={look['hours']}>
              <thead>
                <tr>
                  <td />
                  {columns.map((hour) => (
                    <th key={hour} scope="col">
                      {t('hour', { hour: String(hour) })}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {days.map((day) => (
                  <tr key={day}>
                    <th scope="row">{t(`weekdays.${day}`)}</th>
                    {columns.map((hour) => {
                      const row = items.find((one) => one.weekday === Number(day) && one.hour === hour);
                      if (row === undefined || row.value === null) return <td key={hour} />;
                      return (
                        <td key={hour} data-shade={shade(row.value)} data-unsure={row.sure === false || undefined}>
                          <span>{formats.share(row.value, 0)}</span>
                          <small>{t('calls', { count: row.denominator ?? 0 })}</small>
                        </td>
                      );
                    })}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <p className={look['words']}>{t('hoursWords')}</p>
        </>
      )}
    </div>
  );
}
