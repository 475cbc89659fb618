import { minorDigits } from '@leadlog/events';
import { addDays, daysBetween, localDay, type DaySpan } from '@leadlog/time';
import type { KpiQuery } from '../kpi-query';
import type { KpiDefinition } from '../kpis';
import { sourceOf, type Cell, type ReadCells } from './kpi-cells';
import { medianStay, minutesAt, type Length, type Stay } from './lengths';
import { cellsOfRated } from './top-reps';

/** Part of a KPI that has rows of its own (a currency, an hour of the week; empty for others) → period and group → sum. */
type Sums = Map<string, Map<string, number>>;

/** Of one KPI, by place. */
export interface KpiSums {
  numerator: Sums;
  denominator?: Sums;
  open?: Sums;
  /** Lengths of time (ms), and how often each. */
  lengths?: ReadonlyMap<string, readonly Length[]>;
  /** Days in a stage, and how many left it after them, or are in it so far. */
  stays?: ReadonlyMap<string, readonly Stay[]>;
}

/** As many calls of an average hour are added to each, so that few calls do not make an hour the best. */
const PRIOR_CALLS = 20;

/** `place`: where the cells of a day and a group count. */
export async function sumsOf(
  definition: KpiDefinition,
  { by, timezone, now, required = [], ...query }: KpiQuery,
  span: DaySpan,
  cells: ReadCells,
  place: (cell: Cell) => string,
): Promise<KpiSums> {
  const { numerator, denominator, perItem, quantile, stay, open, rated, perCurrency, perHour, distinct, olderThanDays = -1 } = definition;
  const source = sourceOf(definition);
  const today = localDay(now, timezone);
  const infix = perCurrency ? 'currency' : perHour ? 'hour' : 'none';
  const read = (metric: string, as: typeof infix | 'until' | 'length' | 'name' = infix): Promise<Cell[]> =>
    cells(span, { source, metric, infix: as, by });
  const isOld = ({ day }: Cell): boolean => addDays(day, olderThanDays) < today;
  const summed = async (metric: string, byName: boolean | undefined): Promise<Sums> =>
    byName
      ? counted(await read(metric, 'name'), place)
      : sum(olderThanDays < 0 ? await read(metric) : (await read(metric)).filter(isOld), place);
  if (rated !== undefined) {
    const chosen = await cellsOfRated(rated, { ...query, span }, cells, [numerator, denominator!]);
    return { numerator: sum(chosen[0]!, place), denominator: sum(chosen[1]!, place) };
  }
  if (perItem) {
    const covered = (await read(numerator, 'name')).flatMap(({ infix: item, ...cell }) => (isRequired(item!, required) ? [cell] : []));
    const asked = (await read(denominator!)).map((cell) => ({ ...cell, sum: cell.sum * required.length }));
    return { numerator: sum(covered, place), denominator: sum(asked, place) };
  }
  return {
    numerator: await summed(numerator, distinct?.numerator),
    ...(denominator !== undefined && { denominator: await summed(denominator, distinct?.denominator) }),
    ...(quantile && { lengths: listed(await read(quantile.of, 'length'), place, lengthOf) }),
    ...(stay && {
      stays: listed(
        [...(await read(stay.left, 'length')), ...(await read(stay.staying, 'none'))],
        place,
        ({ day, infix: days, sum: n }): Stay =>
          days === undefined
            ? { days: Math.max(0, daysBetween(day, today)), left: 0, staying: n }
            : { days: Number(days), left: n, staying: 0 },
      ),
    }),
    ...(open && {
      open: sum(
        (await read(open.cell, open.until ? 'until' : 'none')).flatMap(({ infix: until, ...cell }) =>
          until === undefined || today <= until ? [cell] : [],
        ),
        place,
      ),
    }),
  };
}

const isRequired = (item: string, required: readonly string[]): boolean => required.includes(decodeURIComponent(item));
const lengthOf = ({ infix, sum: times }: Cell): Length => ({ ms: Number(infix), times });

export function valueAt(
  { quantile, stay, perCurrency, perHour }: KpiDefinition,
  { numerator, denominator, lengths, stays }: KpiSums,
  place: string,
  part: string,
): { numerator: number; denominator: number | null; value: number | null } {
  const n = numerator.get(part)?.get(place) ?? 0;
  const d = denominator && (denominator.get(part)?.get(place) ?? 0);
  // Dividing a whole number by a power of ten gives the number that its decimal text means.
  const perUnit = perCurrency ? 10 ** minorDigits(part) : 1;
  const value = (): number | null => {
    if (quantile) return minutesAt(lengths?.get(place) ?? [], Math.ceil(quantile.q * d!));
    if (stay) return medianStay(stays?.get(place) ?? []);
    if (d === undefined) return n / perUnit;
    if (d === 0) return null;
    return perHour ? (n + PRIOR_CALLS * (totalAt(numerator, place) / totalAt(denominator!, place))) / (d + PRIOR_CALLS) : n / d;
  };
  return { numerator: n / perUnit, denominator: d === undefined ? null : d / perUnit, value: value() };
}

const totalAt = (sums: Sums, place: string): number => [...sums.values()].reduce((total, places) => total + (places.get(place) ?? 0), 0);

function listed<Item>(cells: readonly Cell[], place: (cell: Cell) => string, itemOf: (cell: Cell) => Item): Map<string, Item[]> {
  const lists = new Map<string, Item[]>();
  for (const cell of cells) {
    const at = place(cell);
    const known = lists.get(at);
    if (known) known.push(itemOf(cell));
    else lists.set(at, [itemOf(cell)]);
  }
  return lists;
}

/** Each name once for each place. */
function counted(cells: readonly Cell[], place: (cell: Cell) => string): Sums {
  const names = new Map<string, Set<string>>();
  for (const cell of cells) {
    const at = place(cell);
    names.set(at, (names.get(at) ?? new Set()).add(cell.infix!));
  }
  return new Map([['', new Map([...names].map(([at, { size }]) => [at, size]))]]);
}

/** Of cells that several KPIs count, worked out once for each way in which they are placed. */
const sumsKnown = new WeakMap<(cell: Cell) => string, WeakMap<readonly Cell[], Sums>>();

function sum(cells: readonly Cell[], place: (cell: Cell) => string): Sums {
  let ofPlace = sumsKnown.get(place);
  if (!ofPlace) sumsKnown.set(place, (ofPlace = new WeakMap()));
  const known = ofPlace.get(cells);
  if (known) return known;
  const sums: Sums = new Map();
  ofPlace.set(cells, sums);
  for (const cell of cells) {
    const part = cell.infix ?? '';
    let ofPart = sums.get(part);
    if (!ofPart) sums.set(part, (ofPart = new Map<string, number>()));
    const at = place(cell);
    ofPart.set(at, (ofPart.get(at) ?? 0) + cell.sum);
  }
  return sums;
}
