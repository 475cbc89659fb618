import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api } from '../api/client';
import { useFormats } from '../app/formats';
import { useSession } from '../app/session';
import { useTexts } from '../app/texts';
import { Chip } from '../ui/button';
import { More } from '../ui/more';
import { FailedLine, Loading } from '../ui/states';
import { behindTexts } from './behind-texts';
import type { Counted } from './counted';
import { useKpiFormats } from './kpi-formats';
import type { KpiName } from './kpis';
import { LeadLink } from './lead-link';
import { useSpanName } from './period-texts';
import look from './behind.module.css';

const PARTS = ['numerator', 'denominator'] as const;
type Part = (typeof PARTS)[number];

/** What a number counts, one by one; together they are the number. Representatives open what is theirs. */
export function Facts({ counted, isRatio }: { counted: Counted; isRatio: boolean }) {
  const t = useTexts(behindTexts);
  const { data: session } = useSession();
  const [part, setPart] = useState<Part>('numerator');
  const isTheirs = session?.own.includes('facts.read') === true && counted.by === 'rep' && counted.group === session.repId;
  if (session == null || !(session.permissions.includes('facts.read') || isTheirs)) return null;
  return (
    <section className={look['facts']} aria-label={t('facts')}>
      <div className={look['factsHead']}>
        <h3>{t('facts')}</h3>
        {isRatio &&
          PARTS.map((one) => (
            <Chip key={one} isSelected={part === one} onChange={() => setPart(one)}>
              {t(one)}
            </Chip>
          ))}
      </div>
      <List key={part} counted={counted} part={part} />
    </section>
  );
}

function List({ counted: { kpi, from, to, by, group, measure }, part }: { counted: Counted; part: Part }) {
  const t = useTexts(behindTexts);
  const formats = useFormats();
  const kpis = useKpiFormats();
  const spanOf = useSpanName();
  const { currency } = measure;
  const facts = useInfiniteQuery({
    queryKey: ['kpis', 'facts', kpi, part, from, to, by, group, currency],
    queryFn: ({ signal, pageParam: cursor }) =>
      answerOf(
        api.GET('/v1/kpis/{kpi}/facts', {
          params: {
            path: { kpi: kpi as KpiName },
            query: {
              part,
              from,
              to,
              by,
              limit: 100,
              ...(group !== undefined && { group }),
              ...(currency !== undefined && { currency }),
              ...(cursor !== undefined && { cursor }),
            },
          },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });
  const { data, error, isPending } = facts;
  if (isPending) return <Loading rows={4} />;
  if (data === undefined) return <FailedLine error={error} />;
  const [first] = data.pages;
  const items = data.pages.flatMap((page) => page.items);
  return (
    <>
      <p className={look['words']} role="status">
        {t('total', { count: first!.total, at: formats.moment(first!.asOf) })}
      </p>
      <ul className={look['list']}>
        {items.map(({ day, leadId, dealId, adds }, place) => (
          <li key={place}>
            <span className={look['words']}>{spanOf(day, day)}</span>
            <span>
              {dealId !== undefined && <code>{dealId}</code>} {leadId !== undefined && <LeadLink leadId={leadId} />}
            </span>
            {(adds !== 1 || currency !== undefined) && (
              <span>{currency === undefined ? formats.number(adds) : kpis.value(adds, { kpi: '', unit: 'money', currency })}</span>
            )}
          </li>
        ))}
      </ul>
      <More of={facts} />
    </>
  );
}
