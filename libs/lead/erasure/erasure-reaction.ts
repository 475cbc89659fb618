import type { EventLog, NewEvent, Position } from '@leadlog/event-log';
import { activityStream, decisionId, leadStream, ownEvent } from '@leadlog/events';
import type { Reaction } from '@leadlog/projections';
import type { Clock } from '@leadlog/time';
import type { LeadState } from '../leads.projection';
import { ERASING, unfinished, type Erasure, type Purged } from './erasures';

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
  /** Destroys the keys of these leads; durable when it resolves. */
  destroyKeys: (leadIds: readonly string[]) => Promise<void>;
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
export function erasureReaction({ log, clock, destroyKeys, purge }: ErasureParts): Reaction {
  return {
    name: 'erase',
    projection: 'leads',
    list: ERASING,
    async react(key, _rank, view) {
      const erasure = unfinished((await view.get<LeadState>(key))?.erasures);
      if (!erasure) return 'again';
      const { leadId, requested, erased } = erasure;
      if (erased === undefined) {
        // Whoever was merged into the person since is the person, too.
        const leadIds = [...new Set([...requested.leadIds, ...(await view.family(leadId))])];
        await destroyKeys(leadIds);
        return tell(log, clock(), erasure, leadIds);
      }
      const purged = await purge({ leadIds: requested.leadIds, streams: requested.streams, position: BigInt(erased), at: requested.at });
      if (!purged) return { notBefore: clock() + LOOK_AGAIN_MS };
      const id = decisionId('PersonalDataErasureCompleted', leadId);
      const data = { leadId, requestId: requested.requestId, ...purged };
      const completed = ownEvent({ id, type: 'PersonalDataErasureCompleted', data, at: clock(), by: 'erasure' });
      return (await log.append(leadStream(leadId), [completed], { expected: 'any' })).position;
    },
  };
}

/** The stream of the lead itself comes last: by it the read model knows that all are told. */
async function tell(log: EventLog, now: number, { leadId, requested }: Erasure, leadIds: readonly string[]): Promise<Position> {
  const { requestId, streams } = requested!;
  const erased = (stream: string, of: string): NewEvent =>
    ownEvent({
      id: decisionId('PersonalDataErased', leadId, stream),
      type: 'PersonalDataErased',
      data: {
        leadId: of,
        requestId,
        ...(stream.startsWith('deal-') && { dealId: stream.slice('deal-'.length) }),
        ...(stream.startsWith('identity-') && { leadIds: [...leadIds] }),
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
