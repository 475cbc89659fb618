import type { By, Measure } from './kpi-formats';

/** A number, and what it counts. */
export interface Counted {
  kpi: string;
  from: string;
  to: string;
  by: By;
  group?: string;
  name: string;
  value: number | null;
  measure: Measure;
}
