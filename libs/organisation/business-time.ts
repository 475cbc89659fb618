import { LeadlogError } from '@leadlog/errors';
import { addDays, clockChanges, daysBetween, localClock, localDay, localMoments } from '@leadlog/time';

const MINUTE = 60_000;
const DAY = 86_400_000;
/** Whoever does not work for so long is taken never to work again. */
const LONGEST_PAUSE_DAYS = 3 * 366;
const MOST_DAYS_AT_ONCE = 64;
/** Of which working hours are remembered, so that questions about far-off years do not fill the memory. */
const MOST_DAYS_KNOWN = 100_000;

/** Working hours that begin on a day, in minutes of its clock; `to` is after `from`, and beyond 24:00 where the night is worked through. */
export interface Shift {
  readonly from: number;
  readonly to: number;
}

/** Moments in ms: from `from`, up to `to`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export class NeverAtWork extends LeadlogError {
  readonly kind = 'invalid';

  constructor(since: number) {
    super(`expected working hours within three years of ${new Date(since).toISOString()}, got none; check hours, holidays and absences`);
  }
}

/**
 * Time as it counts for somebody who works by a clock. They are at work while the clock of their time zone shows working hours: what it
 * skips is not worked, what it shows twice is worked twice. Hours after midnight belong to the day on which the shift began, and are worked
 * even if the next day is a holiday. `shiftsOn`: of a day, YYYY-MM-DD; none if it is not worked.
 */
export class BusinessTime {
  private readonly known = new Map<string, readonly Span[]>();

  constructor(
    readonly timezone: string,
    private readonly shiftsOn: (day: string) => readonly Shift[],
  ) {}

  isAtWork(at: number): boolean {
    return this.worked(at, at + 1).length > 0;
  }

  /** The first moment from `at` on that is worked. Throws NeverAtWork. */
  nextAtWork(at: number): number {
    const first = this.spansSince(at).next();
    if (first.done) throw new NeverAtWork(at);
    return first.value.from;
  }

  /** How much of the time between two moments is worked, ms. */
  between(from: number, to: number): number {
    return this.worked(from, to).reduce((sum, span) => sum + span.to - span.from, 0);
  }

  /**
   * When so much has been worked since `at`; the end of a day rather than the beginning of the next. Throws NeverAtWork.
   */
  add(at: number, ms: number): number {
    let left = ms;
    for (const { from, to } of this.spansSince(at)) {
      if (to - from >= left) return from + left;
      left -= to - from;
    }
    throw new NeverAtWork(at);
  }

  /**
   * The same time of day so many working days later; where that is not worked, the next working hours of the day, or its end. What begins
   * outside working hours begins with the next ones. Throws NeverAtWork.
   */
  addWorkingDays(at: number, days: number): number {
    const start = this.nextAtWork(at);
    const shows = localDay(start, this.timezone);
    // Of two days whose hours overlap, the earlier: its shift is still going on.
    const begun = [-2, -1, 0, 1].map((away) => addDays(shows, away)).find((day) => this.spansOf(day).some((span) => holds(span, start)))!;
    const clock = localClock(start, this.timezone) - midnight(begun);
    let day = begun;
    for (let left = days, pause = 0; left > 0;) {
      day = addDays(day, 1);
      const isWorked = this.spansOf(day).length > 0;
      if (isWorked) left -= 1;
      pause = isWorked ? 0 : pause + 1;
      if (pause > LONGEST_PAUSE_DAYS) throw new NeverAtWork(at);
    }
    const [wanted] = localMoments(midnight(day) + clock, this.timezone) as [number];
    const spans = this.spansOf(day);
    const next = spans.find(({ to }) => to > wanted);
    return next ? Math.max(next.from, wanted) : spans.at(-1)!.to;
  }

  /** How many of the days (YYYY-MM-DD) from `from` up to `to`, `to` excluded, are worked. */
  workingDays(from: string, to: string): number {
    let days = 0;
    for (let day = from; day < to; day = addDays(day, 1)) if (this.spansOf(day).length > 0) days += 1;
    return days;
  }

  /** What is worked between two moments, in order. */
  private worked(from: number, to: number): Span[] {
    const spans: Span[] = [];
    // A shift may have begun the day before, and a clock that is put back at midnight shows a day again.
    const last = addDays(localDay(to, this.timezone), 1);
    const first = addDays(localDay(from, this.timezone), -2);
    for (let days = 0; days <= daysBetween(first, last); days += 1) spans.push(...this.spansOf(addDays(first, days)));
    return inOrder(spans)
      .map((span) => ({ from: Math.max(span.from, from), to: Math.min(span.to, to) }))
      .filter((span) => span.from < span.to);
  }

  /** What is worked from `at` on; ends after a pause that is too long to wait for. */
  private *spansSince(at: number): Generator<Span, void> {
    let paused = at;
    for (let from = at, days = 2; ; days = Math.min(2 * days, MOST_DAYS_AT_ONCE)) {
      const to = from + days * DAY;
      for (const span of this.worked(from, to)) {
        yield span;
        paused = span.to;
      }
      if (to - paused > LONGEST_PAUSE_DAYS * DAY) return;
      from = to;
    }
  }

  /** When the working hours of a day are, in order. */
  private spansOf(day: string): readonly Span[] {
    let spans = this.known.get(day);
    if (spans === undefined) {
      const start = midnight(day);
      spans = inOrder(
        this.shiftsOn(day).flatMap(({ from, to }) => whenClockShows(start + from * MINUTE, start + to * MINUTE, this.timezone)),
      );
      if (this.known.size >= MOST_DAYS_KNOWN) this.known.clear();
      this.known.set(day, spans);
    }
    return spans;
  }
}

/** As the clock shows it. */
const midnight = (day: string): number => Date.parse(`${day}T00:00:00Z`);
const holds = ({ from, to }: Span, at: number): boolean => from <= at && at < to;

/** Those that overlap or touch become one. */
function inOrder(spans: readonly Span[]): Span[] {
  const merged: { from: number; to: number }[] = [];
  for (const { from, to } of [...spans].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  return merged;
}

/** The moments at which a clock shows times from `from` up to `to` (as localClock gives them). */
function whenClockShows(from: number, to: number, timezone: string): Span[] {
  // No offset is longer than a day.
  const [start, end] = [from - DAY, to + DAY];
  const offsetAt = (ms: number): number => localClock(ms, timezone) - ms;
  const changes = offsetAt(start) === offsetAt(end) ? [] : clockChanges(start, end, timezone);
  const spans: Span[] = [];
  let since = start;
  let offset = offsetAt(start);
  for (const change of [...changes, { at: end, offset: 0 }]) {
    const span = { from: Math.max(from - offset, since), to: Math.min(to - offset, change.at) };
    if (span.from < span.to) spans.push(span);
    since = change.at;
    offset = change.offset;
  }
  return spans;
}
