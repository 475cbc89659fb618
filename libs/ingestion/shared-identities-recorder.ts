import { LRUCache } from 'lru-cache';
import { appendAll, type EventLog, type NewEvent } from '@leadlog/event-log';
import { BY_IDENTITY, decisionId, identityStream, ownEvent, type IdentityClaimed, type IdentityShared } from '@leadlog/events';
import type { Identity, IdentityNames } from '@leadlog/lead';

/** An event that reports for one lead an identity of another, without evidence that they are one person. */
export interface Sharing {
  event: NewEvent;
  leadId: string;
  identity: Identity;
  ownerId: string;
}

/** Number of recorded sharings that a process remembers. */
const REMEMBERED = 50_000;

/** Where the claim of an owner is, and of when. */
interface Claimed {
  hash: string;
  at: string;
}

/** Records who shares which identity, once per lead: an address reported every day is one fact. */
export class SharedIdentitiesRecorder {
  /** Which identity, of which owner, for which lead. */
  private readonly recorded = new LRUCache<string, true>({ maxSize: REMEMBERED, sizeCalculation: () => 1 });
  private readonly claims = new LRUCache<string, Claimed>({ max: 10_000 });

  constructor(
    private readonly log: EventLog,
    private readonly names: IdentityNames,
  ) {}

  /** Durable once it resolves. Rejects with an AppendError. */
  async record(sharings: readonly Sharing[]): Promise<void> {
    const events = new Map<string, { stream: string; events: NewEvent[] }>();
    const known = new Set<string>();
    for (const sharing of sharings) {
      const { identity, ownerId, leadId } = sharing;
      const which = JSON.stringify([identity.key, ownerId, leadId]);
      if (this.recorded.has(which) || known.has(which)) continue;
      known.add(which);
      const { hash, at } = await this.claimOf(identity, ownerId);
      const stream = identityStream(hash);
      const pack = events.get(stream) ?? { stream, events: [] };
      events.set(stream, pack);
      pack.events.push(sharedBecause(decisionId('IdentityShared', hash, leadId), sharing, at));
    }
    if (known.size === 0) return;
    await appendAll(
      this.log,
      [...events.values()].map((pack) => ({ ...pack, expected: 'any' })),
    );
    for (const which of known) this.recorded.set(which, true);
  }

  /** An identity may have been claimed before, by somebody who is forgotten, or under the name that it had then. */
  private async claimOf(identity: Identity, ownerId: string): Promise<Claimed> {
    const which = JSON.stringify([identity.key, ownerId]);
    const known = this.claims.get(which);
    if (known) return known;
    for (const hash of this.names.hashesOf(identity))
      for await (const page of this.log.readStream(identityStream(hash))) {
        const claim = page.find(({ type, data }) => type === 'IdentityClaimed' && (data as IdentityClaimed).leadId === ownerId);
        if (!claim) continue;
        const claimed = { hash, at: claim.metadata.occurredAt };
        this.claims.set(which, claimed);
        return claimed;
      }
    throw new Error(`an identity of ${ownerId} has no claim of that lead`);
  }
}

function sharedBecause(id: string, { event, leadId, identity, ownerId }: Sharing, ownedSince: string): NewEvent {
  const data: IdentityShared = { leadId, identity: identity.identity, ownerId, ownedSince };
  return ownEvent({ id, type: 'IdentityShared', data, at: event.metadata.occurredAt, by: BY_IDENTITY, cause: event });
}
