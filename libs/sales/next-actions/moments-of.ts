import type { CallFact, MeetingFact } from '../kpis/fact-shapes';
import type { EntryMoment, Moments } from '../process/moments';
import type { Appointment } from './appointments';
import type { Following } from './card-following';
import type { Handed } from './handed';
import type { DealSteps, OpenDeal } from './work-facts';

interface Told {
  deal?: OpenDeal;
  steps?: DealSteps;
  handoff?: Handed;
  isBack: boolean;
  /** All by time. */
  calls: readonly CallFact[];
  appointments: readonly Appointment[];
  meetings: readonly MeetingFact[];
  following?: Following;
}

/** When what was first and last. A call or meeting is when it began, everything else when it happened. */
export function momentsOf({ deal, steps, handoff, isBack, calls, appointments, meetings, following }: Told): Moments {
  const moments: Moments = {};
  const add = (moment: EntryMoment, at: number | undefined): void => {
    if (at === undefined) return;
    const known = moments[moment];
    if (!known) moments[moment] = { first: at, last: at };
    else if (at < known.first) known.first = at;
    else if (at > known.last) known.last = at;
  };
  add('handed-off', handoff?.at);
  add('accepted', handoff?.acceptedAt);
  add('card-followed', following?.since);
  if (isBack) add('returned-hot', handoff?.at);
  for (const { startedAt, outcome } of calls) {
    add('called', startedAt);
    if (outcome === 'reached') add('reached', startedAt);
  }
  for (const { booked } of appointments) add('appointment-booked', booked.at);
  for (const [place, { startedAt }] of meetings.entries()) {
    add('meeting-held', startedAt);
    if (place > 0) add('second-meeting-held', startedAt);
  }
  add('deal-opened', deal?.opened.at);
  for (const { at } of deal?.products ?? []) add('proposed', at);
  add('proposed', steps?.proposed?.at);
  for (const { revisions } of deal?.quotes ?? []) for (const { at } of revisions) add('quoted', at);
  for (const at of [moments.proposed?.first, moments.quoted?.first, steps?.offered?.at]) add('offered', at);
  for (const at of [steps?.asked?.at, steps?.answered?.at]) add('closing-asked', at);
  return moments;
}
