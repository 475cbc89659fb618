import fc from 'fast-check';
import {
  addDays,
  isTimezone,
  localClock,
  localDay,
  localDayNumber,
  localHour,
  localMinuteOfDay,
  localMoments,
  localMonth,
  localWeekday,
  startOfLocalDay,
} from '@leadlog/time';

const ZONES = [
  'Asia/Tokyo',
  'America/Sao_Paulo',
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Apia',
  'America/St_Johns',
  'UTC',
];
const moments = fc.integer({ min: Date.UTC(1975, 0, 1), max: Date.UTC(2037, 0, 1) });

function byIntl(ms: number, timeZone: string) {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    weekday: 'short',
  }).formatToParts(ms);
  const of = (type: string) => parts.find((part) => part.type === type)!.value;
  return {
    day: `${of('year')}-${of('month')}-${of('day')}`,
    hour: Number(of('hour')),
    minute: Number(of('hour')) * 60 + Number(of('minute')),
    weekday: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(of('weekday')) + 1,
  };
}

describe('local days and hours', () => {
  it('say at any moment and in any zone what Intl says', () => {
    fc.assert(
      fc.property(moments, fc.constantFrom(...ZONES), (ms, timezone) => {
        const said = byIntl(ms, timezone);
        expect({
          day: localDay(ms, timezone),
          hour: localHour(ms, timezone),
          minute: localMinuteOfDay(ms, timezone),
          weekday: localWeekday(ms, timezone),
        }).toEqual(said);
      }),
      { numRuns: 400 },
    );
  });

  it('are exact to the millisecond where a clock is put forward at midnight', () => {
    // São Paulo, 4 November 2018: after 23:59:59 comes 01:00:00.
    const change = Date.UTC(2018, 10, 4, 3);
    expect(localDay(change - 1, 'America/Sao_Paulo')).toBe('2018-11-03');
    expect(localHour(change - 1, 'America/Sao_Paulo')).toBe(23);
    expect(localDay(change, 'America/Sao_Paulo')).toBe('2018-11-04');
    expect(localHour(change, 'America/Sao_Paulo')).toBe(1);
    expect(startOfLocalDay('2018-11-04', 'America/Sao_Paulo')).toBe(change);
  });

  it('are exact where a clock is put back at midnight and an hour comes twice', () => {
    // São Paulo, 18 February 2018: after 23:59:59 of the 17th comes 23:00:00 of the 17th.
    const change = Date.UTC(2018, 1, 18, 2);
    expect([localDay(change - 1, 'America/Sao_Paulo'), localHour(change - 1, 'America/Sao_Paulo')]).toEqual(['2018-02-17', 23]);
    expect([localDay(change, 'America/Sao_Paulo'), localHour(change, 'America/Sao_Paulo')]).toEqual(['2018-02-17', 23]);
    expect(localDay(change + 3_600_000, 'America/Sao_Paulo')).toBe('2018-02-18');
    expect(startOfLocalDay('2018-02-18', 'America/Sao_Paulo')).toBe(change + 3_600_000);
  });

  it('start of a day: its first moment, and the millisecond before is another day', () => {
    fc.assert(
      fc.property(moments, fc.constantFrom(...ZONES.filter((name) => name !== 'America/St_Johns')), (ms, timezone) => {
        const day = localDay(ms, timezone);
        const start = startOfLocalDay(day, timezone);
        expect(localDay(start, timezone)).toBe(day);
        expect(localDay(start - 1, timezone) < day).toBe(true);
        expect(start).toBeLessThanOrEqual(ms);
      }),
      { numRuns: 200 },
    );
  });

  it('a clock shows a time once, twice where it is put back, and what it skips is read on the clock before', () => {
    const shown = (clock: string, timezone: string) =>
      localMoments(Date.parse(`${clock}Z`), timezone).map((ms) => new Date(ms).toISOString().slice(0, 16));
    expect(shown('2026-03-29T01:59', 'Europe/Berlin')).toEqual(['2026-03-29T00:59']);
    expect(shown('2026-03-29T02:30', 'Europe/Berlin')).toEqual(['2026-03-29T01:30']);
    expect(shown('2026-03-29T03:00', 'Europe/Berlin')).toEqual(['2026-03-29T01:00']);
    expect(shown('2026-10-25T02:30', 'Europe/Berlin')).toEqual(['2026-10-25T00:30', '2026-10-25T01:30']);
    expect(shown('2026-04-05T01:45', 'Australia/Lord_Howe')).toEqual(['2026-04-04T14:45', '2026-04-04T15:15']);
    expect(shown('2018-11-04T00:00', 'America/Sao_Paulo')).toEqual(['2018-11-04T03:00']);
  });

  it('the moments at which a clock shows what it shows now include now', () => {
    fc.assert(
      fc.property(moments, fc.constantFrom(...ZONES), (ms, timezone) =>
        expect(localMoments(localClock(ms, timezone), timezone)).toContain(ms),
      ),
      { numRuns: 200 },
    );
  });

  it('number the days since 1970', () => {
    fc.assert(
      fc.property(moments, fc.constantFrom(...ZONES), (ms, timezone) =>
        expect(localDayNumber(ms, timezone)).toBe(Date.parse(localDay(ms, timezone)) / 86_400_000),
      ),
    );
  });

  it('name months and count days across months and leap years', () => {
    expect(localMonth(Date.UTC(2026, 4, 31, 15), 'Asia/Tokyo')).toBe('2026-06');
    expect(addDays('2028-02-28', 1)).toBe('2028-02-29');
    expect(addDays('2026-01-01', -1)).toBe('2025-12-31');
  });

  it('end with the last day of which the text sorts', () => {
    expect(addDays('9999-12-25', 14)).toBe('9999-12-31');
    expect(localDay(Date.parse('9999-12-31T20:00:00Z'), 'Asia/Tokyo')).toBe('9999-12-31');
  });

  it('refuse a zone that does not exist and a day that is none', () => {
    expect(isTimezone('Asia/Tokio')).toBe(false);
    expect(isTimezone('Asia/Tokyo')).toBe(true);
    expect(() => startOfLocalDay('tomorrow', 'Asia/Tokyo')).toThrow('expected a day as YYYY-MM-DD, got "tomorrow"');
  });
});
