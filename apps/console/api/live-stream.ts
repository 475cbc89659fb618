import type { LiveChange } from './live-changes';

/** `unknown`: nobody knows what has changed, so anything may have. */
export type LiveMessage = { changes: readonly LiveChange[] } | 'unknown';

const NAME = 'leadlog-live';
const LONGEST_PAUSE_MS = 20_000;

/**
 * Tells what changes in the engine, until it is ended. All tabs of a browser share one stream: one of them reads it and tells the others; when it
 * is closed, the next takes over. Where tabs cannot agree on one (locks need a secure context), each reads its own.
 */
export function hearChanges(tell: (message: LiveMessage) => void): () => void {
  const ending = new AbortController();
  const tabs = new BroadcastChannel(NAME);
  tabs.addEventListener('message', ({ data }: MessageEvent<LiveMessage>) => tell(data));
  const read = () =>
    readStream((message) => {
      tell(message);
      if (!ending.signal.aborted) tabs.postMessage(message);
    }, ending.signal);
  // Whoever is ended while it waits for its turn does not get one.
  if ('locks' in navigator) navigator.locks.request(NAME, { signal: ending.signal }, read).catch(() => undefined);
  else void read();
  return () => {
    ending.abort();
    tabs.close();
  };
}

/** Reads the stream until it is ended, again and again, each time from where it was. */
async function readStream(tell: (message: LiveMessage) => void, ending: AbortSignal): Promise<void> {
  let lastId: string | undefined;
  for (let failures = 0; !ending.aborted; failures += 1) {
    const stream = new EventSource(lastId === undefined ? '/v1/live' : `/v1/live?lastEventId=${lastId}`);
    const heard = ({ type, lastEventId, data }: MessageEvent<string>) => {
      // What was read before the first of it may be old by now.
      const isFirst = lastId === undefined;
      lastId = lastEventId;
      failures = 0;
      if (type === 'changed') tell(JSON.parse(data) as { changes: readonly LiveChange[] });
      else if (type === 'reset' || isFirst) tell('unknown');
    };
    // Of the same name is what a browser says when it has connected, without data.
    stream.addEventListener('open', (event) => event instanceof MessageEvent && heard(event));
    for (const type of ['changed', 'reset']) stream.addEventListener(type, heard);
    await refused(stream, ending);
    stream.close();
    const pause = Math.min(LONGEST_PAUSE_MS, 1_000 * 2 ** Math.min(failures, 5));
    if (pause === LONGEST_PAUSE_MS) tell('unknown');
    await over(pause, ending);
  }
}

/** What is cut off, a browser opens again by itself; what is refused, it gives up. */
const refused = (stream: EventSource, ending: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    stream.addEventListener('error', () => stream.readyState === EventSource.CLOSED && resolve());
    ending.addEventListener('abort', () => resolve(), { once: true });
  });

const over = (ms: number, ending: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    ending.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
