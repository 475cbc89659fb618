/** When a meeting began that is recorded now, unless somebody says otherwise: at the time agreed, else so long ago that it has just ended. ms. */
export const meetingStart = ({ scheduledAt, minutes, now }: { scheduledAt?: number; minutes: number; now: number }): number =>
  scheduledAt !== undefined && scheduledAt <= now ? scheduledAt : now - minutes * 60_000;
