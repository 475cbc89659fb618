import fc from 'fast-check';
import { BusinessTime, dueAfter, NeverAtWork, parseDuration, type Shift } from '@leadlog/organisation';
import { addDays, localClock, localMoments } from '@leadlog/time';

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const office: readonly Shift[] = [
  { from: 9 * 60, to: 12 * 60 },
  { from: 13 * 60, to: 18 * 60 },
];
const weekdayOf = (day: string): number => (new Date(`${day}T00:00Z`).getUTCDay() + 6) % 7;
const tokyo = new BusinessTime('Asia/Tokyo', (day) => (weekdayOf(day) < 5 && day !== '2026-12-02' ? office : []));
const at = (text: string): number => Date.parse(`${text}+09:00`);
const shown = (ms: number): string => new Date(ms + 9 * 60 * MINUTE).toISOString().slice(0, 16);

describe('business time', () => {
  it.each([
    ['within the morning', '2026-11-30T09:30', '2bh', '2026-11-30T11:30'],
    ['over lunch', '2026-11-30T11:00', '2bh', '2026-11-30T14:00'],
    ['to the end of a day, not the beginning of the next', '2026-11-30T17:00', '1bh', '2026-11-30T18:00'],
    ['over a weekend', '2026-11-27T17:00', '4bh', '2026-11-30T12:00'],
    ['over a holiday', '2026-12-01T17:00', '90bm', '2026-12-03T09:30'],
    ['from the evening, as from the next morning', '2026-11-27T20:00', '30bm', '2026-11-30T09:30'],
    ['a business day is the same time on the next one', '2026-11-27T15:00', '1bd', '2026-11-30T15:00'],
    ['a business day over a holiday', '2026-12-01T15:00', '1bd', '2026-12-03T15:00'],
    ['business days that begin outside working hours', '2026-11-28T03:00', '2bd', '2026-12-03T09:00'],
    ['a length of time takes no notice of any of it', '2026-11-27T17:00', '1d', '2026-11-28T17:00'],
  ])('%s', (_, from, duration, due) => expect(shown(dueAfter(at(from), parseDuration(duration)!, tokyo))).toBe(due));

  it('counts what is worked between two moments, and the days that are', () => {
    expect(tokyo.between(at('2026-11-27T17:30'), at('2026-11-30T09:30'))).toBe(60 * MINUTE);
    expect(tokyo.workingDays('2026-11-30', '2026-12-05')).toBe(4);
    expect(
      ['2026-11-30T08:59', '2026-11-30T09:00', '2026-11-30T12:00', '2026-11-30T17:59'].map((text) => tokyo.isAtWork(at(text))),
    ).toEqual([false, true, false, true]);
  });

  it('is an error where nobody ever works, and no endless loop', () => {
    const never = new BusinessTime('Asia/Tokyo', () => []);
    for (const duration of ['1bm', '1bh', '1bd'])
      expect(() => dueAfter(at('2026-11-30T09:00'), parseDuration(duration)!, never)).toThrow(NeverAtWork);
    const gone = new BusinessTime('Asia/Tokyo', (day) => (day < '2026-12-02' ? office : []));
    expect(() => gone.add(at('2026-11-30T09:00'), 17 * 60 * MINUTE)).toThrow('expected working hours within three years of 2026-11-30');
    expect(gone.between(at('2026-11-30T09:00'), at('2046-11-30T09:00'))).toBe(16 * 60 * MINUTE);
  });

  it('forgets what it knows of days before it remembers too many', () => {
    const first = '2000-01-01';
    let asked = 0;
    const never = new BusinessTime('Asia/Tokyo', (day) => {
      if (day === first) asked += 1;
      return [];
    });
    const second = addDays(first, 1);
    never.workingDays(first, second);
    never.workingDays(first, second);
    expect(asked).toBe(1);
    never.workingDays(second, addDays(second, 100_000));
    never.workingDays(first, second);
    expect(asked).toBe(2);
  });

  it('knows durations', () => {
    expect(['30m', '4h', '1d', '30bm', '4bh', '2bd'].map(parseDuration)).toEqual([
      { ms: 1_800_000 },
      { ms: 14_400_000 },
      { ms: 86_400_000 },
      { businessMs: 1_800_000 },
      { businessMs: 14_400_000 },
      { businessDays: 2 },
    ]);
    expect(['', '0h', '4', 'h', '4hb', '1.5h', '-1h', '4 bh', '4bw', '123456bh'].map(parseDuration)).toEqual(
      Array<undefined>(10).fill(undefined),
    );
  });
});

/**
 * The same, minute by minute. That localClock is right is proved in libs/time. `days`: by their number since 1970, so that a minute costs
 * little.
 */
class ByTheMinute {
  private readonly shifts = new Map<number, readonly Shift[]>();

  constructor(
    private readonly timezone: string,
    private readonly shiftsOn: (day: string) => readonly Shift[],
  ) {}

  /** Whether the clock shows working hours of this day. */
  private showsHours(clock: number, day: number): boolean {
    let shifts = this.shifts.get(day);
    if (shifts === undefined) this.shifts.set(day, (shifts = this.shiftsOn(new Date(day * DAY).toISOString().slice(0, 10))));
    const minute = (clock - day * DAY) / MINUTE;
    return shifts.some(({ from, to }) => minute >= from && minute < to);
  }

  private dayOfShift(ms: number): number | undefined {
    const clock = localClock(ms, this.timezone);
    const shows = Math.floor(clock / DAY);
    return [shows - 1, shows].find((day) => this.showsHours(clock, day));
  }

  isAtWork(ms: number): boolean {
    return this.dayOfShift(ms) !== undefined;
  }

  between(from: number, to: number): number {
    let worked = 0;
    for (let ms = from; ms < to; ms += MINUTE) if (this.isAtWork(ms)) worked += MINUTE;
    return worked;
  }

  add(from: number, ms: number): number {
    let left = ms;
    for (let now = from; ; now += MINUTE) if (this.isAtWork(now) && (left -= MINUTE) === 0) return now + MINUTE;
  }

  private minutesOf(day: number): number[] {
    const minutes: number[] = [];
    for (let ms = (day - 1) * DAY; ms < (day + 3) * DAY; ms += MINUTE)
      if (this.showsHours(localClock(ms, this.timezone), day)) minutes.push(ms);
    return minutes;
  }

  addWorkingDays(from: number, days: number): number {
    let start = from;
    while (!this.isAtWork(start)) start += MINUTE;
    let day = this.dayOfShift(start)!;
    const clock = localClock(start, this.timezone) - day * DAY;
    for (let left = days; left > 0;) if (this.minutesOf((day += 1)).length > 0) left -= 1;
    const [wanted] = localMoments(day * DAY + clock, this.timezone) as [number];
    const minutes = this.minutesOf(day);
    return minutes.find((ms) => ms >= wanted) ?? minutes.at(-1)! + MINUTE;
  }
}

/** Clocks put forward and back, also at midnight, a minute after it, and by half an hour; a day left out; odd offsets. */
const PLACES: readonly [timezone: string, near: string][] = [
  ['Asia/Tokyo', '2026-11-26'],
  ['Asia/Kathmandu', '2026-04-01'],
  ['Europe/Berlin', '2026-03-27'],
  ['Europe/Berlin', '2026-10-23'],
  ['Australia/Lord_Howe', '2026-04-03'],
  ['Australia/Lord_Howe', '2026-10-02'],
  ['America/Sao_Paulo', '2018-02-16'],
  ['America/Sao_Paulo', '2018-11-02'],
  ['America/St_Johns', '2010-11-05'],
  ['Pacific/Apia', '2011-12-28'],
];

const shift = fc
  .record({ from: fc.integer({ min: 0, max: 1_439 }), length: fc.integer({ min: 1, max: 1_440 }) })
  .map(({ from, length }) => ({ from, to: from + length }));
const cases = fc
  .record({
    place: fc.constantFrom(...PLACES),
    week: fc.array(fc.oneof({ weight: 2, arbitrary: fc.constant(office) }, fc.array(shift, { maxLength: 2 })), {
      minLength: 6,
      maxLength: 6,
    }),
    closed: fc.uniqueArray(fc.integer({ min: -2, max: 12 }), { maxLength: 6 }),
    minutes: fc.integer({ min: 0, max: 4 * 1_440 }),
  })
  .map(({ place: [timezone, near], week, closed, minutes }) => {
    const days = new Set(closed.map((day) => addDays(near, day)));
    // Mondays are worked as usual, so that the slow way comes to its end.
    const shiftsOn = (day: string): readonly Shift[] => (days.has(day) ? [] : [office, ...week][weekdayOf(day)]!);
    const from = Date.parse(`${near}T00:00Z`) + minutes * MINUTE;
    return { from, time: new BusinessTime(timezone, shiftsOn), brute: new ByTheMinute(timezone, shiftsOn) };
  });

describe('business time, minute by minute', () => {
  it('is worked and counted as the clock shows it, whatever the clock does', () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 0, max: 5 * 1_440 }), ({ from, time, brute }, minutes) => {
        const to = from + minutes * MINUTE;
        expect(time.isAtWork(from)).toBe(brute.isAtWork(from));
        expect(time.between(from, to)).toBe(brute.between(from, to));
      }),
      { numRuns: 100 },
    );
  });

  it('ends when so much has been worked', () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 1, max: 1_440 }), ({ from, time, brute }, minutes) => {
        expect(time.add(from, minutes * MINUTE)).toBe(brute.add(from, minutes * MINUTE));
      }),
      { numRuns: 100 },
    );
  });

  it('ends at the same time of day some working days later', () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 1, max: 5 }), ({ from, time, brute }, days) => {
        expect(time.addWorkingDays(from, days)).toBe(brute.addWorkingDays(from, days));
      }),
      { numRuns: 60 },
    );
  });

  it('adds up, and what is added is what lies between', () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 1, max: 600 }), fc.integer({ min: 1, max: 600 }), ({ from, time }, a, b) => {
        const once = time.add(from, (a + b) * MINUTE);
        expect(time.add(time.add(from, a * MINUTE), b * MINUTE)).toBe(once);
        expect(time.between(from, once)).toBe((a + b) * MINUTE);
      }),
      { numRuns: 100 },
    );
  });
});
