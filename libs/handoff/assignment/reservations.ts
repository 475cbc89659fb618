import { decideOn, type EventLog, type Fold } from '@leadlog/event-log';
import { decisionId, decode, ownEvent, repStream, type HandoffReserved } from '@leadlog/events';
import { NotReached, type ReadModels, type ReadModelView } from '@leadlog/projections';
import { repOf, type Organisation } from '@leadlog/organisation';
import type { HandoffState } from '../handoffs.projection';
import { dueSince, openHandoffs } from '../standing';
import type { Assignment } from './assignment';

/** Each is followed by its handoff at once, or never. */
const LOOKED_AT = 200;
const LONGEST_WAIT_MS = 5_000;
/** Of many leads that wait, only the first asks whether a rep has room. */
const FULL_FOR_MS = 1_000;

const reservations: Fold<HandoffReserved[]> = {
  initial: () => [],
  evolve: (made, recorded) => {
    const event = decode(recorded);
    if (event.type === 'HandoffReserved') made.push(event.data);
    return made.length > LOOKED_AT ? made.slice(-LOOKED_AT) : made;
  },
};

interface LeadToPlace {
  leadId: string;
  handoffId: string;
  /** It is open, and goes on to somebody else because of this deadline. */
  step?: HandoffReserved['step'];
  /** ms */
  now: number;
}

/**
 * Of those who may take a lead, the first who has room, with a place kept; undefined if nobody has. `fullForMs`: for how long somebody who had
 * none is not asked again. Rejects with NotReached while places cannot be counted: one waits for that, those behind it and those who ask soon
 * after are told at once.
 */
export function placesOn(log: EventLog, readModels: ReadModels, fullForMs = FULL_FOR_MS) {
  // One after the other, in the order in which they are asked, so that the longest waiting comes first.
  let before: Promise<unknown> = Promise.resolve();
  const full = new Map<string, number>();
  let behind: { error: NotReached; until: number } | undefined;
  const first = async (sales: Organisation, takers: readonly Assignment[], lead: LeadToPlace): Promise<Assignment | undefined> => {
    for (const taker of takers) {
      const { repId } = taker;
      const capacity = repOf(sales, repId)?.capacity;
      if (capacity === undefined) return taker;
      if ((full.get(repId) ?? -Infinity) > lead.now) continue;
      if (await reserve(log, readModels, { ...lead, repId, capacity })) return taker;
      full.set(repId, lead.now + fullForMs);
    }
    return undefined;
  };
  return (sales: Organisation, takers: readonly Assignment[], lead: LeadToPlace): Promise<Assignment | undefined> => {
    if (repOf(sales, takers[0]!.repId)?.capacity === undefined) return Promise.resolve(takers[0]);
    const mine = before.then(async () => {
      if (behind && Date.now() < behind.until) throw behind.error;
      try {
        return await first(sales, takers, lead);
      } catch (error) {
        if (error instanceof NotReached) behind = { error, until: Date.now() + LONGEST_WAIT_MS };
        throw error;
      }
    });
    before = mine.catch(() => undefined);
    return mine;
  };
}

/**
 * Keeps a place for a handoff with a rep who takes only `capacity` open ones; false if there is none. The places of a rep are given one
 * after the other, in a stream of their own, so that no two workers give away the last one (docs/decisions/capacity.md). Safe to repeat.
 */
async function reserve(
  log: EventLog,
  readModels: ReadModels,
  { repId, leadId, handoffId, step, capacity, now }: LeadToPlace & { repId: string; capacity: number },
): Promise<boolean> {
  const event = ownEvent({
    id: decisionId('HandoffReserved', handoffId, repId, ...(step ? [step] : [])),
    type: 'HandoffReserved',
    data: { leadId, handoffId, repId, ...(step && { step }) },
    at: now,
    by: 'handoff',
  });
  const answer = await decideOn<HandoffReserved[], { full: true }>(log, repStream(repId), reservations, async ({ state }) => {
    // Whatever was recorded by now counts, above all what has set a place free.
    await readModels.reached(['handoffs'], await log.head(), LONGEST_WAIT_MS);
    const view = await readModels.view('handoffs');
    // In this order: a handoff that comes between the two is counted twice rather than not at all.
    const coming = await countComing(
      view,
      state.filter((one) => one.handoffId !== handoffId),
    );
    const open = await view.listSize(`inbox:rep:${repId}`);
    return open + coming < capacity ? { append: [event] } : { refused: { full: true } };
  });
  return answer.ok;
}

/** Those whose handoff is still to be written: their lead waits to be handed off, or the breach by which they go on is not recorded. */
async function countComing(view: ReadModelView, made: readonly HandoffReserved[]): Promise<number> {
  const states = await view.many<HandoffState>(made.map(({ leadId }) => leadId));
  return made.filter(({ handoffId, repId, step }, place) => {
    const state = states[place];
    if (!state) return false;
    const handed = state.handoffs?.find((one) => one.handoffId === handoffId && one.handed);
    if (!step) return !handed && dueSince(state) !== undefined;
    return (
      handed !== undefined &&
      !handed.breached?.[step] &&
      openHandoffs(state).some((one) => one.handoffId === handoffId && one.repId !== repId)
    );
  }).length;
}
