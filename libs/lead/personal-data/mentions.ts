import type { EventLog } from '@leadlog/event-log';
import { decode } from '@leadlog/events';

/** A dossier of somebody else that tells something of the person, as a colleague. */
export interface Mention {
  leadId: string;
  handoffId: string;
  eventId: string;
  occurredAt: string;
  /** What it says. */
  data: unknown;
}

/** Reads all handoffs of the log: nothing says in whose dossiers somebody stands. `leadIds`: those of the person. */
export async function mentionsOf(log: EventLog, leadIds: ReadonlySet<string>): Promise<Mention[]> {
  const mentions: Mention[] = [];
  for await (const { events } of log.read({ filter: { types: ['LeadHandedOff'] } })) {
    for (const recorded of events) {
      const event = decode(recorded);
      if (event.type !== 'LeadHandedOff' || leadIds.has(event.data.leadId)) continue;
      const { leadId, handoffId, dossier } = event.data;
      for (const data of colleaguesIn(dossier))
        if (leadIds.has(String((data as { leadId?: unknown }).leadId)))
          mentions.push({ leadId, handoffId, eventId: event.id, occurredAt: new Date(event.occurredAt).toISOString(), data });
    }
  }
  return mentions;
}

function colleaguesIn(dossier: object | undefined): object[] {
  const colleagues = (dossier as { colleagues?: unknown } | undefined)?.colleagues;
  return Array.isArray(colleagues) ? colleagues.filter((one) => typeof one === 'object' && one !== null) : [];
}
