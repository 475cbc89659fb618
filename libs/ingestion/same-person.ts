import type { EventLog, NewEvent } from '@leadlog/event-log';
import { activityStream, normalEmail, shown, type LeadIdentity, type Profile } from '@leadlog/events';
import { identityOf } from '@leadlog/lead';
import type { Assigned, Identities } from './identity-claims';

/** Two leads that an event shows to be one person: which one is merged into which. */
export interface Joining {
  mergedId: string;
  survivorId: string;
}

/**
 * A lead created only by an identity is anonymous: it is merged into the one that the event names. The lead of a visitor who
 * gives an address is merged into the lead of that address. Undefined if senders have named both leads: a person has to decide then.
 * `hasMade`: whether an identity alone made a lead.
 */
export function joiningOf(
  event: NewEvent,
  leadId: string,
  { identity, leadId: owner }: Assigned['taken'][number],
  hasMade: Identities['hasMade'],
): Joining | undefined {
  const { identity: by } = event.data as { identity?: LeadIdentity };
  const anonymous = by?.visitorId !== undefined && hasMade(identityOf(by), leadId);
  if (anonymous && identity.identity.visitorId === undefined) return { mergedId: leadId, survivorId: owner };
  return hasMade(identity, owner) ? { mergedId: owner, survivorId: leadId } : undefined;
}

/** Recorded fields of a lead that contradict this event. */
export async function contradiction(log: EventLog, leadId: string, event: NewEvent, fields: readonly Field[]): Promise<string | undefined> {
  const told = profileOf(event);
  if (told === undefined) return undefined;
  for await (const page of log.readStream(activityStream(leadId))) {
    for (const other of page) {
      const said = other.id === event.id ? undefined : profileOf(other);
      for (const field of fields) {
        const normal = NORMAL[field];
        const [one, another] = [said?.[field], told[field]];
        if (one !== undefined && another !== undefined && normal(one) !== normal(another))
          return `its ${FIELD_NAMES[field]} is ${shown(one)}, not ${shown(another)}`;
      }
    }
  }
  return undefined;
}

const profileOf = ({ type, data }: { type: string; data: unknown }): Partial<Profile> | undefined =>
  type === 'LeadCaptured'
    ? (data as { profile: Profile }).profile
    : type === 'ProfileUpdated'
      ? (data as { changes: Profile }).changes
      : undefined;

const FIELD_NAMES = { email: 'e-mail address', name: 'name' } as const;
type Field = keyof typeof FIELD_NAMES;
const NORMAL: Readonly<Record<Field, (text: string) => string>> = {
  email: normalEmail,
  name: (text) => text.normalize('NFKC').toLowerCase().replace(/\s+/gu, ''),
};
