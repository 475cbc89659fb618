import { WrongExpectedRevision, type EventLog, type NewEvent, type Position } from '@leadlog/event-log';
import { identityStream, leadStream, leadStreams, shown, type IdentityKeptApart, type LeadsKeptApart, type LeadsMerged, type MergeReverted } from '@leadlog/events';
import { identityHash, identityOf } from './identity';
import { areKeptApart, asTheOtherTells, standingOf, type ApartFrom } from './kept-apart';

export type LifecycleAnswer = { ok: true; position: Position; repeated: boolean } | { ok: false; expected: string; got: string; pointer?: string };

/**
 * The one way of an outside event into `lead-<leadId>`: decides whether it may happen now and appends it at the revision it
 * was decided on. A repeat of the same event is no refusal. Rejects with an AppendError when the log cannot be used.
 */
export type Lifecycle = (leadId: string, event: NewEvent) => Promise<LifecycleAnswer>;

interface Merges {
  revision: bigint | 'no-stream';
  /** The merge in force. */
  current?: { eventId: string; survivorId: string };
  /** Ever merged, also when it was taken back since. */
  ever: boolean;
  ids: Set<string>;
}

type Refused = Extract<LifecycleAnswer, { ok: false }>;

/** Who is one with whom: a lead is in one other lead at most, and never, by whatever way, in itself. */
export class MergeDecisions {
  /** One at a time: of two merges towards each other, decided side by side, each would see no circle. */
  private last: Promise<unknown> = Promise.resolve();

  /**
   * `knows`: whether a lead is heard of elsewhere, as in the deals of others; its own streams are looked at here. `apartFrom`: from whom those are kept apart who
   * have become part of a lead, which its streams do not tell.
   */
  constructor(
    private readonly log: EventLog,
    private readonly knows: (leadId: string) => Promise<boolean> = () => Promise.resolve(false),
    private readonly apartFrom?: ApartFrom,
  ) {}

  /** A merge of two leads that are known, the reversal of one, that two are kept apart, or all who give an identity. */
  async decide(event: NewEvent): Promise<LifecycleAnswer> {
    if (event.type === 'IdentityKeptApart') return this.keepIdentityApart(event);
    const { leadId } = event.data as { leadId: string };
    if (event.type === 'MergeReverted') return this.inTurn(leadId, event);
    const named = event.type === 'LeadsMerged' ? (['mergedId', 'survivorId'] as const) : (['leadId', 'otherId'] as const);
    const refusal = await this.unknown(event.data as Readonly<Record<string, string>>, named);
    if (refusal && !(await this.merges(leadId)).ids.has(event.id)) return refusal;
    return event.type === 'LeadsKeptApart' ? this.keepApart(leadId, event) : this.inTurn(leadId, event);
  }

  /** A misspelt id would take a lead out of every list, into one that nobody finds. */
  private async unknown(data: Readonly<Record<string, string>>, named: readonly string[]): Promise<LifecycleAnswer | undefined> {
    for (const name of named) {
      if (!(await this.isKnown(data[name]!))) return { ...refused('a lead about which something has been recorded', shown(data[name])), pointer: `/data/${name}` };
    }
    return undefined;
  }

  /** With the other lead first: where one of them tells it under its own id, both do. */
  private async keepApart(leadId: string, event: NewEvent): Promise<LifecycleAnswer> {
    const { otherId } = event.data as LeadsKeptApart;
    if (!(await this.merges(leadId)).ids.has(event.id)) {
      const [one, other] = await Promise.all([standingOf(this.log, leadId), standingOf(this.log, otherId)]);
      if (one.root === other.root) return { ...refused(`a lead that is not one with ${leadId}; take their merge back first`, otherId === leadId ? shown(otherId) : `${otherId}: both are ${one.root}`), pointer: '/data/otherId' };
      await this.log.append(leadStream(otherId), [asTheOtherTells(event)], { expected: 'any' });
    }
    const { position, repeated } = await this.log.append(leadStream(leadId), [event], { expected: 'any' });
    return { ok: true, position, repeated: repeated.length > 0 };
  }

  /** The claim stands first in the stream of an identity: behind it there is nothing to be decided in turn. */
  private async keepIdentityApart(event: NewEvent): Promise<LifecycleAnswer> {
    const { identity } = event.data as IdentityKeptApart;
    const stream = identityStream(identityHash(identityOf(identity)));
    // An id in another system is one lead's, whatever is told of it.
    if (identity.foreign === undefined && (await this.holdsEvents(stream))) {
      const { position, repeated } = await this.log.append(stream, [event], { expected: 'any' });
      return { ok: true, position, repeated: repeated.length > 0 };
    }
    return { ...refused('an e-mail address, visitor or business card that a lead has given', shown(identity)), pointer: '/data/identity' };
  }

  private async isKnown(leadId: string): Promise<boolean> {
    for (const stream of leadStreams(leadId)) if (await this.holdsEvents(stream)) return true;
    return this.knows(leadId);
  }

  private async holdsEvents(stream: string): Promise<boolean> {
    for await (const _ of this.log.readStream(stream, { limit: 1 })) return true;
    return false;
  }

  private inTurn(leadId: string, event: NewEvent): Promise<LifecycleAnswer> {
    const mine = this.last.then(
      () => this.decideNow(leadId, event),
      () => this.decideNow(leadId, event),
    );
    this.last = mine.catch(() => undefined);
    return mine;
  }

  /** Whether two leads are one by now (`joined`: by Leadlog's own doing), or were kept apart; undefined: neither. */
  async relationOf(leadId: string, otherId: string): Promise<'one' | 'joined' | 'apart' | undefined> {
    const [one, other] = await Promise.all([standingOf(this.log, leadId), standingOf(this.log, otherId)]);
    if (one.root === other.root) return one.joined.some((leadId) => other.joined.includes(leadId)) ? 'joined' : 'one';
    return (await areKeptApart(this.log, one, other, this.apartFrom)) ? 'apart' : undefined;
  }

  /** A merge that nobody asked for: only into a lead that has never been merged, since a person may have taken one back. */
  async mergeUntouched(leadId: string, event: NewEvent): Promise<LifecycleAnswer> {
    const merges = await this.merges(leadId);
    if (merges.ever && merges.current?.eventId !== event.id) return refused(`a lead that has never been merged`, `${leadId}, which has been`);
    return this.inTurn(leadId, event);
  }

  private async decideNow(leadId: string, event: NewEvent): Promise<LifecycleAnswer> {
    for (;;) {
      const merges = await this.merges(leadId);
      const refusal = merges.ids.has(event.id) ? undefined : await this.refusal(leadId, merges, event);
      if (refusal) return refusal;
      try {
        const { position, repeated } = await this.log.append(leadStream(leadId), [event], { expected: merges.revision });
        return { ok: true, position, repeated: repeated.length > 0 };
      } catch (error) {
        // Somebody else wrote to this lead meanwhile: decide anew.
        if (!(error instanceof WrongExpectedRevision)) throw error;
      }
    }
  }

  private async refusal(leadId: string, { current }: Merges, event: NewEvent): Promise<LifecycleAnswer | undefined> {
    if (event.type === 'MergeReverted') {
      const { mergeEventId } = event.data as MergeReverted;
      if (!current) return refused(`the merge of ${leadId} that is in force`, 'a lead that is not merged now');
      return current.eventId === mergeEventId ? undefined : refused(`${current.eventId}, the merge in force`, mergeEventId);
    }
    const { survivorId } = event.data as LeadsMerged;
    if (current) return refused(`a lead that is not merged; take that back first`, `${leadId}, merged into ${current.survivorId}`);
    for (let at: string | undefined = survivorId; at !== undefined; at = (await this.merges(at)).current?.survivorId) {
      if (at === leadId) return refused(`a survivor that is not itself, by whatever way, part of ${leadId}`, survivorId);
    }
    return undefined;
  }

  private async merges(leadId: string): Promise<Merges> {
    const merges: Merges = { revision: 'no-stream', ever: false, ids: new Set() };
    for await (const page of this.log.readStream(leadStream(leadId))) {
      for (const event of page) {
        merges.revision = event.revision;
        merges.ids.add(event.id);
        if (event.type === 'LeadsMerged') {
          merges.ever = true;
          merges.current = { eventId: event.id, survivorId: (event.data as LeadsMerged).survivorId };
        } else if (event.type === 'MergeReverted') {
          delete merges.current;
        }
      }
    }
    return merges;
  }
}

/** The lead that this one has become part of, by whatever way; itself where it has not. */
export const survivorOf = async (log: EventLog, leadId: string): Promise<string> => (await standingOf(log, leadId)).root;

const refused = (expected: string, got: string): Refused => ({ ok: false, expected, got });

export const saysWhoIsOne = (type: string): boolean => type === 'LeadsMerged' || type === 'MergeReverted' || type === 'LeadsKeptApart' || type === 'IdentityKeptApart';

/** The answer to a lead stream that nothing guards: an append. */
export function unguarded(log: EventLog): Lifecycle {
  return async (leadId, event) => {
    const { position, repeated } = await log.append(leadStream(leadId), [event], { expected: 'any' });
    return { ok: true, position, repeated: repeated.length > 0 };
  };
}
