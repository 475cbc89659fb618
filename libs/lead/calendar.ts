/**
 * Local days and hours of a time zone, exact also where clocks change, fast enough for every event of a rebuild.
 * What it remembers is a cache of pure functions of (moment, zone).
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The day of a moment, YYYY-MM-DD. */
export const localDay = (ms: number, timezone: string): string => zone(timezone).dayName(ms);
/** The month of a moment, YYYY-MM. */
export const localMonth = (ms: number, timezone: string): string => zone(timezone).dayName(ms).slice(0, 7);
/** 0 to 23. */
export const localHour = (ms: number, timezone: string): number => Math.floor(mod(zone(timezone).local(ms), DAY) / HOUR);
/** 1 (Monday) to 7 (Sunday), as in ISO 8601. */
export const localWeekday = (ms: number, timezone: string): number => mod(Math.floor(zone(timezone).local(ms) / DAY) + 3, 7) + 1;
/** Minutes since local midnight on the clock, 0 to 1439. */
export const localMinuteOfDay = (ms: number, timezone: string): number => Math.floor(mod(zone(timezone).local(ms), DAY) / MINUTE);

/** What the clock shows, in ms as if it were UTC. */
export const localClock = (ms: number, timezone: string): number => zone(timezone).local(ms);

/**
 * The moments at which the clock shows `clock` (as localClock gives it), in order: two where it is put back. What it skips is read on the clock
 * as it was before.
 */
export function localMoments(clock: number, timezone: string): number[] {
  const at = zone(timezone);
  // A day away, so that no change of the clock lies between offset and moment unless it is the one in question.
  const [before, after] = [clock - DAY, clock + DAY].map((ms) => clock - (at.local(ms) - ms)) as [number, number];
  const shown = [...new Set([before, after])].filter((ms) => at.local(ms) === clock);
  return shown.length > 0 ? shown.sort((a, b) => a - b) : [before];
}

/** The first moment of a day (YYYY-MM-DD) there: not always 00:00, where a clock is put forward at midnight. */
export function startOfLocalDay(day: string, timezone: string): number {
  const at = zone(timezone);
  const wanted = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(wanted)) throw new RangeError(`expected a day as YYYY-MM-DD, got ${JSON.stringify(day)}`);
  // Offsets lie between -12 and +14 hours (and a little more, long ago).
  let before = wanted - 26 * HOUR;
  let notBefore = wanted + 26 * HOUR;
  while (notBefore - before > 1) {
    const middle = Math.floor((before + notBefore) / 2);
    if (at.local(middle) >= wanted) notBefore = middle;
    else before = middle;
  }
  return notBefore;
}

/** The day `days` after this one (before it, if negative). */
export const addDays = (day: string, days: number): string => new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);

export function isTimezone(timezone: string): boolean {
  try {
    zone(timezone);
    return true;
  } catch {
    return false;
  }
}

const mod = (value: number, by: number): number => ((value % by) + by) % by;

const zones = new Map<string, Zone>();
function zone(timezone: string): Zone {
  let found = zones.get(timezone);
  if (found === undefined) zones.set(timezone, (found = new Zone(timezone)));
  return found;
}

class Zone {
  private readonly format: Intl.DateTimeFormat;
  /** UTC day → offset, or NaN when the clock changes on that day. */
  private readonly offsets = new Map<number, number>();
  private readonly hours = new Map<number, number>();
  private readonly names = new Map<number, string>();

  constructor(timezone: string) {
    this.format = new Intl.DateTimeFormat('en-u-ca-iso8601-nu-latn', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** What the wall clock shows, as if it were UTC. */
  local(ms: number): number {
    return ms + this.offset(ms);
  }

  dayName(ms: number): string {
    const day = Math.floor(this.local(ms) / DAY);
    let name = this.names.get(day);
    if (name === undefined) this.names.set(day, (name = new Date(day * DAY).toISOString().slice(0, 10)));
    return name;
  }

  private offset(ms: number): number {
    const day = this.constant(this.offsets, ms, DAY);
    if (!Number.isNaN(day)) return day;
    const hour = this.constant(this.hours, ms, HOUR);
    return Number.isNaN(hour) ? this.asked(ms) : hour;
  }

  /** The offset of a whole span, if it is the same at both its ends. No zone changes its clock twice in a day. */
  private constant(cache: Map<number, number>, ms: number, span: number): number {
    const at = Math.floor(ms / span);
    let offset = cache.get(at);
    if (offset === undefined) {
      offset = this.asked(at * span);
      if (this.asked((at + 1) * span) !== offset) offset = Number.NaN;
      cache.set(at, offset);
    }
    return offset;
  }

  private asked(ms: number): number {
    const part: Record<string, number> = {};
    for (const { type, value } of this.format.formatToParts(ms)) part[type] = Number(value);
    const wallClock = Date.UTC(part['year']!, part['month']! - 1, part['day']!, part['hour']!, part['minute']!, part['second']!);
    return wallClock - Math.floor(ms / 1000) * 1000;
  }
}
