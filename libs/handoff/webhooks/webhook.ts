import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { GiveUp, TryLater } from '@leadlog/jobs';
import { Webhook } from 'standardwebhooks';
import { ForbiddenAddress, type WebhookTargets } from './targets';

const TIMEOUT_MS = 15_000;
const EXCERPT_CHARACTERS = 500;
/** The longest delay that a destination can request with Retry-After. */
const LONGEST_RETRY_AFTER_MS = 86_400_000;

export interface Destination {
  /** Letters, digits, `-` and `_`; part of the queue's name. */
  name: string;
  /** http or https; what is dialled is for WebhookTargets to say. */
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

/** To whom, and what may be dialled for it. */
export type Deliver = Destination & { targets: WebhookTargets };

/**
 * One attempt. Resolves when the destination has answered 2xx. Rejects with GiveUp if a retry cannot help, with
 * TryLater if the destination said when to retry, with another error if a retry may help.
 */
export async function deliverWebhook(destination: Deliver, delivery: Delivery, signal: AbortSignal, now = new Date()): Promise<void> {
  const { name, url, secret, targets, timeoutMs = TIMEOUT_MS } = destination;
  const refusal = targets.refusalOf(url);
  if (refusal) throw new GiveUp(`webhook ${name}: expected ${refusal.expected}, got ${refusal.got}`);
  const body = JSON.stringify({ type: delivery.type, timestamp: delivery.timestamp, data: delivery.data });
  const timeout = AbortSignal.timeout(timeoutMs);
  let response: IncomingMessage;
  let excerpt: string;
  try {
    response = await post(url, body, {
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'Leadlog',
        'webhook-id': delivery.id,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        'webhook-signature': new Webhook(secret).sign(delivery.id, now, body),
      },
      lookup: targets.lookup,
      signal: AbortSignal.any([signal, timeout]),
    });
    excerpt = await startOf(response);
  } catch (error) {
    if (error instanceof ForbiddenAddress) throw new GiveUp(`webhook ${name}: ${error.message}`);
    if (timeout.aborted && !signal.aborted) throw new Error(`webhook ${name}: no answer within ${timeoutMs} ms`);
    throw new Error(`webhook ${name}: ${causeOf(error)}`, { cause: error });
  }
  const status = response.statusCode!;
  if (status >= 200 && status < 300) return;
  const what = `webhook ${name} answered ${status}${excerpt === '' ? '' : `: ${excerpt}`}`;
  if (status === 410) throw new GiveUp(`${what} (gone: remove the destination from the settings)`);
  if (status >= 300 && status < 400)
    throw new GiveUp(`${what} (redirects are not followed; set the url to ${response.headers.location ?? 'where it leads'})`);
  if (status >= 400 && status < 500 && ![408, 425, 429].includes(status)) throw new GiveUp(what);
  const retryAfterMs = status === 429 || status === 503 ? retryAfter(response.headers['retry-after'], now.getTime()) : undefined;
  throw retryAfterMs === undefined ? new Error(what) : new TryLater(what, retryAfterMs);
}

type Posted = Pick<RequestOptions, 'headers' | 'lookup' | 'signal'>;

/** Over a connection of its own, so that every delivery looks where it goes. Follows no redirect: a signed body is sent only to the configured URL. */
function post(url: string, body: string, options: Posted): Promise<IncomingMessage> {
  const request = new URL(url).protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((answered, failed) => {
    request(url, { ...options, method: 'POST', agent: false }, answered)
      .on('error', failed)
      .end(body);
  });
}

/** RFC 9110: seconds or an HTTP date. Undefined if there is none or it cannot be parsed. */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined || header.trim() === '') return undefined;
  const ms = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), LONGEST_RETRY_AFTER_MS);
}

/** Reads only the beginning, because an answer may be of any length. */
async function startOf(response: IncomingMessage): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length >= EXCERPT_CHARACTERS) break;
  }
  return [...text].slice(0, EXCERPT_CHARACTERS).join('').trim();
}

/** Where several addresses were tried, the message is empty and the code says it. */
function causeOf(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string };
  return message || code || String(error);
}
