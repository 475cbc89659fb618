import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { answerOf, api } from '../../api/client';
import { useRepName } from '../../api/reps';
import { useFormats } from '../../app/formats';
import { useTexts } from '../../app/texts';
import { Chip } from '../../ui/button';
import { Empty, Failed, Loading } from '../../ui/states';
import { cardsTexts } from './cards-texts';
import look from './cards.module.css';

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
        <div className={look['scroll']} role="region" aria-label={t('tabs.outcomes')} tabIndex={0}>
          <table className={look['numbers']}>
            <thead>
              <tr>
                <th scope="col">{t(by === 'rep' ? 'summary.who' : 'summary.companyName')}</th>
                {by === 'rep' && <th scope="col">{t('summary.year')}</th>}
                <th scope="col">{t('summary.cards')}</th>
                {by === 'rep' && <th scope="col">{t('summary.yardstick', { count: String(data.yardstick) })}</th>}
                <th scope="col">{t('summary.people')}</th>
                {by === 'rep' && <th scope="col">{t('summary.perCompany')}</th>}
                {COUNTS.map((one) => (
                  <th key={one} scope="col">
                    {t(`summary.${one}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {data.items.map((row) => (
                <tr key={[row.repId, row.year, row.accountId].join(' ')}>
                  <th scope="row">
                    {by === 'rep' ? (
                      nameOf(row.repId)
                    ) : row.accountId === undefined ? (
                      t('summary.unknownCompany')
                    ) : (
                      <Link to="/accounts/$accountId" params={{ accountId: row.accountId }}>
                        {row.accountId}
                      </Link>
                    )}
                  </th>
                  {by === 'rep' && <td>{row.year}</td>}
                  <td>{formats.number(row.cards)}</td>
                  {by === 'rep' && (
                    <td>
                      {row.ofYardstick !== undefined && (
                        <span className={look['yardstick']}>
                          <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                            <rect width="100" height="8" data-part="track" />
                            <rect width={Math.min(100, 100 * row.ofYardstick)} height="8" />
                          </svg>
                          {formats.share(row.ofYardstick, 0)}
                        </span>
                      )}
                    </td>
                  )}
                  <td>{formats.number(row.leads)}</td>
                  {by === 'rep' && <td>{row.leadsPerCompany === null ? '–' : formats.number(row.leadsPerCompany, 1)}</td>}
                  {COUNTS.map((one) => (
                    <td key={one} data-zero={row[one] === 0 || undefined}>
                      {formats.number(row[one])}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
