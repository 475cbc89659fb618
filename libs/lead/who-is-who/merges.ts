import { decideOn, readState, type EventLog, type Fold, type NewEvent } from '@leadlog/event-log';
import {
  leadStream,
  leadStreams,
  shown,
  type IdentityKeptApart,
  type LeadIdentity,
  type LeadsKeptApart,
  type LeadsMerged,
  type MergeReverted,
} from '@leadlog/events';
import type { LeadDecided, Refusal } from '../lead';
import { identityOf, identityStreams, type IdentityNames } from './identity';
import { areKeptApart, asTheOtherTells, standingOf, type ApartFrom } from './kept-apart';

/** What a lead stream records about merges. */
interface Merges {
  /** The one in force. */
  current?: { eventId: string; survivorId: string };
  /** Whether it was ever merged, even if that was reverted since. */
  ever: boolean;
}

const merges: Fold<Merges> = {
  initial: () => ({ ever: false }),
  evolve: (state, { id, type, data }) => {
    if (type === 'LeadsMerged') return { ever: true, current: { eventId: id, survivorId: (data as LeadsMerged).survivorId } };
    return type === 'MergeReverted' ? { ever: state.ever } : state;
  },
};

/** Which leads are merged: a lead is merged into at most one other, and never, directly or through others, into itself. */
export class MergeDecisions {
  /** One at a time: if two merges in opposite directions were decided concurrently, neither would see the cycle. */
  private last: Promise<unknown> = Promise.resolve();

  /**
   * `knows`: whether a lead is named elsewhere, as in the deals of others; its own streams are checked here. `apartFrom`: from whom the
   * leads merged into
   * a lead are kept apart, which its streams do not show.
   */
  constructor(
    private readonly log: EventLog,
    private readonly knows: ((leadId: string) => Promise<boolean>) | undefined,
    private readonly apartFrom: ApartFrom | undefined,
    private readonly names: IdentityNames,
  ) {}

  /** Handles a merge of two known leads, its reversal, and keeping apart two leads or all who give an identity. */
  async decide(event: NewEvent): Promise<LeadDecided> {
    if (event.type === 'IdentityKeptApart') return this.keepIdentityApart(event);
    const { leadId } = event.data as { leadId: string };
    if (event.type === 'MergeReverted') return this.inTurn(leadId, event);
    const named = event.type === 'LeadsMerged' ? (['mergedId', 'survivorId'] as const) : (['leadId', 'otherId'] as const);
    const refusal = await this.unknown(event.data as Readonly<Record<string, string>>, named);
    if (refusal && !(await this.read(leadId)).positions.has(event.id)) return { ok: false, ...refusal };
    return event.type === 'LeadsKeptApart' ? this.keepApart(leadId, event) : this.inTurn(leadId, event);
  }

  /** A misspelt id would remove a lead from every list and merge it into one that is never found. */
  private async unknown(data: Readonly<Record<string, string>>, named: readonly string[]): Promise<Refusal | undefined> {
    for (const name of named) {
      if (!(await this.isKnown(data[name]!)))
        return { expected: 'a lead with at least one recorded event', got: shown(data[name]), pointer: `/data/${name}` };
    }
    return undefined;
  }

  /** Recorded with the other lead first, so that if the given lead has the fact, both have it. */
  private async keepApart(leadId: string, event: NewEvent): Promise<LeadDecided> {
    const { otherId } = event.data as LeadsKeptApart;
    if (!(await this.read(leadId)).positions.has(event.id)) {
      const [one, other] = await Promise.all([standingOf(this.log, leadId), standingOf(this.log, otherId)]);
      if (one.root === other.root)
        return {
          ok: false,
          expected: `a lead that is not merged with ${leadId}; revert their merge first`,
          got: otherId === leadId ? shown(otherId) : `${otherId}: both are ${one.root}`,
          pointer: '/data/otherId',
        };
      await this.log.append(leadStream(otherId), [asTheOtherTells(event)], { expected: 'any' });
    }
    const { position, repeated } = await this.log.append(leadStream(leadId), [event], { expected: 'any' });
    return { ok: true, position, repeated: repeated.length > 0 };
  }

  /** The claim is the first event in the stream of an identity; facts after it need no order of decisions. */
  private async keepIdentityApart(event: NewEvent): Promise<LeadDecided> {
    const { identity } = event.data as IdentityKeptApart;
    const stream = await this.streamOf(identity);
    // An id in another system always belongs to one lead.
    if (identity.foreign === undefined && (await this.holdsEvents(stream))) {
      const { position, repeated } = await this.log.append(stream, [event], { expected: 'any' });
      return { ok: true, position, repeated: repeated.length > 0 };
    }
    return {
      ok: false,
      expected: 'an e-mail address, visitor or business card that belongs to a lead',
      got: shown(identity),
      pointer: '/data/identity',
    };
  }

  /** Where what is told of an identity is recorded: with its claim. */
  async streamOf(identity: LeadIdentity): Promise<string> {
    const streams = identityStreams(this.names, identityOf(identity));
    for (const stream of streams.slice(0, -1)) if (await this.holdsEvents(stream)) return stream;
    return (await this.holdsEvents(streams.at(-1)!)) ? streams.at(-1)! : streams[0];
  }

  private async isKnown(leadId: string): Promise<boolean> {
    for (const stream of leadStreams(leadId)) if (await this.holdsEvents(stream)) return true;
    return this.knows?.(leadId) ?? false;
  }

  private async holdsEvents(stream: string): Promise<boolean> {
    for await (const _ of this.log.readStream(stream, { limit: 1 })) return true;
    return false;
  }

  private inTurn(leadId: string, event: NewEvent): Promise<LeadDecided> {
    const mine = this.last.then(
      () => this.decideNow(leadId, event),
      () => this.decideNow(leadId, event),
    );
    this.last = mine.catch(() => undefined);
    return mine;
  }

  /** Whether two leads are merged (`joined`: automatically) or were kept apart; undefined if neither. */
  async relationOf(leadId: string, otherId: string): Promise<'one' | 'joined' | 'apart' | undefined> {
    const [one, other] = await Promise.all([standingOf(this.log, leadId), standingOf(this.log, otherId)]);
    if (one.root === other.root) return one.joined.some((leadId) => other.joined.includes(leadId)) ? 'joined' : 'one';
    return (await areKeptApart(this.log, one, other, this.apartFrom)) ? 'apart' : undefined;
  }

  /** An automatic merge: only for a lead that was never merged, because a person may have reverted a merge. */
  async mergeUntouched(leadId: string, event: NewEvent): Promise<LeadDecided> {
    const { ever, current } = (await this.read(leadId)).state;
    if (ever && current?.eventId !== event.id)
      return { ok: false, expected: 'a lead that has never been merged', got: `${leadId}, which has been` };
    return this.inTurn(leadId, event);
  }

  private decideNow(leadId: string, event: NewEvent): Promise<LeadDecided> {
    return decideOn<Merges, Refusal>(this.log, leadStream(leadId), merges, async ({ state, positions }) => {
      const refused = positions.has(event.id) ? undefined : await this.refusal(leadId, state, event);
      return refused ? { refused } : { append: [event] };
    });
  }

  private async refusal(leadId: string, { current }: Merges, event: NewEvent): Promise<Refusal | undefined> {
    if (event.type === 'MergeReverted') {
      const { mergeEventId } = event.data as MergeReverted;
      if (!current) return { expected: `the merge of ${leadId} that is in force`, got: 'a lead that is not merged now' };
      return current.eventId === mergeEventId ? undefined : { expected: `${current.eventId}, the merge in force`, got: mergeEventId };
    }
    const { survivorId } = event.data as LeadsMerged;
    if (current)
      return { expected: 'a lead that is not merged; revert the merge first', got: `${leadId}, merged into ${current.survivorId}` };
    for (let at: string | undefined = survivorId; at !== undefined; at = (await this.read(at)).state.current?.survivorId) {
      if (at === leadId)
        return { expected: `a survivor that is not itself merged into ${leadId}, directly or through other leads`, got: survivorId };
    }
    return undefined;
  }

  private read(leadId: string) {
    return readState(this.log, leadStream(leadId), merges);
  }
}

export const saysWhoIsOne = (type: string): boolean =>
  type === 'LeadsMerged' || type === 'MergeReverted' || type === 'LeadsKeptApart' || type === 'IdentityKeptApart';
