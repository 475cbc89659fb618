import { LRUCache } from 'lru-cache';
import type { EventLog, NewEvent } from '@leadlog/event-log';
import { BY_IDENTITY, decisionId, leadStream, type LeadsKeptApart, type LeadsMerged } from '@leadlog/events';
import { identityStreams, type Identity, type IdentityNames } from './identity';

/** What is recorded about a lead in its stream and in those of its survivors, followed one after another. */
export interface Standing {
  /** The lead into which it is merged now; itself if none. */
  root: string;
  /** Leads from which any of these was kept apart, under any id. */
  apartFrom: readonly string[];
  /** Itself and those into which it was merged by automatic merges only. */
  joined: readonly string[];
}

export async function standingOf(log: EventLog, leadId: string): Promise<Standing> {
  const apartFrom: string[] = [];
  const joined: string[] = [];
  let asked = false;
  for (let at = leadId, seen = new Set<string>(); ;) {
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

/** The lead into which this one is merged, directly or through others; itself if it is not merged. */
export const survivorOf = async (log: EventLog, leadId: string): Promise<string> => (await standingOf(log, leadId)).root;

/** What is known about leads merged into a lead, which its own streams do not show. */
export type ApartFrom = (leadId: string) => Promise<readonly string[]>;

/**
 * Whether a person has declared that two leads, or any into which they were merged, are separate. The fact is recorded with both, so
 * it is found from either; `ofAll` knows the declarations for leads merged into the first.
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

/** The same fact in the stream of the other lead, with the actor who declared it first. */
export function asTheOtherTells(event: NewEvent): NewEvent {
  const { leadId, otherId, ...rest } = event.data as LeadsKeptApart;
  return {
    ...event,
    id: decisionId('LeadsKeptApart', event.id),
    data: { ...rest, leadId: otherId, otherId: leadId },
    metadata: { ...event.metadata, causationId: event.id },
  };
}

/** Number of identities for which a process remembers how far it has read. */
const REMEMBERED = 10_000;

/** Which identities a person has declared shared (each lead who gives one is a separate person), by the log at the time of the call. */
export class KeptApartIdentities {
  /** Stream → the revision from which to continue reading; once declared, it holds for ever. */
  private readonly known = new LRUCache<string, bigint | 'kept apart'>({ max: REMEMBERED });

  constructor(
    private readonly log: EventLog,
    private readonly names: IdentityNames,
  ) {}

  async has(identity: Identity): Promise<boolean> {
    for (const stream of identityStreams(this.names, identity)) if (await this.isSaidIn(stream)) return true;
    return false;
  }

  private async isSaidIn(stream: string): Promise<boolean> {
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
