import { LAST_DAY } from './calendar-text';

/**
 * Local days and hours of a time zone, exact also where clocks change, fast enough for every event of a rebuild.
 * What it remembers is a cache of pure functions of (moment, zone).
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Shorter than the shortest time for which any zone has changed its clock: a Ramadan. */
const FORTNIGHT = 14 * DAY;
/** Before, clocks went by the sun, as they still do then; and years of fewer than four digits are read as others. */
const FIRST_ASKED = Date.UTC(1800, 0, 1);
/** The last moment that a Date can hold is within an offset of it. */
const LAST_ASKED = Date.UTC(9999, 11, 31);
/** Seconds stand there where clocks went by the sun. */
const OFFSET = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/;

/** The day of a moment, YYYY-MM-DD. */
export const localDay = (ms: number, timezone: string): string => zone(timezone).dayName(ms);
/** The same as a number: days since 1970-01-01. */
export const localDayNumber = (ms: number, timezone: string): number => zone(timezone).dayNumber(ms);
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
 * The moments at which the clock shows `clock` (as localClock gives it), in order: two where it is put back. What it skips is read on the
 * clock as it was before.
 */
export function localMoments(clock: number, timezone: string): number[] {
  const at = zone(timezone);
  // A day away, so that no change of the clock lies between offset and moment unless it is the one in question.
  const [before, after] = [clock - DAY, clock + DAY].map((ms) => clock - (at.local(ms) - ms)) as [number, number];
  const shown = [...new Set([before, after])].filter((ms) => at.local(ms) === clock);
  return shown.length > 0 ? shown.sort((a, b) => a - b) : [before];
}

/** The first moment of a day (YYYY-MM-DD) there: not always 00:00, where a clock is put forward at midnight. */
export const startOfLocalDay = (day: string, timezone: string): number => zone(timezone).startOf(day);

/**
 * When the clock there is put forward or back between two moments (ms), in order, and how far it is from UTC then: the table of the zone.
 */
export function clockChanges(from: number, to: number, timezone: string): { at: number; offset: number }[] {
  // None of these days is asked for again, so none is remembered.
  const offsetAt = (ms: number): number => zone(timezone).asked(ms);
  const changes: { at: number; offset: number }[] = [];
  for (let start = from; start < to; start += FORTNIGHT) {
    let before = start;
    let at = Math.min(start + FORTNIGHT, to);
    const offset = offsetAt(at);
    if (offset === offsetAt(before)) continue;
    while (at - before > 1) {
      const middle = Math.floor((before + at) / 2);
      if (offsetAt(middle) === offset) at = middle;
      else before = middle;
    }
    changes.push({ at, offset });
  }
  return changes;
}

/** How many days `to` is after `from`. */
export const daysBetween = (from: string, to: string): number => numberOfDay(to) - numberOfDay(from);

/** The day `days` after this one (before it, if negative). */
export const addDays = (day: string, days: number): string => nameOfDay(numberOfDay(day) + days);

/** Dates are slow to read and write, and business time asks for the same days again and again. */
const MOST_DAYS = 100_000;
const dayNumbers = new Map<string, number>();
/** Days since 1970-01-01. */
function numberOfDay(day: string): number {
  let number = dayNumbers.get(day);
  if (number === undefined) {
    if (dayNumbers.size >= MOST_DAYS) dayNumbers.clear();
    dayNumbers.set(day, (number = Date.parse(`${day}T00:00:00Z`) / DAY));
  }
  return number;
}

const LAST_NUMBER = Date.parse(`${LAST_DAY}T00:00:00Z`) / DAY;
const dayNames = new Map<number, string>();
function nameOfDay(number: number): string {
  let name = dayNames.get(number);
  if (name === undefined) {
    if (dayNames.size >= MOST_DAYS) dayNames.clear();
    // A window that goes on beyond the last day ends with it.
    dayNames.set(number, (name = number >= LAST_NUMBER ? LAST_DAY : new Date(number * DAY).toISOString().slice(0, 10)));
  }
  return name;
}

/** Where a window of so many days ends, or before a moment begins: the first moment of that day there. A day is not always 24 hours. */
export const startOfDayAfter = (ms: number, days: number, timezone: string): number =>
  startOfLocalDay(addDays(localDay(ms, timezone), days), timezone);

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
  /** The day of a representative asks for the same sixty midnights for each of hundreds of deals. */
  private readonly starts = new Map<string, number>();

  constructor(timezone: string) {
    // Three times as quick to ask as the parts of a whole date, and a rebuild or a table of changes asks thousands of times.
    this.format = new Intl.DateTimeFormat('en-u-nu-latn', { timeZone: timezone, hour: 'numeric', timeZoneName: 'longOffset' });
  }

  /** What the wall clock shows, as if it were UTC. */
  local(ms: number): number {
    return ms + this.offset(ms);
  }

  startOf(day: string): number {
    let start = this.starts.get(day);
    if (start === undefined) {
      if (this.starts.size >= MOST_DAYS) this.starts.clear();
      this.starts.set(day, (start = this.foundStart(day)));
    }
    return start;
  }

  private foundStart(day: string): number {
    const wanted = Date.parse(`${day}T00:00:00Z`);
    if (Number.isNaN(wanted)) throw new RangeError(`expected a day as YYYY-MM-DD, got ${JSON.stringify(day)}`);
    // Offsets lie between -12 and +14 hours (and a little more, long ago).
    let before = wanted - 26 * HOUR;
    let notBefore = wanted + 26 * HOUR;
    while (notBefore - before > 1) {
      const middle = Math.floor((before + notBefore) / 2);
      if (this.local(middle) >= wanted) notBefore = middle;
      else before = middle;
    }
    return notBefore;
  }

  dayName(ms: number): string {
    return nameOfDay(this.dayNumber(ms));
  }

  dayNumber(ms: number): number {
    return Math.floor(this.local(ms) / DAY);
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

  /** The offset at a moment, from Node's table. */
  asked(moment: number): number {
    const ms = Math.min(Math.max(moment, FIRST_ASKED), LAST_ASKED);
    const shown = this.format.format(ms);
    const [, sign, hours, minutes, seconds] = OFFSET.exec(shown) ?? [];
    if (hours === undefined && !shown.endsWith('GMT')) throw new Error(`expected an offset such as GMT+09:00, got ${shown}`);
    const offset = Number(hours ?? 0) * HOUR + Number(minutes ?? 0) * MINUTE + Number(seconds ?? 0) * 1_000;
    return sign === '-' ? -offset : offset;
  }
}
