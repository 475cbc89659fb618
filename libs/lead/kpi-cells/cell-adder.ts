import { tableOfNames } from '@leadlog/projections';
import { localDay, localHour, localWeekday } from '@leadlog/time';
import { LEAD_ATTRIBUTES, type LeadAttributes } from '../lead-attributes';

/** What a fact is split by. */
export interface Facets {
  /** Undefined for what nobody is credited with. */
  by?: { reps: readonly string[]; team?: string };
  /** Of its lead; of a deal's outcome, those of the lead to which the deal belongs. */
  of: LeadAttributes;
  mode?: 'onsite' | 'remote';
  /** Of its deal, or only the one that it is about; undefined for a fact that no deal can have. */
  products?: readonly string[];
  /** Of a relay: who has it, and from whom to whom. */
  fieldRep?: string;
  pair?: string;
}

export type AddCell = (metric: string, at: number, facets: Facets, more?: { n?: number; infix?: string }) => void;
/** What an hour of the week can be split by. */
const OF_SEGMENTS = ['all', 'team', 'industry'] as const;

/** A name before who the cell is of. */
export const nameInCell = (name: string): string => `${encodeURIComponent(name)}|`;

/** Cells, and what adds to them: `addHour`, in the hour of the week of `at`, to fewer dimensions. */
export function cellAdder(timezone: string): {
  cells: Record<string, number>;
  add: AddCell;
  addHour: (metric: string, at: number, facets: Facets) => void;
} {
  const cells = tableOfNames();
  const put = (cell: string, n: number): void => {
    cells[cell] = (cells[cell] ?? 0) + n;
  };
  const add: AddCell = (metric, at, { by, of, mode, products, fieldRep, pair }, { n = 1, infix = '' } = {}) => {
    const names = namesOf(metric, localDay(at, timezone));
    put(names.all + infix, n);
    if (by !== undefined) {
      put(`${names.team}${infix}${by.team ?? ''}`, n);
      if (by.reps.length === 0) put(names.rep + infix, n);
      else for (const rep of by.reps) put(`${names.rep}${infix}${rep}`, n);
    }
    for (const attribute of LEAD_ATTRIBUTES) put(`${names[attribute]}${infix}${of[attribute] ?? ''}`, n);
    if (mode !== undefined) put(`${names.mode}${infix}${mode}`, n);
    if (fieldRep !== undefined) put(`${names['field-rep']}${infix}${fieldRep}`, n);
    if (pair !== undefined) put(`${names.pair}${infix}${pair}`, n);
    if (products === undefined) return;
    if (products.length === 0) put(names.product + infix, n);
    else for (const product of products) put(`${names.product}${infix}${product}`, n);
  };
  const addHour = (metric: string, at: number, { by, of }: Facets): void => {
    const names = namesOf(metric, localDay(at, timezone));
    const hour = `${localWeekday(at, timezone)}-${String(localHour(at, timezone)).padStart(2, '0')}|`;
    const who = { all: '', team: by?.team ?? '', industry: of.industry ?? '' };
    for (const dimension of OF_SEGMENTS) put(names[dimension] + hour + who[dimension], 1);
  };
  return { cells, add, addHour };
}

const DIMENSIONS = ['all', 'rep', 'team', 'mode', 'product', 'field-rep', 'pair', ...LEAD_ATTRIBUTES] as const;
type CellNames = Record<(typeof DIMENSIONS)[number], string>;

/** How the cells of a metric and a day begin, by dimension. A cache of a pure function. */
function namesOf(metric: string, day: string): CellNames {
  let ofMetric = cellNames.get(metric);
  if (ofMetric === undefined) cellNames.set(metric, (ofMetric = new Map()));
  let names = ofMetric.get(day);
  if (names === undefined) {
    if (ofMetric.size >= MOST_DAYS) ofMetric.clear();
    names = Object.fromEntries(DIMENSIONS.map((dimension) => [dimension, `${dimension}|${metric}|${day}|`])) as CellNames;
    ofMetric.set(day, names);
  }
  return names;
}
const cellNames = new Map<string, Map<string, CellNames>>();
const MOST_DAYS = 1_000;
