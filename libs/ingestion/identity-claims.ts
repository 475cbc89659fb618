import { LRUCache } from 'lru-cache';
import { WrongExpectedRevision, type Append, type EventLog, type RecordedEvent } from '@leadlog/event-log';
import { BY_IDENTITY, decisionId, identityStream, ownEvent, type IdentityClaimed, type PersonalDataErased } from '@leadlog/events';
import { identityHash, leadIdOf, type Identity } from '@leadlog/lead';
import { subjectOfLead } from '@leadlog/personal';

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
  /** Leads that the identity named before: they are forgotten, and what was sent for them may be sent again. */
  former?: readonly string[];
}

/** Whose an identity is, by its stream. */
interface Held {
  owner?: string;
  /** Owners before, whose persons are forgotten. */
  former: readonly string[];
  revision: bigint | 'no-stream';
}
const UNHEARD: Held = { former: [], revision: 'no-stream' };

const NOTHING_TAKEN: Assigned['taken'] = Object.freeze([]);

interface Claim {
  identity: Identity;
  leadId: string;
  wish: Wish;
  /** Its lead is certain. An event that depends on a claim not yet made waits for the next round, because that claim may be lost. */
  certain: boolean;
}

/**
 * Resolves identities to leads. The first event of `identity-<hash>` assigns an identity to a lead, until the person of that lead is
 * forgotten; appending it at the revision that was read makes the claim race-free between any number of processes. The loser of a race
 * reads the winner. A lead whose key is destroyed holds nothing, whether its streams say so yet or not, and never claims anything again:
 * what came for it would be lost.
 */
export class Identities {
  /** Some may be forgotten by now. */
  private readonly owners: LRUCache<string, string>;
  /** Of identities that somebody had who is forgotten. */
  private readonly former: LRUCache<string, readonly string[]>;
  private following: Promise<void> | undefined;
  /** Of whom it has heard last. */
  private gone: ReadonlySet<string> = new Set();

  /** `forgotten`: subjects whose keys are destroyed. */
  constructor(
    private readonly log: EventLog,
    private readonly forgotten: () => Promise<ReadonlySet<string>> = async () => this.gone,
    cacheSize = 200_000,
  ) {
    this.owners = new LRUCache({ max: cacheSize });
    this.former = new LRUCache({ max: cacheSize });
  }

  /**
   * Resolves once it hears of everybody who is forgotten from now on, whoever records it; before that, nothing is remembered. Rejects if the
   * log does, and may be called again.
   */
  follow(): Promise<void> {
    return (this.following ??= this.log.head().then(
      (head) => void this.hear(head),
      (error: unknown) => {
        this.following = undefined;
        throw error;
      },
    ));
  }

  private async hear(after: bigint): Promise<void> {
    try {
      const filter = { types: ['PersonalDataErased'], streamPrefixes: ['identity-'] };
      for await (const { events } of this.log.subscribe({ after, filter })) {
        const over = new Set(events.flatMap(({ data }) => (data as PersonalDataErased).leadIds ?? []));
        if (over.size > 0) for (const [key, owner] of this.owners.entries()) if (over.has(owner)) this.owners.delete(key);
      }
    } catch {
      // The log is closed, or cannot be read: it says so to whoever takes events in.
    }
    this.owners.clear();
    this.following = undefined;
  }

  /**
   * The lead of each request, as if they came one after another. When it resolves, every claim behind the answers is durable.
   * Rejects with an AppendError other than WrongExpectedRevision; a retry is safe.
   */
  async assign(wishes: readonly Wish[]): Promise<Assigned[]> {
    // What this call has seen, because the cache may drop an entry meanwhile.
    const owners = new Map<string, string>();
    const unclaimed = new Map<string, Held>();
    for (;;) {
      this.gone = await this.forgotten();
      const { assigned, unread, claims } = this.walk(wishes, owners, unclaimed);
      if (unread.size > 0) {
        await Promise.all([...unread.values()].map(({ identity, wish }) => this.read(identity, wish, owners, unclaimed)));
      } else if (claims.size > 0) {
        await this.claim(
          [...claims.values()].filter((claim) => claim.certain),
          owners,
          unclaimed,
        );
      } else {
        return assigned;
      }
    }
  }

  /** Whether the identity alone made the lead, in whichever of the lives that `assign` has heard of. */
  hasMade(identity: Identity, leadId: string): boolean {
    const newest = this.newLeadOf(identity, this.former.get(identity.key));
    for (let again = 0; ; again++) {
      const made = leadIdOf(identity, again);
      if (made === leadId || made === newest) return made === leadId;
    }
  }

  private walk(wishes: readonly Wish[], owners: ReadonlyMap<string, string>, unclaimed: ReadonlyMap<string, Held>) {
    const unread = new Map<string, { identity: Identity; wish: Wish }>();
    const claims = new Map<string, Claim>();
    const assigned: Assigned[] = [];
    const ownerOf = (key: string) => this.unlessGone(owners.get(key) ?? this.owners.get(key));
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
          if (!claim)
            claims.set(
              key,
              (claim = { identity: wish.by, leadId: this.newLeadOf(wish.by, unclaimed.get(key)?.former), wish, certain: true }),
            );
          leadId = claim.leadId;
        }
      }
      let taken = NOTHING_TAKEN;
      for (const identity of this.isGone(leadId!) ? [] : wish.tells) {
        const { key } = identity;
        const owner = ownerOf(key) ?? claims.get(key)?.leadId;
        if (owner === undefined) {
          // One that it had and that is over.
          if (unclaimed.get(key)?.former.includes(leadId!)) continue;
          if (!unclaimed.has(key)) unread.set(key, { identity, wish });
          claims.set(key, { identity, leadId: leadId!, wish, certain });
        } else if (owner !== leadId) {
          taken = [...taken, { identity, leadId: owner }];
        }
      }
      const former = wish.by && this.former.get(wish.by.key);
      assigned.push(former ? { leadId: leadId!, taken, former } : { leadId: leadId!, taken });
    }
    return { assigned, unread, claims };
  }

  private async read(identity: Identity, wish: Wish, owners: Map<string, string>, unclaimed: Map<string, Held>): Promise<void> {
    const held = await this.held(identity);
    if (held.former.length > 0) this.former.set(identity.key, held.former);
    if (held.owner !== undefined) return this.remember(identity, held.owner, owners);
    for (const key of identity.former ?? []) {
      const { owner } = await this.held({ key });
      // From now on it is also found by its normal form.
      if (owner !== undefined && !held.former.includes(owner))
        return this.claim([{ identity, leadId: owner, wish, certain: true }], owners, new Map([[identity.key, held]]));
    }
    unclaimed.set(identity.key, held);
  }

  private async held(identity: Pick<Identity, 'key'>): Promise<Held> {
    let held = UNHEARD;
    for await (const page of this.log.readStream(identityStream(identityHash(identity))))
      for (const event of page) held = afterEvent(held, event);
    const { owner, former, revision } = held;
    this.gone = await this.forgotten();
    return owner !== undefined && this.isGone(owner) ? { former: [...former, owner], revision } : held;
  }

  private isGone(leadId: string): boolean {
    return this.gone.size > 0 && this.gone.has(subjectOfLead(leadId));
  }

  private unlessGone(leadId: string | undefined): string | undefined {
    return leadId === undefined || this.isGone(leadId) ? undefined : leadId;
  }

  /** Never one that is forgotten. */
  private newLeadOf(identity: Identity, former: readonly string[] = []): string {
    for (let again = former.length; ; again++) {
      const leadId = leadIdOf(identity, again);
      if (!this.isGone(leadId) && !former.includes(leadId)) return leadId;
    }
  }

  private async claim(claims: readonly Claim[], owners: Map<string, string>, unclaimed: Map<string, Held>): Promise<void> {
    const outcomes = await this.log.appendMany(
      claims.map((claim) => claimOf(claim, unclaimed.get(claim.identity.key)?.revision ?? 'no-stream')),
    );
    for (const [index, outcome] of outcomes.entries()) {
      const { identity, leadId } = claims[index]!;
      if (!outcome.ok && !(outcome.error instanceof WrongExpectedRevision)) throw outcome.error;
      if (outcome.ok && outcome.value.repeated.length === 0) {
        this.remember(identity, leadId, owners);
        continue;
      }
      // Another was faster, or it had been made before and may be over: that is read again.
      unclaimed.delete(identity.key);
    }
  }

  private remember(identity: Identity, leadId: string, owners: Map<string, string>): void {
    owners.set(identity.key, leadId);
    this.owners.set(identity.key, leadId);
  }
}

function afterEvent(held: Held, { type, data, revision }: RecordedEvent): Held {
  const { owner, former } = held;
  if (type === 'IdentityClaimed') {
    const { leadId } = data as IdentityClaimed;
    // Whoever claims it has seen that the claim before is over, although the stream may say so later.
    return { owner: leadId, former: owner === undefined || owner === leadId ? former : [...former, owner], revision };
  }
  if (type === 'PersonalDataErased' && owner !== undefined && (data as PersonalDataErased).leadIds?.includes(owner))
    return { former: [...former, owner], revision };
  return { ...held, revision };
}

function claimOf({ identity, leadId, wish }: Claim, expected: Held['revision']): Append {
  const hash = identityHash(identity);
  // The same claim made twice is one event, so that a retry after an unknown outcome is not a lost race.
  const id = decisionId('IdentityClaimed', hash, leadId);
  const data: IdentityClaimed = { leadId, identity: identity.identity };
  return {
    stream: identityStream(hash),
    expected,
    events: [
      ownEvent({ id, type: 'IdentityClaimed', data, at: wish.occurredAt, by: BY_IDENTITY, cause: { id: wish.eventId, metadata: {} } }),
    ],
  };
}
