import { createHash } from 'node:crypto';
import type { LeadAssigned } from '@leadlog/events';
import { businessTimeOf, hasLeft, isAbsent, NeverAtWork, repOf, teamOf, type Organisation, type Rep } from '@leadlog/organisation';
import { localDay } from '@leadlog/time';

export type Assignment = Pick<LeadAssigned, 'repId' | 'teamId' | 'method'>;

export interface LeadToAssign {
  handoffId: string;
  /** Who had the lead, the last first. */
  previousReps: readonly string[];
  /** Who has its account, the last first. */
  accountReps: readonly string[];
  /** ms */
  now: number;
}

/**
 * Who may take a lead now, in this order: the reps who had it; those who have its account; who is at work in the inside teams, by weight.
 * Nobody who has left or is absent: on this day, or, of those at work, on the day on which their shift began.
 */
export function takersOf(organisation: Organisation, { handoffId, previousReps, accountReps, now }: LeadToAssign): Assignment[] {
  const isThere = presentAt(organisation, now);
  const known = (ids: readonly string[], method: Assignment['method']): Assignment[] =>
    ids.flatMap((id) => {
      const rep = repOf(organisation, id);
      return rep && isThere(rep) ? [{ repId: rep.id, teamId: rep.team, method }] : [];
    });
  return [
    ...known(previousReps, 'previousRep'),
    ...known(accountReps, 'accountOwner'),
    ...byWeight(
      handoffId,
      callers(organisation).filter((rep) => businessTimeOf(organisation, rep.id).isAtWork(now)),
    ),
  ];
}

/** When somebody of the inside teams is at work next, ms; undefined if nobody ever is. */
export function nextAtWork(organisation: Organisation, now: number): number | undefined {
  const openings = callers(organisation).flatMap(({ id }) => {
    try {
      return businessTimeOf(organisation, id).nextAtWork(now);
    } catch (error) {
      if (error instanceof NeverAtWork) return [];
      throw error;
    }
  });
  return openings.length > 0 ? Math.min(...openings) : undefined;
}

/**
 * Who may take over a handoff, in this order: the team of the rep who has it, the inside teams, each by weight; but for those in `not`, who
 * have had it.
 */
export function successorsOf(
  organisation: Organisation,
  { handoffId, teamId, not, now }: { handoffId: string; teamId: string | undefined; not: readonly string[]; now: number },
): Assignment[] {
  const isThere = presentAt(organisation, now);
  const mayTake = (rep: Rep): boolean => isThere(rep) && !not.includes(rep.id);
  const team = organisation.reps.filter((rep) => rep.team === teamId && mayTake(rep));
  return [...byWeight(handoffId, team), ...byWeight(handoffId, callers(organisation).filter(mayTake))];
}

/** Whether a rep works these days. */
function presentAt({ calendar }: Organisation, now: number): (rep: Rep) => boolean {
  const day = localDay(now, calendar.timezone);
  return (rep) => !hasLeft(rep, day) && !isAbsent(rep, day);
}

/** The reps of inside teams; where there is no such team, all. */
function callers(organisation: Organisation): readonly Rep[] {
  const inside = organisation.reps.filter(({ team }) => teamOf(organisation, team)?.kind === 'inside');
  return inside.length > 0 ? inside : organisation.reps;
}

/**
 * Rendezvous hashing on the handoff id: in the long run, the share of each rep equals the weight, the same handoff always goes to the same
 * rep, and no counter has to be kept (docs/decisions/assignment-by-hashing.md).
 */
function byWeight(handoffId: string, reps: readonly Rep[]): Assignment[] {
  return reps
    .map((rep) => ({ rep, share: -rep.weight / Math.log(uniform(`${handoffId} ${rep.id}`)) }))
    .sort((a, b) => b.share - a.share || (a.rep.id < b.rep.id ? -1 : 1))
    .map(({ rep }) => ({ repId: rep.id, teamId: rep.team, method: 'weighted' }));
}

/** In (0, 1), from 48 bits of a hash. */
function uniform(text: string): number {
  return (createHash('sha256').update(text).digest().readUIntBE(0, 6) + 0.5) / 2 ** 48;
}
