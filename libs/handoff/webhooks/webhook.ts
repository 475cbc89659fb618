import { GiveUp, TryLater } from '@leadlog/jobs';
import { Webhook } from 'standardwebhooks';

const TIMEOUT_MS = 15_000;
const EXCERPT_CHARACTERS = 500;
/** No destination can put a delivery off for longer than this with Retry-After. */
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
  /** Until the answer is there; 15,000 by default. */
  timeoutMs?: number;
}

export interface Delivery {
  /** The same at every try: the receiver's means to drop repeats. */
  id: string;
  type: string;
  /** RFC 3339. */
  timestamp: string;
  data: unknown;
}

/**
 * One try. Resolves when the destination has answered 2xx. Rejects with GiveUp when trying again cannot help, with
 * TryLater when the destination said when, with another error when it may help.
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
      // A signed body goes to the place that was configured and nowhere else.
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
  if (status >= 300 && status < 400) throw new GiveUp(`${what} (redirects are not followed; set the url to ${response.headers.get('location') ?? 'where it leads'})`);
  if (status >= 400 && status < 500 && ![408, 425, 429].includes(status)) throw new GiveUp(what);
  const retryAfterMs = status === 429 || status === 503 ? retryAfter(response.headers.get('retry-after'), now.getTime()) : undefined;
  throw retryAfterMs === undefined ? new Error(what) : new TryLater(what, retryAfterMs);
}

/** RFC 9110: seconds or an HTTP date. Undefined when there is none or it cannot be read. */
export function retryAfter(header: string | null, now: number): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const ms = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), LONGEST_RETRY_AFTER_MS);
}

/** Only the beginning is read: an answer may be of any length. */
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

/** fetch says only "fetch failed"; why is in the cause. */
function causeOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { code?: string; message?: string } };
  return [message ?? String(error), cause?.code ?? cause?.message].filter(Boolean).join(': ');
}
