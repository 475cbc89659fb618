/** Clocks of the time zone of the company, whatever zone a browser is in. */

const parts = new Map<string, Intl.DateTimeFormat>();

/** What a clock there shows: `YYYY-MM-DDTHH:mm`, as a field for it takes. */
export function clockOf(ms: number, timeZone: string): string {
  const format = parts.get(timeZone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  parts.set(timeZone, format);
  return format.format(ms).replace(' ', 'T');
}

/** The moment (ms) at which a clock there shows it; NaN for anything else than YYYY-MM-DDTHH:mm. Where clocks are put forward, the moment after. */
export function momentOf(clock: string, timeZone: string): number {
  // What is no clock is not left to the browser, which reads many things as some moment.
  const asUtc = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(clock) ? Date.parse(`${clock}:00Z`) : Number.NaN;
  if (Number.isNaN(asUtc)) return Number.NaN;
  // The offset there is found by looking twice: the first look may be on the other side of a change.
  const offset = (at: number) => Date.parse(`${clockOf(at, timeZone)}:00Z`) - Math.floor(at / 60_000) * 60_000;
  const first = asUtc - offset(asUtc);
  return asUtc - offset(first);
}

export const dayAfter = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

export const isWeekend = (day: string): boolean => [0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay());

/** The next so many days on which most people work. */
export function workdaysAfter(day: string, count: number): string[] {
  const days: string[] = [];
  for (let next = dayAfter(day, 1); days.length < count; next = dayAfter(next, 1)) if (!isWeekend(next)) days.push(next);
  return days;
}
