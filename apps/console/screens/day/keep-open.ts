import type { DayItem } from './day-item';

/** What somebody has to do with whom; its section says only how urgent that is. */
const whatOf = ({ leadId, dealId, handoffId, appointmentId, actionId, cardId, do: verb }: DayItem): string =>
  [leadId, dealId, handoffId, appointmentId, actionId, cardId, verb].join(' ');

export const keyOf = (item: DayItem): string => `${item.section} ${whatOf(item)}`;

/**
 * The list with what is open as it was opened, and where: what somebody is writing of it must not go because it falls due, or because another
 * has done it meanwhile.
 */
export function keepOpen(items: readonly DayItem[], open: DayItem | undefined): readonly DayItem[] {
  if (open === undefined || items.some((item) => keyOf(item) === keyOf(open))) return items;
  const others = items.filter((item) => whatOf(item) !== whatOf(open));
  const place = Math.max(
    0,
    others.findIndex(({ section }) => section === open.section),
  );
  return others.toSpliced(place, 0, open);
}
