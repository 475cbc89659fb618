import type { EventLog, NewEvent } from '@leadlog/event-log';
import { decode, dealStream, leadStreams, Voided, voidIn, type LeadlogEvent } from '@leadlog/events';
import { contradictionsIn, evolveClaims, type Claims, type Contradiction } from './claims';

/** Types whose event may contradict what is recorded already; an opening never does. */
const OF_DEALS: ReadonlySet<string> = new Set(['DealWon', 'DealLost', 'QuoteSubmitted']);
/** Deals read at once. */
const READ_TOGETHER = 100;

/**
 * What events that were just recorded contradict, for the answer to their sender, by their places. A deal is looked at as its stream has it,
 * whichever leads its events name. `now`: ms, the time of recording.
 */
export async function toldNotices(log: EventLog, events: readonly NewEvent[], now: number): Promise<Map<number, string[]>> {
  const notices = new Map<number, string[]>();
  const ofDeals = new Map<string, number[]>();
  for (const [place, event] of events.entries()) {
    if (event.type === 'MeetingHeld') {
      const told = contradictionsIn(evolveClaims<Claims>({}, asRecorded(event, now)));
      if (told.length > 0)
        notices.set(
          place,
          told.map(({ says }) => says.en),
        );
    } else if (OF_DEALS.has(event.type)) {
      const { dealId } = event.data as { dealId: string };
      ofDeals.set(dealId, [...(ofDeals.get(dealId) ?? []), place]);
    }
  }
  const dealIds = [...ofDeals.keys()];
  for (let at = 0; at < dealIds.length; at += READ_TOGETHER) {
    await Promise.all(
      dealIds.slice(at, at + READ_TOGETHER).map(async (dealId) => {
        const found = await contradictionsOf(log, dealId);
        for (const place of ofDeals.get(dealId)!) {
          const mine = found.filter(({ eventIds }) => eventIds.includes(events[place]!.id));
          if (mine.length > 0)
            notices.set(
              place,
              mine.map(({ says }) => says.en),
            );
        }
      }),
    );
  }
  return notices;
}

const asRecorded = (event: NewEvent, recordedAt: number): LeadlogEvent =>
  ({ ...event, occurredAt: Date.parse(event.metadata.occurredAt), recordedAt, position: 0n }) as unknown as LeadlogEvent;

async function contradictionsOf(log: EventLog, dealId: string): Promise<Contradiction[]> {
  const events: LeadlogEvent[] = [];
  for await (const page of log.readStream(dealStream(dealId))) events.push(...page.map(decode));
  const found = contradictionsOfEvents(events);
  if (found.length === 0) return found;
  // Only now, because the streams of a lead are long and contradictions are rare.
  const voided = new Voided();
  for (const leadId of new Set(events.flatMap(({ data }) => ('leadId' in data ? [data.leadId] : []))))
    for (const stream of leadStreams(leadId))
      for await (const page of log.readStream(stream)) for (const event of page) voided.add(voidIn(event));
  return contradictionsOfEvents(events.filter((event) => !voided.of(event)));
}

const contradictionsOfEvents = (events: readonly LeadlogEvent[]): Contradiction[] =>
  contradictionsIn(events.reduce<Claims>((claims, event) => evolveClaims(claims, event), {}));
