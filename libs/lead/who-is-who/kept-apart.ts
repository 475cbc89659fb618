import { LRUCache } from 'lru-cache';
import type { EventLog, NewEvent } from '@leadlog/event-log';
import { BY_IDENTITY, decisionId, identityStream, leadStream, type LeadsKeptApart, type LeadsMerged } from '@leadlog/events';
import { identityHash, type Identity } from './identity';

/** What the streams of a lead and of those it has become part of, one after the other, say of it. */
export interface Standing {
  /** The lead that it is part of now; itself where it is part of none. */
  root: string;
  /** Those it was kept apart from, under whatever id, by any of these. */
  apartFrom: readonly string[];
  /** Itself, and those it is part of by merges alone that Leadlog made by itself. */
  joined: readonly string[];
}

export async function standingOf(log: EventLog, leadId: string): Promise<Standing> {
  const apartFrom: string[] = [];
  const joined: string[] = [];
  let asked = false;
  for (let at = leadId, seen = new Set<string>(); ; ) {
    if (!asked) joined.push(at);
    let into: string | undefined;
    let by: string | undefined;
    for await (const page of log.readStream(leadStream(at))) {
      for (const { type, data, metadata } of page) {
        if (type === 'LeadsMerged') [into, by] = [(data as LeadsMerged).survivorId, metadata.source];
        else if (type === 'MergeReverted') into = undefined;
        else if (type === 'LeadsKeptApart') apartFrom.push((data as LeadsKeptApart).otherId);
      }
    }
    seen.add(at);
    if (into === undefined || seen.has(into)) return { root: at, apartFrom, joined };
    if (by !== `leadlog/${BY_IDENTITY}`) asked = true;
    at = into;
  }
}

/** The lead that this one has become part of, by whatever way; itself where it has not. */
export const survivorOf = async (log: EventLog, leadId: string): Promise<string> => (await standingOf(log, leadId)).root;

/** What is known of those that have become part of a lead, where its own streams cannot say it. */
export type ApartFrom = (leadId: string) => Promise<readonly string[]>;

/**
 * Whether a person has said of two leads, or of any that they have become part of, that they are two. The fact is recorded with both, so
 * it is found from either; `ofAll` knows what was said of leads that have become part of the first.
 */
export async function areKeptApart(log: EventLog, one: Standing, other: Standing, ofAll?: ApartFrom): Promise<boolean> {
  const isNow = async (leadIds: readonly string[], root: string): Promise<boolean> => {
    for (const leadId of new Set(leadIds)) if (leadId === root || (await standingOf(log, leadId)).root === root) return true;
    return false;
  };
  if (await isNow(one.apartFrom, other.root)) return true;
  if (await isNow(other.apartFrom, one.root)) return true;
  return ofAll !== undefined && isNow(await ofAll(one.root), other.root);
}

/** The same fact as the other lead tells it, by whoever told it first. */
export function asTheOtherTells(event: NewEvent): NewEvent {
  const { leadId, otherId, ...rest } = event.data as LeadsKeptApart;
  return { ...event, id: decisionId('LeadsKeptApart', event.id), data: { ...rest, leadId: otherId, otherId: leadId }, metadata: { ...event.metadata, causationId: event.id } };
}

/** Identities of which a process remembers how far it has read. */
const REMEMBERED = 10_000;

/** Of which identities a person has said that whoever gives them is another; as the log has it when it is asked. */
export class KeptApartIdentities {
  /** Stream → from which revision to read on; once it is kept apart that holds for ever. */
  private readonly known = new LRUCache<string, bigint | 'kept apart'>({ max: REMEMBERED });

  constructor(private readonly log: EventLog) {}

  async has(identity: Identity): Promise<boolean> {
    const stream = identityStream(identityHash(identity));
    let known = this.known.get(stream) ?? 0n;
    if (known === 'kept apart') return true;
    for await (const page of this.log.readStream(stream, { from: known })) {
      known = page.some(({ type }) => type === 'IdentityKeptApart') ? 'kept apart' : page.at(-1)!.revision + 1n;
      if (known === 'kept apart') break;
    }
    this.known.set(stream, known);
    return known === 'kept apart';
  }
}
