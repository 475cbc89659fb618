import { isIPv6 } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';
import type { Holder } from '@leadlog/access';
import type { LimitSettings } from '../../setup/settings';
import { RequestRefused } from '../problem-details';
import { isPacked } from './unpacked-bodies';

const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;
const MEGABYTE = 1_000_000;
/** The owner's key operates, scripts and fills the engine, so it may make this many times the requests of a person's. */
const OWNERS_SHARE = 100;
/** What is longer is refused for that, by whoever reads it. */
const LONGEST_BYTES = 8 * 1_048_576;
/** Keys and addresses that are counted at once; of more, those that asked least recently begin anew. */
const MOST_KEPT = 100_000;
/** Balancers ask often, and the answer costs nothing. */
const HEALTH = /^\/health\//;
/** What senders are for is counted by bytes, everything else by requests. */
const EVENTS = /^\/v1\/events\/?(\?|$)/;
/** Whoever is told of changes asks for nothing meanwhile, and comes again when the connection breaks. */
const LIVE = /^\/v1\/live\/?(\?|$)/;
const NDJSON = /^application\/x-ndjson\b/i;

/** What one may use of something in a span of time, which begins with the first use. */
export class Quota {
  private readonly spans: LRUCache<string, { used: number; until: number }>;

  constructor(
    readonly most: number,
    private readonly spanMs: number,
    kept = MOST_KEPT,
  ) {
    // With `max` it would take the memory of all of them at once, which every start of an engine waits for.
    this.spans = new LRUCache({ maxSize: kept, sizeCalculation: () => 1 });
  }

  /** Uses some of it. Returns in how many ms there is more, if this was more than there is. */
  use(who: string, amount: number, now: number): number | undefined {
    let span = this.spans.get(who);
    if (!span || span.until <= now) this.spans.set(who, (span = { used: 0, until: now + this.spanMs }));
    span.used += amount;
    return span.used > this.most ? span.until - now : undefined;
  }
}

/**
 * Keeps one caller from using up what all need: requests are counted by key, bytes of events by the key that sends them, and requests without
 * a key by address. Each process counts what it is asked itself. By a clock that nobody sets.
 */
export class Limits {
  private readonly requests: Quota;
  private readonly ownersRequests: Quota;
  private readonly addressRequests: Quota;
  private readonly streams: Quota;
  private readonly bytes: Quota;

  constructor(
    { requests, addressRequests, megabytes }: LimitSettings,
    private readonly now = (): number => performance.now(),
  ) {
    this.requests = new Quota(requests, MINUTE_MS);
    this.ownersRequests = new Quota(OWNERS_SHARE * requests, MINUTE_MS);
    this.addressRequests = new Quota(addressRequests, MINUTE_MS);
    this.streams = new Quota(requests, MINUTE_MS);
    this.bytes = new Quota(megabytes * MEGABYTE, SECOND_MS);
  }

  /** To be asked once of every request, when it is known whose key it came with. */
  refusalOf({ access, ip, url, headers }: Pick<FastifyRequest, 'access' | 'ip' | 'url' | 'headers'>): RequestRefused | undefined {
    if (access === undefined)
      return HEALTH.test(url)
        ? undefined
        : this.over(this.addressRequests, networkOf(ip), 'requests a minute from one address', 'LEADLOG_LIMIT_ADDRESS');
    const { kind, id, role } = access;
    if (LIVE.test(url)) return this.over(this.streams, id, 'streams of changes opened a minute', 'LEADLOG_LIMIT_REQUESTS');
    const asked =
      role === 'sender' && EVENTS.test(url)
        ? undefined
        : this.over(
            role === 'owner' && kind === 'key' ? this.ownersRequests : this.requests,
            id,
            kind === 'key' ? 'requests a minute with one key' : 'requests a minute by one person',
            'LEADLOG_LIMIT_REQUESTS',
          );
    return asked ?? this.bytesOver(access, bytesOf(headers));
  }

  private bytesOver({ id }: Holder, bytes: number): RequestRefused | undefined {
    return this.over(this.bytes, id, 'bytes a second sent with one key', 'LEADLOG_LIMIT_MEGABYTES', bytes);
  }

  /**
   * Counts the bodies of which the headers do not tell how long they become, as they come and unpacked, and breaks them off where they are
   * over the limit. To be added behind whatever unpacks them. NDJSON is paced by whoever reads it.
   */
  countBodies(fastify: FastifyInstance): void {
    fastify.addHook('preParsing', (request, _reply, payload, next) => {
      const { access, headers } = request;
      if (access && !isStream(headers) && !isTold(headers))
        payload.on('data', (chunk: Buffer) => {
          const over = this.bytesOver(access, chunk.length);
          if (over) payload.destroy?.(over);
        });
      next(null, payload);
    });
  }

  /** What streams is not refused but waits, and with it whoever sends. */
  async pace({ id }: Holder, bytes: number): Promise<void> {
    const waitMs = this.bytes.use(id, bytes, this.now());
    if (waitMs !== undefined) await sleep(waitMs);
  }

  private over(quota: Quota, who: string, what: string, setting: string, amount = 1): RequestRefused | undefined {
    if (amount === 0) return undefined;
    const waitMs = quota.use(who, amount, this.now());
    if (waitMs === undefined) return undefined;
    const expected = `at most ${quota.most} ${what} (${setting})`;
    return new RequestRefused(
      429,
      `expected ${expected}, got more`,
      [{ pointer: '', expected, got: 'more' }],
      Math.ceil(waitMs / SECOND_MS),
    );
  }
}

type Headers = FastifyRequest['headers'];

/** One whose headers do not tell is let in if there is anything left, and counted as it comes. */
function bytesOf(headers: Headers): number {
  if (isStream(headers)) return 0;
  if (!isTold(headers)) return 1;
  return Math.min(Number(headers['content-length'] ?? 0), LONGEST_BYTES);
}

const isStream = ({ 'content-type': type = '' }: Headers): boolean => NDJSON.test(type);

/** Whether the headers tell how many bytes there will be. */
const isTold = (headers: Headers): boolean =>
  !isPacked(headers) && (headers['content-length'] !== undefined || headers['transfer-encoding'] === undefined);

/** Whoever has one address of IPv6 has all of its /64. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed instanceof ipaddr.IPv6 ? `${new ipaddr.IPv6([...parsed.parts.slice(0, 4), 0, 0, 0, 0]).toString()}/64` : parsed.toString();
}
