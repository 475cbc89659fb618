import { LeadlogError } from '@leadlog/errors';
import type { Jobs, QueuePolicy } from '@leadlog/jobs';
import { Webhook } from 'standardwebhooks';
import type { WebhookTargets } from './targets';
import { deliverWebhook, type Delivery, type Destination } from './webhook';

/**
 * About a day of retries before a delivery becomes a dead letter: 10 s, 20 s, … up to half an hour apart. Hot leads are urgent, so
 * a destination that recovers after hours is notified within half an hour.
 */
export const WEBHOOK_POLICY = {
  attempts: 70,
  backoff: { firstMs: 10_000, maxMs: 1_800_000 },
  concurrency: 4,
  leaseMs: 60_000,
} as const satisfies QueuePolicy;

/** A destination to which nothing could ever be delivered; `part` is the part that is wrong. */
export class WrongDestination extends LeadlogError {
  readonly kind = 'invalid';

  constructor(
    readonly destination: string,
    readonly part: 'name' | 'url' | 'secret',
    message: string,
  ) {
    super(message);
  }
}

/** Each destination has its own queue, so that one that hangs or fails does not delay another. */
export function webhookQueue(destination: string): string {
  return `webhooks.${destination}`;
}

/** Starts to deliver to each destination. Throws WrongDestination at once if one cannot work. `policy` overrides parts of the default. */
export function webhookJobs(
  jobs: Jobs,
  destinations: readonly Destination[],
  targets: WebhookTargets,
  policy: QueuePolicy = {},
): { stop(graceMs?: number): Promise<void> } {
  const names = new Set<string>();
  for (const destination of destinations) {
    check(destination);
    if (names.has(destination.name))
      throw new WrongDestination(
        destination.name,
        'name',
        `two webhook destinations are named ${destination.name}; give each its own name`,
      );
    names.add(destination.name);
  }
  const workers = destinations.map((destination) =>
    jobs.work<Delivery>(webhookQueue(destination.name), (job) => deliverWebhook({ ...destination, targets }, job.payload, job.signal), {
      ...WEBHOOK_POLICY,
      ...(destination.rateLimit && { rateLimit: destination.rateLimit }),
      ...policy,
    }),
  );
  return { stop: async (graceMs) => void (await Promise.all(workers.map((worker) => worker.stop(graceMs)))) };
}

/**
 * Durable when resolved; false for a delivery that already existed. `delivery.id` must be derived from its content (the id
 * of the event behind it), so that a repeat after a crash is the same delivery; adding the destination makes it one per receiver.
 */
export async function enqueueDelivery(jobs: Jobs, destination: string, delivery: Delivery): Promise<boolean> {
  const [added] = await jobs.enqueue([{ id: delivery.id, queue: webhookQueue(destination), payload: delivery }]);
  return added!;
}

/**
 * What happened longer ago is not told any more. The id of a delivery keeps it from being sent again only while its finished job is kept, 30
 * days at least; what is to be told stands on its list for as long as the handoff is open, and every restart looks at the list anew.
 */
const TOLD_FOR_MS = 20 * 86_400_000;
export const isStillTold = (at: number, now: number): boolean => at > now - TOLD_FOR_MS;

/** What of the address of a destination cannot work, whoever delivers to it. */
export function wrongPartOf({ name, url }: Pick<Destination, 'name' | 'url'>): { part: 'name' | 'url'; message: string } | undefined {
  if (!/^[\w-]{1,64}$/.test(name))
    return { part: 'name', message: `webhook destination "${name}": expected a name of 1 to 64 letters, digits, - or _` };
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    return { part: 'url', message: `webhook ${name}: expected an http or https url, got "${url}"` };
  return undefined;
}

function check({ name, url, secret }: Destination): void {
  const wrong = wrongPartOf({ name, url });
  if (wrong) throw new WrongDestination(name, wrong.part, wrong.message);
  try {
    new Webhook(secret);
  } catch (error) {
    // The secret itself stays out of messages and logs.
    throw new WrongDestination(
      name,
      'secret',
      `webhook ${name}: expected a secret in base64, optionally with the prefix whsec_ (${(error as Error).message})`,
    );
  }
}
