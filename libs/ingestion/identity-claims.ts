import { LRUCache } from 'lru-cache';
import { WrongExpectedRevision, type Append, type EventLog, type RecordedEvent } from '@leadlog/event-log';
import { BY_IDENTITY, decisionId, identityStream, ownEvent, type IdentityClaimed, type PersonalDataErased } from '@leadlog/events';
import { identityStreams, type Identity, type IdentityNames } from '@leadlog/lead';
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

/** Whose an identity is, by a stream of it. */
interface Held {
  owner?: string;
  /** Owners before, whose persons are forgotten. */
  former: readonly string[];
  /** Of the stream for new claims. */
  revision: bigint | 'no-stream';
  /** Who has claimed it under an older name although it has an owner: a program from before did not see that. */
  twins?: readonly string[];
}
const UNHEARD: Held = { former: [], revision: 'no-stream' };
const NOBODY: readonly string[] = Object.freeze([]);

const NOTHING_TAKEN: Assigned['taken'] = Object.freeze([]);

interface Claim {
  identity: Identity;
  leadId: string;
  wish: Wish;
  /** Its lead is certain. An event that depends on a claim not yet made waits for the next round, because that claim may be lost. */
  certain: boolean;
}

export interface IdentitiesOptions {
  /** Subjects whose keys are destroyed; nobody by default. */
  forgotten?: () => Promise<ReadonlySet<string>>;
  names: IdentityNames;
  cacheSize?: number;
}

/**
 * Resolves identities to leads. The first event of `identity-<hash>` assigns an identity to a lead, until the person of that lead is
 * forgotten; appending it at the revision that was read makes the claim race-free between any number of processes. The loser of a race
 * reads the winner. A lead whose key is destroyed holds nothing, whether its streams say so yet or not, and never claims anything again:
 * what came for it would be lost.
 *
 * An identity that was claimed before its names were made with a key keeps its claim, and is looked for under all of its names; a claim under
 * the newest one holds before others.
 */
export class Identities {
  /** Some may be forgotten by now. */
  private readonly owners: LRUCache<string, string>;
  /** Of identities that somebody had who is forgotten. */
  private readonly former: LRUCache<string, readonly string[]>;
  private following: Promise<void> | undefined;
  /** Of whom it has heard last. */
  private gone: ReadonlySet<string> = new Set();

  /** Of identities that have an owner: who else has claimed them. */
  private readonly twins: LRUCache<string, readonly string[]>;
  private readonly forgotten: () => Promise<ReadonlySet<string>>;
  private readonly names: IdentityNames;

  constructor(
    private readonly log: EventLog,
    { forgotten, names, cacheSize = 200_000 }: IdentitiesOptions,
  ) {
    this.forgotten = forgotten ?? (async () => this.gone);
    this.names = names;
    // With `max` they would take the memory of all of them at once, which every start of an engine waits for.
    const most = { maxSize: cacheSize, sizeCalculation: () => 1 };
    this.owners = new LRUCache(most);
    this.former = new LRUCache(most);
    this.twins = new LRUCache(most);
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
      const made = this.names.leadIdsOf(identity, again);
      if (made.includes(leadId)) return true;
      if (made[0] === newest) return false;
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
      let taken = NOTHING_TAKEN;
      if (wish.by) {
        const { key } = wish.by;
        leadId = ownerOf(key);
        if (leadId !== undefined) {
          for (const twin of this.twinsOf(key)) taken = [...taken, { identity: wish.by, leadId: twin }];
        } else {
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
        } else if (key !== wish.by?.key) {
          for (const twin of this.twinsOf(key)) taken = [...taken, { identity, leadId: twin }];
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
    if (held.twins) this.twins.set(identity.key, held.twins);
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
    const [newest, ...older] = await Promise.all(identityStreams(this.names, identity).map((stream) => this.heldIn(stream)));
    this.gone = await this.forgotten();
    const { owner, former, revision } = this.unlessOver(newest!);
    const before = older.map((held) => this.unlessOver(held));
    const owners = before.flatMap((held) => held.owner ?? []);
    const held: Held = { former: [...before.flatMap((one) => one.former), ...former], revision };
    if (owner === undefined) return owners.length === 0 ? held : { ...held, owner: owners[0] };
    const twins = owners.filter((one) => one !== owner);
    return { ...held, owner, ...(twins.length > 0 && { twins }) };
  }

  private async heldIn(stream: string): Promise<Held> {
    let held = UNHEARD;
    for await (const page of this.log.readStream(stream)) for (const event of page) held = afterEvent(held, event);
    return held;
  }

  private unlessOver(held: Held): Held {
    const { owner, former, revision } = held;
    return owner !== undefined && this.isGone(owner) ? { former: [...former, owner], revision } : held;
  }

  private twinsOf(key: string): readonly string[] {
    return this.twins.get(key)?.filter((leadId) => !this.isGone(leadId)) ?? NOBODY;
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
      const [leadId] = this.names.leadIdsOf(identity, again);
      if (!this.isGone(leadId) && !former.includes(leadId)) return leadId;
    }
  }

  private async claim(claims: readonly Claim[], owners: Map<string, string>, unclaimed: Map<string, Held>): Promise<void> {
    const outcomes = await this.log.appendMany(
      claims.map((claim) => claimOf(claim, this.names, unclaimed.get(claim.identity.key)?.revision ?? 'no-stream')),
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

function claimOf({ identity, leadId, wish }: Claim, names: IdentityNames, expected: Held['revision']): Append {
  const [hash] = names.hashesOf(identity);
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
