import fc from 'fast-check';
import { localClock } from '@leadlog/time';
import { checkSchedule, dueTimes } from './due-times';

const MINUTE = 60_000;
const short = (ms: number) => new Date(ms).toISOString().slice(0, 16);

/** All that are due in a span, gone through one after another. */
function due(expression: string, timezone: string, from: string, to: string): string[] {
  const { next } = dueTimes(expression, timezone);
  const found: string[] = [];
  for (let at = next(Date.parse(`${from}Z`) - 1); at < Date.parse(`${to}Z`); at = next(at)) found.push(short(at));
  return found;
}

describe('what is due', () => {
  it('follows the clock of the time zone', () => {
    expect(due('0 6 * * 1-5', 'Asia/Tokyo', '2026-06-05T00:00', '2026-06-10T00:00')).toEqual([
      '2026-06-07T21:00',
      '2026-06-08T21:00',
      '2026-06-09T21:00',
    ]);
    expect(due('30 8 1 * *', 'Asia/Kolkata', '2026-01-15T00:00', '2026-04-15T00:00')).toEqual([
      '2026-02-01T03:00',
      '2026-03-01T03:00',
      '2026-04-01T03:00',
    ]);
    expect(due('0 0 29 2 *', 'UTC', '2026-01-01T00:00', '2033-01-01T00:00')).toEqual(['2028-02-29T00:00', '2032-02-29T00:00']);
  });

  it.each([
    // Put forward at 02:00: 02:30 would have been half an hour after that.
    ['30 2 * * *', 'Europe/Berlin', '2026-03-28T00:00', '2026-03-31T00:00', ['2026-03-28T01:30', '2026-03-29T01:30', '2026-03-30T00:30']],
    // Put back at 03:00: 02:30 comes twice.
    ['30 2 * * *', 'Europe/Berlin', '2026-10-24T00:00', '2026-10-27T00:00', ['2026-10-24T00:30', '2026-10-25T00:30', '2026-10-26T01:30']],
    [
      '30 1 * * *',
      'America/New_York',
      '2026-10-31T00:00',
      '2026-11-03T00:00',
      ['2026-10-31T05:30', '2026-11-01T05:30', '2026-11-02T06:30'],
    ],
    [
      '30 2 * * *',
      'America/New_York',
      '2026-03-07T00:00',
      '2026-03-10T00:00',
      ['2026-03-07T07:30', '2026-03-08T07:30', '2026-03-09T06:30'],
    ],
    // There is no midnight on 4 November.
    [
      '0 0 * * *',
      'America/Sao_Paulo',
      '2018-11-03T00:00',
      '2018-11-06T00:00',
      ['2018-11-03T03:00', '2018-11-04T03:00', '2018-11-05T02:00'],
    ],
    // By half an hour.
    [
      '15 2 * * *',
      'Australia/Lord_Howe',
      '2026-10-02T12:00',
      '2026-10-05T12:00',
      ['2026-10-02T15:45', '2026-10-03T15:45', '2026-10-04T15:15'],
    ],
    [
      '45 1 * * *',
      'Australia/Lord_Howe',
      '2026-04-03T12:00',
      '2026-04-06T12:00',
      ['2026-04-03T14:45', '2026-04-04T14:45', '2026-04-05T15:15'],
    ],
    // Each hour of the night, the one that comes twice too.
    [
      '0 * * * *',
      'Europe/Berlin',
      '2026-10-24T23:00',
      '2026-10-25T03:00',
      ['2026-10-24T23:00', '2026-10-25T00:00', '2026-10-25T01:00', '2026-10-25T02:00'],
    ],
    [
      '*/30 * * * *',
      'Europe/Berlin',
      '2026-03-29T00:00',
      '2026-03-29T02:00',
      ['2026-03-29T00:00', '2026-03-29T00:30', '2026-03-29T01:00', '2026-03-29T01:30'],
    ],
  ])('%s in %s, where clocks are changed', (expression, timezone, from, to, expected) =>
    expect(due(expression, timezone, from, to)).toEqual(expected),
  );

  const changes: [string, number][] = (
    [
      ['Europe/Berlin', '2026-03-29T01:00'],
      ['Europe/Berlin', '2026-10-25T01:00'],
      ['America/New_York', '2026-11-01T06:00'],
      ['America/Sao_Paulo', '2018-11-04T03:00'],
      ['America/Sao_Paulo', '2018-02-18T02:00'],
      ['Australia/Lord_Howe', '2026-10-03T15:30'],
      ['Australia/Lord_Howe', '2026-04-04T15:00'],
      ['Africa/Casablanca', '2026-03-22T02:00'],
      ['Asia/Tokyo', '2026-06-01T00:00'],
    ] as const
  ).map(([timezone, at]) => [timezone, Date.parse(`${at}Z`)]);
  const expressions = fc.constantFrom(
    '30 2 * * *',
    '0 0 * * *',
    '*/20 * * * *',
    '15 */2 * * *',
    '0 1-3 * * *',
    '45 1 * * *',
    '30 23 * * *',
    '0 3 * * SUN',
    '10 2,3 * * *',
    '* * * * *',
    '0 6 L * *',
  );

  it('is the same from wherever one looks: no time is due to one who looks early and not to one who looks late', () => {
    fc.assert(
      fc.property(
        expressions,
        fc.constantFrom(...changes),
        fc.integer({ min: -2 * 1_440, max: 1_440 }),
        (expression, [timezone, change], minutes) => {
          const { latest, next } = dueTimes(expression, timezone);
          const now = change + minutes * MINUTE;
          const [last, first] = [latest(now), next(now)];
          expect(last <= now && now < first).toBe(true);
          expect([latest(last), latest(first), next(last), next(last - 1), next(first - 1), latest(first - 1)].map(short)).toEqual(
            [last, first, first, last, first, last].map(short),
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  it('is every minute that the clock shows where every minute is asked for, and nothing that it never shows', () => {
    for (const [timezone, change] of changes) {
      const { next } = dueTimes('*/10 * * * *', timezone);
      const expected: number[] = [];
      for (let at = change - 4 * 60 * MINUTE; at < change + 4 * 60 * MINUTE; at += MINUTE)
        if (localClock(at, timezone) % (10 * MINUTE) === 0) expected.push(at);
      const found: number[] = [];
      for (let at = next(change - 4 * 60 * MINUTE - 1); at < change + 4 * 60 * MINUTE; at = next(at)) found.push(at);
      expect(found.map(short)).toEqual(expected.map(short));
    }
  });
});

describe('a schedule that is none says what was expected and what came', () => {
  it.each([
    [6, 'such as "0 6 * * 1-5", got 6'],
    ['', 'got "" with 1 field'],
    ['@daily', 'got "@daily" with 1 field'],
    ['0 0 6 * * *', 'got "0 0 6 * * *" with 6 fields'],
    ['61 * * * *', 'got "61 * * * *" (Constraint error, got value 61 expected range 0-59)'],
    ['0 6 31 2 *', 'got "0 6 31 2 *" (Invalid explicit day of month definition)'],
    ['H 6 * * *', 'got "H 6 * * *"; H is not known here'],
    ['0 6 * * MNO', 'got "0 6 * * MNO"'],
  ])('%j', (expression, message) => expect(() => checkSchedule(expression)).toThrow(message));

  it.each(['0 6 * * THU', '0 6 * MAR,MAY MON-FRI', '0 6 L * *', '0 6 * * MON#1', ' 5,35  9-17  *  *  * '])('%j is one', (expression) =>
    expect(() => checkSchedule(expression)).not.toThrow(),
  );
});
