import { asMoment } from './moments';

describe('a moment that is asked for', () => {
  it('is on the clock of the company, wherever the device is', () => {
    expect(asMoment('2026-06-01T10:00', 'Asia/Tokyo')).toBe('2026-06-01T01:00:00.000Z');
    expect(asMoment('2026-06-01T10:00', 'America/New_York')).toBe('2026-06-01T14:00:00.000Z');
    expect(asMoment('2026-06-01T10:00:30', 'Asia/Tokyo')).toBe('2026-06-01T01:00:00.000Z');
  });

  it.each(['', '2026-06', '120000-06-01T10:00'])('is none while the field holds "%s"', (clock) => {
    expect(asMoment(clock, 'Asia/Tokyo')).toBeUndefined();
  });
});
