import type { EventLog, NewEvent, Position } from '@leadlog/event-log';
import { activityStream, decisionId, leadKey, leadStream, ownEvent } from '@leadlog/events';
import type { Reaction } from '@leadlog/projections';
import type { Clock } from '@leadlog/time';
import type { LeadState } from '../leads.projection';
import { ERASING, notAskedFor, unfinished, type Erasure, type Purged } from './erasures';
import { holderOfIdentity } from './holder-of-identity';
import type { IdentityNames } from '../who-is-who/identity';
import { requestErasure } from './request-erasure';

/** A person of whom nothing personal can be read from `position` on. */
export interface Forgotten {
  leadIds: readonly string[];
  /** Streams of deals and identities in which something was recorded about them. */
  streams: readonly string[];
  position: Position;
  /** When it was asked for, ms. */
  at: number;
}

export interface ErasureParts {
  log: EventLog;
  clock: Clock;
  names: IdentityNames;
  /** Destroys the keys of these leads, and of these streams; durable when it resolves. False: the files of the store still hold them. */
  destroyKeys: (leadIds: readonly string[], streams: readonly string[]) => Promise<boolean>;
  /**
   * Leaves nothing personal of theirs where it was kept from before: read models, jobs, and what their stores have not overwritten yet.
   * `undefined`: some read model has not got there yet. Safe to repeat.
   */
  purge: (person: Forgotten) => Promise<Purged | undefined>;
}

/** How soon a read model that lags behind is looked at again. */
const LOOK_AGAIN_MS = 250;

/**
 * Forgets whoever is to be forgotten, step by step; each step begins from what the log says is done, so that it goes on after any crash.
 * First the keys go, then the log says so in every stream of the person, so that read models fold them again without what was sealed, and
 * what was kept elsewhere is purged last: by then nobody can write it there again.
 */
export function erasureReaction({ log, clock, names, destroyKeys, purge }: ErasureParts): Reaction {
  return {
    name: 'erase',
    projection: 'leads',
    list: ERASING,
    async react(key, _rank, view) {
      const known = (await view.get<LeadState>(key))?.erasures;
      const erasure = unfinished(known);
      if (!erasure) return 'again';
      const { leadId, requested, erased, keysInFiles } = erasure;
      const family = await view.family(key);
      // Whoever was merged with the person since is the person, too, and is asked for before there is no telling who that was.
      if (notAskedFor(known, family).length > 0) {
        const also = await requestErasure(log, view, names, { leadId: key, requestId: requested.requestId, now: clock() });
        return also!.position;
      }
      if (erased === undefined) {
        const person = new Set([...requested.leadIds, ...family]);
        const deals = await dealsOf(log, requested.streams, person);
        const identities = await identitiesOf(log, requested.streams, person);
        const rewritten = await destroyKeys(requested.leadIds, [...deals, ...identities]);
        return tell(log, clock(), erasure, { person, deals, ...(!rewritten && { keysInFiles: true }) });
      }
      const purged = await purge({ leadIds: requested.leadIds, streams: requested.streams, position: BigInt(erased), at: requested.at });
      if (!purged) return { notBefore: clock() + LOOK_AGAIN_MS };
      const id = decisionId('PersonalDataErasureCompleted', leadId);
      const notRewritten = [...(keysInFiles ? ['keys' as const] : []), ...(purged.notRewritten ?? [])];
      const data = { leadId, requestId: requested.requestId, ...purged, ...(notRewritten.length > 0 && { notRewritten }) };
      const completed = ownEvent({ id, type: 'PersonalDataErasureCompleted', data, at: clock(), by: 'erasure' });
      return (await log.append(leadStream(leadId), [completed], { expected: 'any' })).position;
    },
  };
}

const isOfAnother = (leadId: string | undefined, person: ReadonlySet<string>): boolean => leadId !== undefined && !person.has(leadId);

/** The deals to which nobody else is party. What names no lead there is recorded under a key of the deal. */
async function dealsOf(log: EventLog, streams: readonly string[], person: ReadonlySet<string>): Promise<string[]> {
  const alone: string[] = [];
  for (const stream of streams.filter((one) => one.startsWith('deal-'))) {
    let others = false;
    for await (const page of log.readStream(stream)) others ||= page.some((event) => isOfAnother(leadKey(event), person));
    if (!others) alone.push(stream);
  }
  return alone;
}

/** Those that nobody else has. */
async function identitiesOf(log: EventLog, streams: readonly string[], person: ReadonlySet<string>): Promise<string[]> {
  const theirs: string[] = [];
  for (const stream of streams.filter((one) => one.startsWith('identity-')))
    if (!isOfAnother(await holderOfIdentity(log, stream), person)) theirs.push(stream);
  return theirs;
}

interface Told {
  person: ReadonlySet<string>;
  /** Those that nobody else is party to. */
  deals: readonly string[];
  keysInFiles?: true;
}

/** The stream of the lead itself comes last: by it the read model knows that all are told. */
async function tell(log: EventLog, now: number, { leadId, requested }: Erasure, { person, deals, keysInFiles }: Told): Promise<Position> {
  const { requestId, streams, leadIds } = requested!;
  const erased = (stream: string, of: string): NewEvent =>
    ownEvent({
      id: decisionId('PersonalDataErased', leadId, stream),
      type: 'PersonalDataErased',
      data: {
        leadId: of,
        requestId,
        ...(stream.startsWith('deal-') && { dealId: stream.slice('deal-'.length) }),
        ...(deals.includes(stream) && { wholeDeal: true }),
        ...(stream.startsWith('identity-') && { leadIds: [...person] }),
        ...(keysInFiles && { keysInFiles }),
      },
      at: now,
      by: 'erasure',
    });
  const others = leadIds.filter((one) => one !== leadId).map((one) => [activityStream(one), one] as const);
  for (const [stream, of] of [...streams.map((one) => [one, leadId] as const), ...others])
    await log.append(stream, [erased(stream, of)], { expected: 'any' });
  const own = activityStream(leadId);
  return (await log.append(own, [erased(own, leadId)], { expected: 'any' })).position;
}
