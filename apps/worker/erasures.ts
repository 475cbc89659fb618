import type { DocumentInForce } from '@leadlog/documents';
import type { EventLog } from '@leadlog/event-log';
import { leadKey, leadStreams, type PersonalDataErased } from '@leadlog/events';
import { tellErasure, withoutPerson, type HandoffPolicy } from '@leadlog/handoff';
import { erasureReaction } from '@leadlog/lead';
import { storedAs, subjectOfLead } from '@leadlog/personal';
import { dropBuildsBefore, type Reaction } from '@leadlog/projections';
import type { Clock } from '@leadlog/time';
import type { Backends } from '../setup/backends';
import { namesOf } from '../setup/personal-keys';

/** Erasures of people; none where personal data are recorded in clear, since nothing would be forgotten by it. */
export function erasures(
  { log, storedLog, store, jobs, keys }: Backends,
  policy: Pick<DocumentInForce<HandoffPolicy>, 'decidedBy'>,
  clock: Clock,
): Reaction[] {
  if (!keys) return [];
  // Where one may not be written anew, nor may the other: they are in the same Redis.
  const scrub = together(async () => (await jobs.scrub()) && (await store.scrub()));
  const condemned: string[] = [];
  const destroy = together(() => keys.destroy(condemned.splice(0)));
  const reaction = erasureReaction({
    log,
    clock,
    names: namesOf(keys),
    destroyKeys: (leadIds, streams) => {
      condemned.push(...leadIds.map(subjectOfLead), ...streams);
      return destroy();
    },
    purge: async ({ leadIds, streams, position, at }) => {
      const generations = await dropBuildsBefore(store, position);
      if (generations === undefined) return undefined;
      const forgotten = new Set(leadIds);
      const rewritten = await jobs.rewrite((payload) => withoutPerson(payload, forgotten));
      const files = await scrub();
      await tellErasure({ log, jobs, policy }, { leadIds, at });
      const counts = { jobs: rewritten, generations, clearEvents: await clearEvents(storedLog, leadIds, streams) };
      return files ? counts : { ...counts, notRewritten: ['readModels'] };
    },
  });
  return [reaction];
}

/** One after another, and what several have asked for before one has begun is done by it. */
function together<T>(work: () => Promise<T>): () => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | undefined;
  return () =>
    (next ??= last
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        const begun = work();
        last = begun;
        return begun;
      }));
}

/** How many were recorded before there were keys. */
async function clearEvents(storedLog: EventLog, leadIds: readonly string[], streams: readonly string[]): Promise<number> {
  const theirs = new Set(leadIds);
  let found = 0;
  for (const stream of [...leadIds.flatMap(leadStreams), ...streams])
    for await (const page of storedLog.readStream(stream))
      for (const event of page) if (theirs.has(leadKey(event) ?? '') && storedAs(event.type, event.data as object) === 'clear') found += 1;
  return found;
}

/**
 * A store of keys that was restored has keys that were destroyed since; the log knows of them. Before anything is folded by them. Each start
 * looks only at what was recorded since the one before, by a position that is kept with the keys.
 */
export async function destroyKeysAgain({ storedLog, keys }: Pick<Backends, 'storedLog' | 'keys'>): Promise<void> {
  if (!keys) return;
  const known = await keys.forgottenThrough();
  // Where the log has gone back instead, what it gets from now on is at positions that it had before.
  const after = known !== undefined && known <= (await storedLog.head()) ? known : undefined;
  let through = after;
  for await (const slice of storedLog.read({ after, filter: { types: ['PersonalDataErased'] } })) {
    const subjects = slice.events.flatMap(({ stream, data }) => {
      const { leadId, wholeDeal } = data as PersonalDataErased;
      return [subjectOfLead(leadId), ...(wholeDeal || stream.startsWith('identity-') ? [stream] : [])];
    });
    const forgotten = await keys.forgotten();
    const left = subjects.filter((subject) => !forgotten.has(subject));
    if (left.length > 0) await keys.destroy(left);
    ({ through } = slice);
  }
  if (through !== undefined && through !== known) await keys.noteForgottenThrough(through);
}
