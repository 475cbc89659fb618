import { isAfter, type Happened } from '@leadlog/events';
import { attributesOf, cellAdder, type AttributeFacts } from '@leadlog/lead';
import { daysBetween, localDay } from '@leadlog/time';
import type { HandoffState } from '../handoff-facts';
import { handoffsOf, type Handoff } from '../standing';

/** What happened on the way from a lead to a deal: its capture, when it became hot, and its handoffs. Times in ms. */
export interface LeadWay extends AttributeFacts {
  /** By position. */
  hots?: Happened[];
  handoffs: HandoffState;
}

/** Time windows of the formulas. */
export interface HandoffWindows {
  /** What counts as answered at once, and as answered soon. */
  atOnceMinutes: number;
  soonMinutes: number;
}

export const DEFAULT_HANDOFF_WINDOWS: HandoffWindows = { atOnceMinutes: 5, soonMinutes: 60 };

const MINUTE = 60_000;
const GIVEN_BACK: ReadonlySet<Handoff['state']> = new Set(['rejected', 'returned', 'disqualified']);

/**
 * The cells that a lead adds to, `<dimension>|<metric>|<local day>|<detail>`, in the dimensions `all` (detail empty), those of the lead
 * (origin, campaign, region, industry), and for what a representative does, `rep` and `team`. If a case is decided only later, the detail
 * is `<last open day>|<who>`, of how long a lead waited `<ms>|<who>`, and of how many days it was in a stage `<days>|<who>`. Every fact adds to at most
 * seven cells.
 */
export function handoffCells(
  { capture, profile, hots = [], handoffs: state }: LeadWay,
  timezone: string,
  windows: HandoffWindows,
): Record<string, number> {
  const { cells, add: addCell } = cellAdder(timezone);
  const day = (at: number): string => localDay(at, timezone);
  const of = attributesOf({ capture, profile });
  const add = (metric: string, at: number, by?: Credit, infix?: string): void =>
    addCell(metric, at, { of, by: by && creditOf(by) }, infix === undefined ? {} : { infix: `${infix}|` });

  /** A step dated before the one before it took no time. */
  const stayed = (from: number, to: number): string => String(Math.max(0, daysBetween(day(from), day(to))));

  if (capture) {
    add('captured', capture.at);
    if (hots.length > 0) {
      add('captured-hot', capture.at);
      add('lead-days', capture.at, undefined, stayed(capture.at, Math.min(...hots.map(({ at }) => at))));
    } else {
      add('captured-cold', capture.at);
    }
  }
  // Most leads get no further.
  if (hots.length === 0 && state.handoffs === undefined) return cells;

  const handoffs = handoffsOf(state).map((handoff) => {
    const { firstAccepted, rejected } = state.handoffs!.find(({ handoffId }) => handoffId === handoff.handoffId)!;
    // A deal that is opened from it is no formal acceptance.
    return { ...handoff, acceptedAt: firstAccepted?.at, rejected };
  });
  const inOrder = hots.toSorted((a, b) => (isAfter(a, b) ? 1 : -1));
  for (const [place, hot] of inOrder.entries()) {
    const next = inOrder[place + 1]?.at ?? Infinity;
    add('hot', hot.at);
    if (handoffs.some(({ at, acceptedAt }) => at >= hot.at && at < next && acceptedAt !== undefined)) add('hot-accepted', hot.at);
  }

  for (const handoff of handoffs) {
    const { at, contactedAt = Infinity, acceptedAt, rejected, dealId } = handoff;
    add('handed', at, handoff);
    if (contactedAt !== Infinity) {
      add('handed-answered', at, handoff);
      add('handed-waited', at, handoff, String(contactedAt - at));
    }
    if (contactedAt - at <= windows.atOnceMinutes * MINUTE) add('handed-answered-at-once', at, handoff);
    if (contactedAt - at <= windows.soonMinutes * MINUTE) add('handed-answered-soon', at, handoff);
    // Accepted, or given back: superseded by the next one, nobody has answered it.
    const answeredAt = Math.min(acceptedAt ?? Infinity, GIVEN_BACK.has(handoff.state) ? handoff.endedAt! : Infinity);
    if (answeredAt < Infinity) {
      add('handed-left', at, handoff);
      add('handed-days', at, handoff, stayed(at, answeredAt));
    } else {
      add('handed-waiting', at, handoff);
    }
    if (rejected) {
      add('handed-rejected', at, handoff);
      add(`handed-rejected-${rejected.reason}`, at, handoff);
    }
    if (acceptedAt !== undefined) {
      add('accepted', acceptedAt, handoff);
      if (dealId !== undefined) add('accepted-deal', acceptedAt, handoff);
    }
    addDeadline(handoff, day, add);
  }
  return cells;
}

type Credit = Pick<Handoff, 'repId' | 'teamId'>;
const creditOf = ({ repId, teamId }: Credit) => ({ reps: repId === undefined ? [] : [repId], team: teamId });

/** A handoff counts on the day of the later of its deadlines, and is kept if no breach of either is recorded by then. */
function addDeadline(
  handoff: Handoff,
  day: (at: number) => string,
  add: (metric: string, at: number, by?: Credit, until?: string) => void,
): void {
  const dueAt = Math.max(Date.parse(handoff.acceptBy), Date.parse(handoff.contactBy));
  add('due', dueAt, handoff);
  if (handoff.breached && handoff.breached.length > 0) return;
  add('due-kept', dueAt, handoff);
  add('due-open', dueAt, handoff, day(dueAt));
}
