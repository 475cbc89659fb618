import { leadCorrections, leadKey, leadOfStream, leadStreams, sortedBy, type LeadlogEvent } from '@leadlog/events';
import { defineProjection, type Projection } from '@leadlog/projections';
import { ATTRIBUTE_TYPES, attributesOf, evolveAttributes, noAttributeFacts, type AttributeFacts } from '../lead-attributes';
import { cellAdder } from './cell-adder';

/** A mail to this person. */
interface Mail {
  messageId: string;
  /** First, ms. */
  deliveredAt?: number;
  /** By a human, as far as anybody can tell; or only by machines. */
  opened?: 'human' | 'machine';
}

export interface MailFacts extends AttributeFacts {
  mails?: Mail[];
}

/** The likelihood from which on a machine is held to have opened a mail. */
const MACHINE = 0.5;

const mails = sortedBy((mail: Mail) => mail.messageId);

/** Read model `mail-kpis`, by lead: as tallies, by the day of delivery, the cells of mails delivered and of those of them that were opened. */
export function mailKpis({ timezone }: { timezone: string }): Projection<MailFacts> {
  return defineProjection<MailFacts>({
    name: 'mail-kpis',
    version: `1-${timezone}`,
    handles: [...ATTRIBUTE_TYPES, 'EmailDelivered', 'EmailOpened'],
    key: leadKey,
    streams: leadStreams,
    keyOfStream: leadOfStream,
    corrections: leadCorrections,
    initial: () => ({ ...noAttributeFacts(), mails: undefined }),
    evolve: (state, event) => evolve(state, event as LeadlogEvent),
    tallies: (state) => {
      const { cells, add } = cellAdder(timezone);
      const facets = { of: attributesOf(state) };
      for (const { deliveredAt, opened } of state.mails ?? []) {
        if (deliveredAt === undefined) continue;
        add('mails-delivered', deliveredAt, facets);
        if (opened !== undefined) add('mails-opened-raw', deliveredAt, facets);
        if (opened === 'human') add('mails-opened', deliveredAt, facets);
      }
      return cells;
    },
  });
}

function evolve(state: MailFacts, event: LeadlogEvent): MailFacts {
  if (event.type !== 'EmailDelivered' && event.type !== 'EmailOpened') {
    evolveAttributes(state, event);
    return state;
  }
  const { messageId } = event.data;
  const mail = mails.find(state.mails, messageId) ?? { messageId, deliveredAt: undefined, opened: undefined };
  if (event.type === 'EmailDelivered') mail.deliveredAt = Math.min(mail.deliveredAt ?? event.occurredAt, event.occurredAt);
  else if ((event.data.machineLikelihood ?? 0) < MACHINE) mail.opened = 'human';
  else mail.opened ??= 'machine';
  state.mails = mails.put(state.mails, mail);
  return state;
}
