import { localDay } from '@leadlog/time';
import type { AppointmentFact, MeetingFact } from '../kpis/fact-shapes';
import type { AppointmentState } from '../process/situation';

export type Appointment = AppointmentFact & Required<Pick<AppointmentFact, 'booked' | 'scheduled'>>;

const HOUR = 3_600_000;
/** No event says how long an appointment takes; before that nobody is asked what became of it. */
export const APPOINTMENT_MS = HOUR;
/** Nobody is asked for ever either: an import may know appointments, but not their meetings. */
export const ASKED_FOR_DAYS = 30;

/** `meetings`: of the same run or deal. One that names no appointment keeps those up to its day. */
export function appointmentState(
  { appointmentId, scheduled, status }: Appointment,
  meetings: readonly MeetingFact[],
  now: number,
  timezone: string,
): AppointmentState {
  if (status?.is === 'cancelled' || status?.is === 'noShow') return status.is;
  const day = localDay(scheduled.for, timezone);
  const isKept = ({ appointmentId: named, startedAt }: MeetingFact): boolean =>
    named === undefined ? localDay(startedAt, timezone) >= day : named === appointmentId;
  if (meetings.some(isKept)) return 'held';
  return now < scheduled.for + APPOINTMENT_MS ? 'ahead' : 'passed';
}
