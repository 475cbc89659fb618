import type { DocumentInForce } from '@leadlog/documents';
import type { EventLog } from '@leadlog/event-log';
import {
  counted,
  decisionId,
  leadKey,
  leadOfStream,
  leadStream,
  leadStreams,
  ownEvent,
  type PersonalDataErased,
  type PersonalDataErasureRequested,
} from '@leadlog/events';
import { tellErasure, withoutPerson, type HandoffPolicy } from '@leadlog/handoff';
import { erasureReaction, holderOfIdentity } from '@leadlog/lead';
import { storedAs, subjectOfLead, type PersonalKeys } from '@leadlog/personal';
import { dropBuildsBefore, type Reaction } from '@leadlog/projections';
import type { Clock } from '@leadlog/time';
import type { Backends } from '../setup/backends';
import { logger } from '../setup/logger';
import { namesOf } from '../setup/personal-keys';

/** What of people is kept neither in a store nor under a key. */
interface KeptElsewhere {
  dropPersonalAnswers: () => Promise<void>;
  /** False: unused parts of the log's file hold in clear what was sealed afterwards. */
  overwriteLog: () => Promise<boolean>;
}

/** Erasures of people; none where personal data are recorded in clear, since nothing would be forgotten by it. */
export function erasures(
  { log, storedLog, store, jobs, keys }: Backends,
  policy: Pick<DocumentInForce<HandoffPolicy>, 'decidedBy'>,
  clock: Clock,
  { dropPersonalAnswers, overwriteLog }: KeptElsewhere,
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
      await dropPersonalAnswers();
      const forgotten = new Set(leadIds);
      const rewritten = await jobs.rewrite((payload) => withoutPerson(payload, forgotten));
      const files = await scrub();
      await tellErasure({ log, jobs, policy }, { leadIds, at });
      const counts = { jobs: rewritten, generations, clearEvents: await clearEvents(storedLog, leadIds, streams) };
      const notRewritten = [...(files ? [] : ['readModels' as const]), ...((await overwriteLog()) ? [] : ['log' as const])];
      return notRewritten.length === 0 ? counts : { ...counts, notRewritten };
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
 * looks only at what was recorded since the one before, by a position that is kept with the keys. Where the log was restored instead, its
 * keys know of people who are forgotten and of whom it does not say so: they are asked for once more.
 */
export async function destroyKeysAgain({ storedLog, keys }: Pick<Backends, 'storedLog' | 'keys'>, clock: Clock): Promise<void> {
  if (!keys) return;
  const known = await keys.forgottenThrough();
  // What a log that has gone back gets from now on is at positions that it had before.
  const wentBack = known !== undefined && known > (await storedLog.head());
  const after = wentBack ? undefined : known;
  let through = after;
  for await (const slice of storedLog.read({ after, filter: { types: ['PersonalDataErased'] } })) {
    const subjects: string[] = [];
    for (const { stream, data, position } of slice.events) {
      const { leadId, leadIds = [leadId], wholeDeal } = data as PersonalDataErased;
      subjects.push(subjectOfLead(leadId));
      if (wholeDeal) subjects.push(stream);
      if (!stream.startsWith('identity-')) continue;
      const holder = await holderOfIdentity(storedLog, stream, position);
      if (holder === undefined || leadIds.includes(holder)) subjects.push(stream);
    }
    const forgotten = await keys.forgotten();
    const left = subjects.filter((subject) => !forgotten.has(subject));
    if (left.length > 0) await keys.destroy(left);
    ({ through } = slice);
  }
  if (wentBack) await askAgain(storedLog, keys, clock);
  if (through !== undefined && through !== known) await keys.noteForgottenThrough(through);
}

/** Nothing of them can be read, so by what they were known is found by who is named in clear, and not in the read model. */
async function askAgain(storedLog: EventLog, keys: PersonalKeys, clock: Clock): Promise<void> {
  const asked = new Set<string>();
  for await (const { events } of storedLog.read({ filter: { types: ['PersonalDataErasureRequested'] } }))
    for (const { data } of events) for (const leadId of (data as PersonalDataErasureRequested).leadIds) asked.add(leadId);
  const left = new Map<string, Set<string>>();
  for (const subject of await keys.forgotten()) {
    const leadId = leadOfStream(subject);
    if (leadId !== undefined && !asked.has(leadId) && (await hasEvents(storedLog, leadId))) left.set(leadId, new Set());
  }
  if (left.size === 0) return;
  for await (const { events } of storedLog.read({ filter: { streamPrefixes: ['deal-', 'identity-'] } }))
    for (const event of events) left.get(leadKey(event) ?? '')?.add(event.stream);
  for (const [leadId, streams] of left) {
    const id = decisionId('PersonalDataErasureRequested', leadId);
    const data = { leadId, requestId: id, leadIds: [leadId], streams: [...streams].sort() };
    const requested = ownEvent({ id, type: 'PersonalDataErasureRequested', data, at: clock(), by: 'erasure' });
    await storedLog.append(leadStream(leadId), [requested], { expected: 'any' });
  }
  logger.warn(`the log was restored to before ${counted(left.size, 'person', 'people')} had been forgotten: they are forgotten in it, too`);
}

async function hasEvents(log: EventLog, leadId: string): Promise<boolean> {
  for (const stream of leadStreams(leadId)) for await (const _ of log.readStream(stream, { limit: 1 })) return true;
  return false;
}
