import { evolveRelay, type RelayState } from '@leadlog/lead';
import type { AppointmentFact } from '../kpis/fact-shapes';
import type { RelayTold } from './work-facts';

/** Who has an appointment that was relayed, and who is asked to take it. Times in ms. */
export interface RelayNow {
  holder: string;
  /** Since when, if they have accepted it; undefined while it is with whoever relayed it first. */
  since?: number;
  /** Not answered so far. */
  waiting?: { fromRepId: string; toRepId: string; at: number; note?: string };
}

/** Undefined if the appointment was never relayed. What was decided was decided in the order of the log. */
export function relayNow(told: readonly RelayTold[] | undefined, appointmentId: string): RelayNow | undefined {
  if (!told) return undefined;
  let state: RelayState = {};
  let asked: { at: number; note?: string } | undefined;
  let since: number | undefined;
  for (const one of told.filter(({ data }) => data.appointmentId === appointmentId).sort((a, b) => a.position - b.position)) {
    if (one.type === 'AppointmentRelayed') asked = { at: one.at, note: one.data.note };
    else if (!state.waiting) continue;
    else if (one.type === 'RelayAccepted') since = Math.max(one.at, asked!.at);
    state = evolveRelay(state, one);
  }
  const { holder, waiting } = state;
  return holder === undefined ? undefined : { holder, since, ...(waiting && { waiting: { ...waiting, ...asked! } }) };
}

/** Who has an appointment: whoever took it over, else whoever booked it. */
export const holdersOf = ({ booked }: Pick<AppointmentFact, 'booked'>, relay: RelayNow | undefined): readonly string[] =>
  relay ? [relay.holder] : (booked?.by.reps ?? []);
