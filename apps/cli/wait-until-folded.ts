import { setTimeout as sleep } from 'node:timers/promises';
import { isPassing } from '@leadlog/errors';
import { ApiRefused, callApi } from './api-client';

const ASK_EVERY_MS = 2_000;

/**
 * Waits until every live read model has passed a position. `onBehind` is told how far the last of them is behind the log, in positions, as
 * far as the key may know that.
 */
export async function untilFolded(url: string, position: string, onBehind?: (positions: number) => void): Promise<void> {
  for (;;) {
    try {
      await callApi(url, 'GET', '/v1/log/head', { query: { after: position, timeout: String(ASK_EVERY_MS) } });
      return;
    } catch (error) {
      if (!(error instanceof ApiRefused && isPassing(error))) throw error;
      const positions = onBehind && (await behind(url));
      if (positions !== undefined) onBehind!(positions);
      await sleep(Math.min(error.retryAfterSeconds ?? 0, 1) * 1_000);
    }
  }
}

/** What a read model answers that includes all that is recorded by now, such as a draft of a moment ago. */
export async function callUpToNow<T>(url: string, path: string): Promise<T> {
  const { position } = await callApi<{ position: string }>(url, 'GET', '/v1/log/head');
  return callApi<T>(url, 'GET', path, { query: { after: position } });
}

/** Undefined where the key may send events, and not look at read models. */
async function behind(url: string): Promise<number | undefined> {
  try {
    const { items } = await callApi<{ items: { lag: number; state: string; paused?: boolean }[] }>(url, 'GET', '/v1/projections');
    return Math.max(0, ...items.filter(({ state, paused }) => state === 'live' && !paused).map(({ lag }) => lag));
  } catch (error) {
    if (error instanceof ApiRefused && error.status === 403) return undefined;
    throw error;
  }
}

/** Said beside an answer of read models: a number without it looks the same before and after all is counted. */
export async function asOf(url: string, position: string): Promise<string> {
  const { position: head } = await callApi<{ position: string }>(url, 'GET', '/v1/log/head');
  if (BigInt(head) <= BigInt(position)) return `as of position ${position}, the end of the log\n`;
  return `as of position ${position}; the log has come to ${head}, so what came last is not in it yet (--after ${head} waits for it)\n`;
}
