import { localDay } from '@leadlog/time';
import type { Moments } from '../process/moments';
import type { AppointmentState, Situation } from '../process/situation';
import { appointmentState, type Appointment } from './appointments';
import type { StageNow } from './stage-of';
import type { AsOf, Work } from './works';

const DAY = 86_400_000;

/** When anything was last done with the customer. */
export function lastStepOf(work: Work, moments: Moments, { since = -Infinity }: StageNow): number {
  const { steps, completedAt } = work;
  const done = (['accepted', 'called', 'appointment-booked', 'meeting-held', 'deal-opened', 'offered'] as const).map(
    (moment) => moments[moment]?.last,
  );
  return Math.max(since, ...[...done, steps?.answered?.at, completedAt].map((at) => at ?? -Infinity));
}

/** The last answer, unless something was offered since. */
export function answerOf({
  steps,
}: Pick<Work, 'steps'>): { answer: 'yes' | 'no' | 'undecided'; at: number; decideBy?: string } | undefined {
  const { answered, offered } = steps ?? {};
  return answered && !(offered && offered.at > answered.at) ? answered : undefined;
}

/** The next one, else the last. */
export function appointmentOf(
  { appointments, meetings }: Work,
  { now, timezone }: AsOf,
): { appointment: Appointment; is: AppointmentState } | undefined {
  const all = appointments.map((appointment) => ({ appointment, is: appointmentState(appointment, meetings, now, timezone) }));
  return all.find(({ is }) => is === 'ahead') ?? all.at(-1);
}

/** What the conditions of a process can ask (process/situation.ts). */
export function situationOf(work: Work, moments: Moments, stage: StageNow, asOf: AsOf): Situation {
  const { calls, meetings, deal } = work;
  const { now, timezone } = asOf;
  const day = (at: number): number => Date.parse(localDay(at, timezone)) / DAY;
  const today = day(now);
  // What is dated a little ahead happened today.
  const since = (at: number | undefined): number | undefined =>
    at === undefined || at === -Infinity ? undefined : Math.max(0, today - day(at));
  const answer = answerOf(work);
  const next = appointmentOf(work, asOf);
  return {
    calls: calls.length,
    reached: calls.filter(({ outcome }) => outcome === 'reached').length,
    lastCall: calls.at(-1)?.outcome,
    daysSinceCall: since(moments.called?.last),
    appointment: next?.is,
    daysToAppointment: next?.is === 'ahead' ? Math.max(0, day(next.appointment.scheduled.for) - today) : undefined,
    meetings: meetings.length,
    daysSinceMeeting: since(moments['meeting-held']?.last),
    proposed: moments.proposed !== undefined,
    daysSinceProposal: since(moments.proposed?.last),
    quoted: moments.quoted !== undefined,
    daysSinceQuote: since(moments.quoted?.last),
    answer: answer?.answer,
    daysSinceAnswer: since(answer?.at),
    daysToDecision: answer?.decideBy === undefined ? undefined : Date.parse(answer.decideBy) / DAY - today,
    deal: deal !== undefined,
    daysInStage: since(stage.since) ?? 0,
    daysSinceStep: since(lastStepOf(work, moments, stage)) ?? 0,
  };
}
