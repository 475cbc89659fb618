import type { components } from '../../api/types.gen';
import type { Measure } from '../../common/kpi-formats';

export type BoardData = components['schemas']['Board'];
export type BoardStep = components['schemas']['BoardStep'];

export const keyOf = ({ kpi, currency = '' }: { kpi: string; currency?: string }): string => `${kpi} ${currency}`;

export const measureOf = ({ kpi, currency }: Pick<BoardStep, 'kpi' | 'currency'>): Measure => ({
  kpi,
  unit: currency === undefined ? 'count' : 'money',
  ...(currency !== undefined && { currency }),
});
