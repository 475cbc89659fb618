import { LRUCache } from 'lru-cache';
import { OutcomeUnknown, WrongExpectedRevision, type Append, type EventLog } from '@leadlog/event-log';
import { BY_IDENTITY, decisionId, identityStream, ownEvent, type IdentityClaimed } from '@leadlog/events';
import { identityHash, leadIdOf, type Identity } from '@leadlog/lead';

/** What an event reports about identities. */
export interface Wish {
  /** The lead it names… */
  leadId?: string;
  /** …or the identity by which it names the lead. */
  by?: Identity;
  /** Identities of that lead reported by the event. */
  tells: readonly Identity[];
  eventId: string;
  /** RFC 3339. */
  occurredAt: string;
}

export interface Assigned {
  leadId: string;
  /** Reported identities that already belong to another lead; the first claim wins. */
  taken: readonly { identity: Identity; leadId: string }[];
}

const NOTHING_TAKEN: Assigned['taken'] = Object.freeze([]);

interface Claim {
  identity: Identity;
  leadId: string;
  wish: Wish;
  /** Its lead is certain. An event that depends on a claim not yet made waits for the next round, because that claim may be lost. */
  certain: boolean;
}

/**
 * Resolves identities to leads. The first event of `identity-<hash>` permanently assigns an identity to a lead; appending it with
 * "no stream" makes the claim race-free between any number of processes. The loser of a race reads the winner.
 */
export class Identities {
  private readonly owners: LRUCache<string, string>;

  constructor(
    private readonly log: EventLog,
    cacheSize = 200_000,
  ) {
    this.owners = new LRUCache({ max: cacheSize });
  }

  /**
   * The lead of each request, as if they came one after another. When it resolves, every claim behind the answers is durable.
   * Rejects with an AppendError other than WrongExpectedRevision; a retry is safe.
   */
  async assign(wishes: readonly Wish[]): Promise<Assigned[]> {
    // What this call has seen, because the cache may drop an entry meanwhile.
    const owners = new Map<string, string>();
    const unclaimed = new Set<string>();
    for (;;) {
      const { assigned, unread, claims } = this.walk(wishes, owners, unclaimed);
      if (unread.size > 0) {
        await Promise.all([...unread.values()].map(({ identity, wish }) => this.read(identity, wish, owners, unclaimed)));
      } else if (claims.size > 0) {
        await this.claim(
          [...claims.values()].filter((claim) => claim.certain),
          owners,
        );
      } else {
        return assigned;
      }
    }
  }

  private walk(wishes: readonly Wish[], owners: ReadonlyMap<string, string>, unclaimed: ReadonlySet<string>) {
    const unread = new Map<string, { identity: Identity; wish: Wish }>();
    const claims = new Map<string, Claim>();
    const assigned: Assigned[] = [];
    const ownerOf = (key: string) => owners.get(key) ?? this.owners.get(key);
    for (const wish of wishes) {
      let leadId = wish.leadId;
      let certain = true;
      if (wish.by) {
        const { key } = wish.by;
        leadId = ownerOf(key);
        if (leadId === undefined) {
          certain = false;
          if (!unclaimed.has(key)) unread.set(key, { identity: wish.by, wish });
          let claim = claims.get(key);
          if (!claim) claims.set(key, (claim = { identity: wish.by, leadId: leadIdOf(wish.by), wish, certain: true }));
          leadId = claim.leadId;
        }
      }
      let taken = NOTHING_TAKEN;
      for (const identity of wish.tells) {
        const { key } = identity;
        const owner = ownerOf(key) ?? claims.get(key)?.leadId;
        if (owner === undefined) {
          if (!unclaimed.has(key)) unread.set(key, { identity, wish });
          claims.set(key, { identity, leadId: leadId!, wish, certain });
        } else if (owner !== leadId) {
          taken = [...taken, { identity, leadId: owner }];
        }
      }
      assigned.push({ leadId: leadId!, taken });
    }
    return { assigned, unread, claims };
  }

  private async read(identity: Identity, wish: Wish, owners: Map<string, string>, unclaimed: Set<string>): Promise<void> {
    const owner = await this.owner(identity);
    if (owner !== undefined) return this.remember(identity, owner, owners);
    for (const key of identity.former ?? []) {
      const former = await this.owner({ key });
      // From now on it is also found by its normal form.
      if (former !== undefined) return this.claim([{ identity, leadId: former, wish, certain: true }], owners);
    }
    unclaimed.add(identity.key);
  }

  private async owner(identity: Pick<Identity, 'key'>): Promise<string | undefined> {
    for await (const [event] of this.log.readStream(identityStream(identityHash(identity)), { limit: 1 }))
      return (event!.data as IdentityClaimed).leadId;
    return undefined;
  }

  private async claim(claims: readonly Claim[], owners: Map<string, string>): Promise<void> {
    const outcomes = await this.log.appendMany(claims.map(claimOf));
    for (const [index, outcome] of outcomes.entries()) {
      const { identity, leadId } = claims[index]!;
      if (outcome.ok) this.remember(identity, leadId, owners);
      else if (!(outcome.error instanceof WrongExpectedRevision)) throw outcome.error;
      else {
        const winner = await this.owner(identity);
        if (winner === undefined) throw new OutcomeUnknown('a claim of an identity was refused, but no lead holds the identity');
        this.remember(identity, winner, owners);
      }
    }
  }

  private remember(identity: Identity, leadId: string, owners: Map<string, string>): void {
    owners.set(identity.key, leadId);
    this.owners.set(identity.key, leadId);
  }
}

function claimOf({ identity, leadId, wish }: Claim): Append {
  const hash = identityHash(identity);
  // The same claim made twice is one event, so that a retry after an unknown outcome is not a lost race.
  const id = decisionId('IdentityClaimed', hash, leadId);
  const data: IdentityClaimed = { leadId, identity: identity.identity };
  return {
    stream: identityStream(hash),
    expected: 'no-stream',
    events: [
      ownEvent({ id, type: 'IdentityClaimed', data, at: wish.occurredAt, by: BY_IDENTITY, cause: { id: wish.eventId, metadata: {} } }),
    ],
  };
}
