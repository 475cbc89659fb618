import type { components } from '../../api/types.gen';
import type { RecordKind } from '../../common/recorder';

export type DayItem = components['schemas']['DayItem'];

/** What would most likely be recorded of it; `undefined`: nothing yet, it is to be answered first. */
export function recordKindOf({
  section,
  do: verb,
  from,
  dealId,
}: Pick<DayItem, 'section' | 'do' | 'from' | 'dealId'>): RecordKind | undefined {
  if (section === 'accept' || section === 'card' || section === 'question' || from === 'relay') return undefined;
  // Also one that passed, of which no meeting is recorded.
  if (from === 'appointment' || verb === 'meet') return 'meeting';
  if (section === 'decision') return 'deal';
  if (section === 'no-next-step') return 'plan';
  if (/quote|propose|revise|close|open-deal|ask/.test(verb)) return dealId === undefined && verb !== 'open-deal' ? 'call' : 'deal';
  return 'call';
}
