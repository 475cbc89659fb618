import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { answerOf, api } from '../../api/client';
import { useRepName } from '../../api/reps';
import type { components } from '../../api/types.gen';
import { useFormats } from '../../app/formats';
import { useTexts } from '../../app/texts';
import { Chip } from '../../ui/button';
import { Rows, type Column } from '../../ui/rows';
import { Empty, Failed, Loading } from '../../ui/states';
import { cardsTexts } from './cards-texts';
import look from './cards.module.css';

type Outcome = components['schemas']['CardSummary'];

const GROUPS = ['rep', 'company'] as const;
const COUNTS = ['active', 'dormant', 'handedOver', 'hot', 'handedOff', 'deals', 'won'] as const;

/** What became of the cards of the last 365 days. */
export function CardOutcomes({ rep }: { rep: string | undefined }) {
  const t = useTexts(cardsTexts);
  const formats = useFormats();
  const nameOf = useRepName();
  const [by, setBy] = useState<(typeof GROUPS)[number]>('rep');
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['cards', 'summary', by, rep],
    queryFn: ({ signal }) => answerOf(api.GET('/v1/cards/summary', { params: { query: { by, rep, limit: 200 } }, signal })),
  });
  const ofReps = (column: Column<Outcome>) => (by === 'rep' ? [column] : []);
  return (
    <>
      <div className={look['filters']}>
        <div className={look['chips']} role="group" aria-label={t('summary.by')}>
          {GROUPS.map((one) => (
            <Chip key={one} isSelected={by === one} onChange={() => setBy(one)}>
              {t(`summary.${one}`)}
            </Chip>
          ))}
        </div>
        {data && <span className={look['soft']}>{t('summary.span', { from: data.from, to: data.to })}</span>}
      </div>
      {isPending ? (
        <Loading rows={6} />
      ) : data === undefined ? (
        <Failed error={error} again={() => void refetch()} />
      ) : data.items.length === 0 ? (
        <Empty title={t('summary.empty')} />
      ) : (
        <Rows
          className={look['outcomes']}
          label={t('tabs.outcomes')}
          rows={data.items}
          keyOf={({ repId, year, accountId }) => [repId, year, accountId].join(' ')}
          columns={[
            {
              id: 'who',
              name: t(by === 'rep' ? 'summary.who' : 'summary.companyName'),
              isName: true,
              cell: ({ repId, accountId }) =>
                by === 'rep' ? (
                  nameOf(repId)
                ) : accountId === undefined ? (
                  t('summary.unknownCompany')
                ) : (
                  <Link to="/accounts/$accountId" params={{ accountId }}>
                    {accountId}
                  </Link>
                ),
            },
            ...ofReps({ id: 'year', name: t('summary.year'), isNumber: true, cell: ({ year }) => year }),
            { id: 'cards', name: t('summary.cards'), isNumber: true, cell: ({ cards }) => formats.number(cards) },
            ...ofReps({
              id: 'yardstick',
              name: t('summary.yardstick', { count: String(data.yardstick) }),
              isNumber: true,
              cell: ({ ofYardstick }) =>
                ofYardstick !== undefined && (
                  <span className={look['yardstick']}>
                    <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                      <rect width="100" height="8" data-part="track" />
                      <rect width={Math.min(100, 100 * ofYardstick)} height="8" />
                    </svg>
                    {formats.share(ofYardstick, 0)}
                  </span>
                ),
            }),
            { id: 'people', name: t('summary.people'), isNumber: true, cell: ({ leads }) => formats.number(leads) },
            ...ofReps({
              id: 'perCompany',
              name: t('summary.perCompany'),
              isNumber: true,
              cell: ({ leadsPerCompany }) => (leadsPerCompany === null ? '–' : formats.number(leadsPerCompany, 1)),
            }),
            ...COUNTS.map((one) => ({
              id: one,
              name: t(`summary.${one}`),
              isNumber: true,
              cell: ({ [one]: count }: Outcome) => <span data-zero={count === 0 || undefined}>{formats.number(count)}</span>,
            })),
          ]}
        />
      )}
    </>
  );
}
