import { setTimeout as sleep } from 'node:timers/promises';
import { isPassing } from '@leadlog/errors';

/** Tries again, with growing pauses of at most 2 s, as long as the fault is a passing one; nothing is given up or skipped. */
export class Retry {
  constructor(
    private readonly signal: AbortSignal,
    private readonly onWait: (error: Error) => void,
  ) {}

  async untilAvailable<T>(work: () => Promise<T>): Promise<T> {
    for (let pause = 50; ; pause = Math.min(2_000, pause * 2)) {
      try {
        return await work();
      } catch (error) {
        if (!isPassing(error) || this.signal.aborted) throw error;
        if (pause === 50) this.onWait(error);
        await sleep(pause, undefined, { signal: this.signal }).catch(() => {
          throw error;
        });
      }
    }
  }
}
