import { GiveUp, TryLater } from '@leadlog/jobs';
import { Webhook } from 'standardwebhooks';

const TIMEOUT_MS = 15_000;
const EXCERPT_CHARACTERS = 500;
/** The longest delay that a destination can request with Retry-After. */
const LONGEST_RETRY_AFTER_MS = 86_400_000;

export interface Destination {
  /** Letters, digits, `-` and `_`; part of the queue's name. */
  name: string;
  /** http or https. */
  url: string;
  /** Base64, with or without the prefix `whsec_`. */
  secret: string;
  /** At most `max` deliveries per `perMs`. */
  rateLimit?: { max: number; perMs: number };
  /** Time limit for the answer. Default: 15,000. */
  timeoutMs?: number;
}

export interface Delivery {
  /** The same at every attempt, so that the receiver can drop repeats. */
  id: string;
  type: string;
  /** RFC 3339. */
  timestamp: string;
  data: unknown;
}

/**
 * One attempt. Resolves when the destination has answered 2xx. Rejects with GiveUp if a retry cannot help, with
 * TryLater if the destination said when to retry, with another error if a retry may help.
 */
export async function deliverWebhook(destination: Destination, delivery: Delivery, signal: AbortSignal, now = new Date()): Promise<void> {
  const { name, url, secret, timeoutMs = TIMEOUT_MS } = destination;
  const body = JSON.stringify({ type: delivery.type, timestamp: delivery.timestamp, data: delivery.data });
  const timeout = AbortSignal.timeout(timeoutMs);
  let response: Response;
  let excerpt: string;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Leadlog',
        'webhook-id': delivery.id,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        'webhook-signature': new Webhook(secret).sign(delivery.id, now, body),
      },
      body,
      // A signed body is sent only to the configured URL.
      redirect: 'manual',
      signal: AbortSignal.any([signal, timeout]),
    });
    excerpt = await startOf(response);
  } catch (error) {
    if (timeout.aborted && !signal.aborted) throw new Error(`webhook ${name}: no answer within ${timeoutMs} ms`);
    throw new Error(`webhook ${name}: ${causeOf(error)}`, { cause: error });
  }
  if (response.ok) return;
  const { status } = response;
  const what = `webhook ${name} answered ${status}${excerpt === '' ? '' : `: ${excerpt}`}`;
  if (status === 410) throw new GiveUp(`${what} (gone: remove the destination from the settings)`);
  if (status >= 300 && status < 400)
    throw new GiveUp(`${what} (redirects are not followed; set the url to ${response.headers.get('location') ?? 'where it leads'})`);
  if (status >= 400 && status < 500 && ![408, 425, 429].includes(status)) throw new GiveUp(what);
  const retryAfterMs = status === 429 || status === 503 ? retryAfter(response.headers.get('retry-after'), now.getTime()) : undefined;
  throw retryAfterMs === undefined ? new Error(what) : new TryLater(what, retryAfterMs);
}

/** RFC 9110: seconds or an HTTP date. Undefined if there is none or it cannot be parsed. */
export function retryAfter(header: string | null, now: number): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const ms = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), LONGEST_RETRY_AFTER_MS);
}

/** Reads only the beginning, because an answer may be of any length. */
async function startOf(response: Response): Promise<string> {
  if (!response.body) return '';
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length >= EXCERPT_CHARACTERS) break;
  }
  return [...text].slice(0, EXCERPT_CHARACTERS).join('').trim();
}

/** fetch reports only "fetch failed"; the reason is in the cause. */
function causeOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { code?: string; message?: string } };
  return [message ?? String(error), cause?.code ?? cause?.message].filter(Boolean).join(': ');
}
