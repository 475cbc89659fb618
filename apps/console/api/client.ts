import createClient, { type Middleware } from 'openapi-fetch';
import { isHere } from './connection';
import { Away, Problem, type ProblemDocument } from './problem';
import type { paths } from './types.gen';

/** What this page has written last. Read models follow the log, so what is read soon after waits for it. */
let written: { position: bigint; at: number } | undefined;
const FOLLOW_MS = 20_000;

/** By how much the clock of the engine is ahead of that of this device (ms), if that is worth mentioning. */
let ahead = 0;

/** By the clock of the engine, which refuses what happens after it. */
export const now = (): number => Date.now() + ahead;

function setClock(date: string | null): void {
  const apart = date === null ? 0 : Date.parse(date) - Date.now();
  ahead = Math.abs(apart) > 30_000 ? apart : 0;
}

/** Reads that stand on no read model. */
const AT_ONCE = /^\/v1\/(session|keys|people|audit|log)(\/|\?|$)/;

const conventions: Middleware = {
  onRequest: ({ request }) => {
    if (request.method !== 'GET' || written === undefined || Date.now() - written.at > FOLLOW_MS) return undefined;
    const url = new URL(request.url);
    if (AT_ONCE.test(url.pathname) || url.searchParams.has('after')) return undefined;
    url.searchParams.set('after', String(written.position));
    return new Request(url, request);
  },
  onResponse: async ({ request, response }) => {
    isHere(response.status !== 502 && response.status !== 504);
    setClock(response.headers.get('date'));
    if (!response.ok) throw await problemOf(response);
    const position = response.headers.get('leadlog-position');
    if (request.method !== 'GET' && position !== null && BigInt(position) > (written?.position ?? -1n))
      written = { position: BigInt(position), at: Date.now() };
    return undefined;
  },
  onError: ({ error, request }) => {
    if (error instanceof Problem) return error;
    // A question that was withdrawn tells nothing of the engine.
    if (request.signal.aborted) return error instanceof Error ? error : new Error(String(error));
    isHere(false);
    return new Away(error);
  },
};

async function problemOf(response: Response): Promise<Problem> {
  const retryAfter = Number(response.headers.get('retry-after')) || undefined;
  const said = (await response.json().catch(() => undefined)) as ProblemDocument | undefined;
  return new Problem(
    said ?? { type: '', title: response.statusText, status: response.status, detail: `HTTP ${response.status}` },
    retryAfter,
  );
}

const client = createClient<paths>({ baseUrl: window.location.origin, credentials: 'same-origin' });
client.use(conventions);

/** The API: `api.GET(path, …)` of openapi-fetch. What is not well is thrown: see answerOf. */
export const api = client;

/** The body of what went well; everything else has been thrown by then. */
export async function answerOf<Body>(asked: Promise<{ data?: Body }>): Promise<Body> {
  const { data } = await asked;
  return data as Body;
}
