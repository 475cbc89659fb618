import { localDayNumber } from '@leadlog/time';
import type { Scalar } from '@leadlog/where';
import type { EntryMoment, Moments } from '../process/moments';
import type { AppointmentState, Situation, SituationField } from '../process/situation';
import { appointmentState, type Appointment } from './appointments';
import type { StageNow } from './stage-of';
import type { AsOf, Work } from './works';

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

/**
 * What the conditions of a process can ask (process/situation.ts). A rule asks for one or two fields, and a rep has hundreds of leads: each
 * is computed when it is asked for.
 */
export function situationOf(work: Work, moments: Moments, stage: StageNow, asOf: AsOf): Situation {
  return (field) => fields[field]({ work, moments, stage, asOf });
}

/** Whether a field may have been another on days before: what counts from nothing never does, nor what is settled. */
export function changesDaily(field: SituationField, asked: Asked): boolean {
  const { appointments, meetings } = asked.work;
  const { now, timezone } = asked.asOf;
  if (field === 'appointment' || field === 'daysToAppointment')
    return appointments.some((one) => ['ahead', 'passed'].includes(appointmentState(one, meetings, now, timezone)));
  return fields[field](asked) !== undefined;
}

export interface Asked {
  work: Work;
  moments: Moments;
  stage: StageNow;
  asOf: AsOf;
}

const DAY = 86_400_000;
const dayOf = (at: number, { asOf }: Asked): number => localDayNumber(at, asOf.timezone);
const today = (asked: Asked): number => dayOf(asked.asOf.now, asked);
/** What is dated a little ahead happened today. */
const daysSince = (at: number | undefined, asked: Asked): number | undefined =>
  at === undefined || at === -Infinity ? undefined : Math.max(0, today(asked) - dayOf(at, asked));
const since =
  (moment: EntryMoment) =>
  (asked: Asked): number | undefined =>
    daysSince(asked.moments[moment]?.last, asked);

const fields: Record<SituationField, (asked: Asked) => Scalar | undefined> = {
  calls: ({ work }) => work.calls.length,
  reached: ({ work }) => work.calls.filter(({ outcome }) => outcome === 'reached').length,
  lastCall: ({ work }) => work.calls.at(-1)?.outcome,
  daysSinceCall: since('called'),
  appointment: ({ work, asOf }) => appointmentOf(work, asOf)?.is,
  daysToAppointment: (asked) => {
    const next = appointmentOf(asked.work, asked.asOf);
    return next?.is === 'ahead' ? Math.max(0, dayOf(next.appointment.scheduled.for, asked) - today(asked)) : undefined;
  },
  meetings: ({ work }) => work.meetings.length,
  daysSinceMeeting: since('meeting-held'),
  proposed: ({ moments }) => moments.proposed !== undefined,
  daysSinceProposal: since('proposed'),
  quoted: ({ moments }) => moments.quoted !== undefined,
  daysSinceQuote: since('quoted'),
  answer: ({ work }) => answerOf(work)?.answer,
  daysSinceAnswer: (asked) => daysSince(answerOf(asked.work)?.at, asked),
  daysToDecision: (asked) => {
    const decideBy = answerOf(asked.work)?.decideBy;
    return decideBy === undefined ? undefined : Date.parse(decideBy) / DAY - today(asked);
  },
  deal: ({ work }) => work.deal !== undefined,
  daysInStage: (asked) => daysSince(asked.stage.since, asked) ?? 0,
  daysSinceStep: (asked) => daysSince(lastStepOf(asked.work, asked.moments, asked.stage), asked) ?? 0,
};
