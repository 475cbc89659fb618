import { meetingStart } from './meeting-start';

const MINUTE = 60_000;
const now = Date.parse('2026-06-05T15:20:00+09:00');

describe('when a meeting began that is recorded now', () => {
  it('is the time agreed, however late it is recorded', () => {
    const scheduledAt = Date.parse('2026-06-03T14:00:00+09:00');
    for (const minutes of [30, 90]) expect(meetingStart({ scheduledAt, minutes, now })).toBe(scheduledAt);
  });

  it('is its length ago, if nothing was agreed, or it was held before', () => {
    expect(meetingStart({ minutes: 60, now })).toBe(now - 60 * MINUTE);
    expect(meetingStart({ scheduledAt: now + MINUTE, minutes: 30, now })).toBe(now - 30 * MINUTE);
  });
});
