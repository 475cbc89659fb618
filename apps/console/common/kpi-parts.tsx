import type { ReactNode } from 'react';
import { useFormats } from '../app/formats';
import { useTexts } from '../app/texts';
import { behindTexts } from './behind-texts';
import { useKpiFormats } from './kpi-formats';
import type { Kpi } from './kpis';

/** Of what the number of a row is made, and what it was in the period before. */
export function KpiParts({ of: row, className, children }: { of: Kpi; className?: string; children?: ReactNode }) {
  const t = useTexts(behindTexts);
  const kpis = useKpiFormats();
  const formats = useFormats();
  return (
    <dl className={className}>
      {row.denominator !== null && (
        <>
          <dt>{t('numerator')}</dt>
          <dd>{kpis.part(row.numerator, row)}</dd>
          <dt>{t('denominator')}</dt>
          <dd>{kpis.part(row.denominator, row)}</dd>
        </>
      )}
      {row.openShare !== null && (
        <>
          <dt>{t('openShare')}</dt>
          <dd>{formats.share(row.openShare)}</dd>
        </>
      )}
      {row.previous !== undefined && (
        <>
          <dt>{t('before')}</dt>
          <dd>
            {kpis.value(row.previous, row)}
            {typeof row.change === 'number' && ` (${kpis.change(row.change, row)})`}
          </dd>
        </>
      )}
      {children}
    </dl>
  );
}
