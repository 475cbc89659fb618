import { LRUCache } from 'lru-cache';
import { appendAll, type EventLog, type NewEvent } from '@leadlog/event-log';
import { BY_IDENTITY, decisionId, identityStream, ownEvent, type IdentityShared } from '@leadlog/events';
import { identityHash, type Identity } from '@leadlog/lead';

/** An event that reports for one lead an identity of another, without evidence that they are one person. */
export interface Sharing {
  event: NewEvent;
  leadId: string;
  identity: Identity;
  ownerId: string;
}

/** Number of recorded sharings that a process remembers. */
const REMEMBERED = 50_000;

/** Records who shares which identity, once per lead: an address reported every day is one fact. */
export class SharedIdentitiesRecorder {
  private readonly recorded = new LRUCache<string, true>({ max: REMEMBERED });
  /** Stream of an identity → when it was claimed. */
  private readonly claims = new LRUCache<string, string>({ max: 10_000 });

  constructor(private readonly log: EventLog) {}

  /** Durable once it resolves. Rejects with an AppendError. */
  async record(sharings: readonly Sharing[]): Promise<void> {
    const events = new Map<string, { stream: string; events: NewEvent[] }>();
    const ids = new Set<string>();
    for (const sharing of sharings) {
      const hash = identityHash(sharing.identity);
      const id = decisionId('IdentityShared', hash, sharing.leadId);
      if (this.recorded.has(id) || ids.has(id)) continue;
      ids.add(id);
      const stream = identityStream(hash);
      const pack = events.get(stream) ?? { stream, events: [] };
      events.set(stream, pack);
      pack.events.push(sharedBecause(id, sharing, await this.claimedAt(stream)));
    }
    if (ids.size === 0) return;
    await appendAll(
      this.log,
      [...events.values()].map((pack) => ({ ...pack, expected: 'any' })),
    );
    for (const id of ids) this.recorded.set(id, true);
  }

  private async claimedAt(stream: string): Promise<string> {
    const known = this.claims.get(stream);
    if (known !== undefined) return known;
    for await (const [claim] of this.log.readStream(stream, { limit: 1 })) {
      this.claims.set(stream, claim!.metadata.occurredAt);
      return claim!.metadata.occurredAt;
    }
    throw new Error(`${stream} has no claim, although its identity has an owner`);
  }
}

function sharedBecause(id: string, { event, leadId, identity, ownerId }: Sharing, ownedSince: string): NewEvent {
  const data: IdentityShared = { leadId, identity: identity.identity, ownerId, ownedSince };
  return ownEvent({ id, type: 'IdentityShared', data, at: event.metadata.occurredAt, by: BY_IDENTITY, cause: event });
}
