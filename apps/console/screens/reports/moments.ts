import { momentOf } from '../../app/zoned';

/** What a field for a date and time holds, on the clock of the company, in RFC 3339; undefined while it holds none. */
export function asMoment(clock: string, timeZone: string): string | undefined {
  const at = momentOf(clock.slice(0, 16), timeZone);
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}
