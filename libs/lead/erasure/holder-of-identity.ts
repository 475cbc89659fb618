import type { EventLog, Position } from '@leadlog/event-log';
import type { IdentityClaimed, PersonalDataErased } from '@leadlog/events';

/**
 * The lead that has the identity of a stream, as of the events before a position. What is said of an identity itself is recorded under a key of
 * its stream, and goes with whoever has it; those who only share it leave it to them.
 */
export async function holderOfIdentity(log: EventLog, stream: string, before?: Position): Promise<string | undefined> {
  let holder: string | undefined;
  for await (const page of log.readStream(stream))
    for (const { type, data, position } of page) {
      if (before !== undefined && position >= before) return holder;
      if (type === 'IdentityClaimed') holder = (data as IdentityClaimed).leadId;
      else if (type === 'PersonalDataErased' && holder !== undefined && (data as PersonalDataErased).leadIds?.includes(holder))
        holder = undefined;
    }
  return holder;
}
