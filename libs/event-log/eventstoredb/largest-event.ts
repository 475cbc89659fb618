import type { ServiceError } from '@grpc/grpc-js';
import type statusPb from '@eventstore/db-client/generated/status_pb';
import { BinaryReader } from 'google-protobuf';
import { EventTooLarge } from '../log';

/** From 24.10 on a server may be told a largest size of one event. What it says then is newer than the client, which calls it unknown. */
const REFUSAL = 'event_store.client.MaximumAppendEventSizeExceeded';

/** As an answer to a batch append says it. */
export function eventTooLargeOf(refusal: statusPb.Status): EventTooLarge | undefined {
  const details = refusal.getDetails();
  if (details?.getTypeName() !== REFUSAL) return undefined;
  const reader = new BinaryReader(details.getValue_asU8());
  let [id, bytes, limit] = ['', 0, 0];
  while (reader.nextField()) {
    const field = reader.getFieldNumber();
    if (field === 1) id = reader.readString();
    else if (field === 2) bytes = reader.readUint32();
    else if (field === 3) limit = reader.readUint32();
    else reader.skipField();
  }
  return new EventTooLarge(id, bytes, limit);
}

/** As the trailers of a single append say it. */
export function eventTooLargeIn(error: unknown): EventTooLarge | undefined {
  const trailers = (error as { _raw?: ServiceError } | undefined)?._raw?.metadata;
  const said = (name: string) => trailers?.get(name)[0]?.toString();
  if (said('exception') !== 'maximum-append-event-size-exceeded') return undefined;
  return new EventTooLarge(said('event-id') ?? '', Number(said('proposed-append-event-size')), Number(said('maximum-append-event-size')));
}
