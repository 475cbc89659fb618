import { listsOf } from './sales-work.projection';
import type { WorkFacts } from './work-facts';

/** Representatives in whose day a lead is beside those to whom it was handed. By the lists of the read model, whose names end in the representative. */
export const repsAtWork = (facts: WorkFacts): string[] => [
  ...new Set(Object.keys(listsOf(facts)).map((list) => list.slice(list.indexOf(':') + 1))),
];

/** Those whose appointment or action it is, also where it is over by now and on no list any more: whoever loses it has to hear of it. */
export function repsOfThing(facts: WorkFacts, { appointmentId, actionId }: { appointmentId?: string; actionId?: string }): string[] {
  const booked = facts.appointments?.find((one) => one.appointmentId === appointmentId)?.booked?.by.reps ?? [];
  const planned = facts.planned?.find((one) => one.actionId === actionId)?.planned?.repId;
  return [...booked, ...relayPartiesOf(facts, appointmentId), ...(planned === undefined ? [] : [planned])];
}

export const relayPartiesOf = ({ relays = [] }: WorkFacts, appointmentId: string | undefined): string[] =>
  relays
    .filter(({ data }) => data.appointmentId === appointmentId)
    .flatMap((one) => (one.type === 'AppointmentRelayed' ? [one.data.fromRepId, one.data.toRepId] : [one.data.repId]));
