import { clockOf, momentOf } from './zoned';

describe('the clock of a time zone', () => {
  it('shows a moment, and is at one', () => {
    const at = Date.parse('2026-06-01T01:00:00Z');
    expect(clockOf(at, 'Asia/Tokyo')).toBe('2026-06-01T10:00');
    expect(momentOf('2026-06-01T10:00', 'Asia/Tokyo')).toBe(at);
  });

  it('is put forward and back: the moment after, and one of both', () => {
    expect(new Date(momentOf('2026-03-29T02:30', 'Europe/Berlin')).toISOString()).toBe('2026-03-29T01:30:00.000Z');
    expect(clockOf(momentOf('2026-10-25T02:30', 'Europe/Berlin'), 'Europe/Berlin')).toBe('2026-10-25T02:30');
  });

  it.each(['', '2026-06-01', '2026-06-01T25:00', '120000-06-01T10:00'])('is at no moment with "%s"', (clock) => {
    expect(momentOf(clock, 'Asia/Tokyo')).toBeNaN();
  });
});
