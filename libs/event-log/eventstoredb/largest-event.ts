import type { ServiceError } from '@grpc/grpc-js';
import type statusPb from '@eventstore/db-client/generated/status_pb';
import { BinaryReader } from 'google-protobuf';
import { EventTooLarge } from '../log';

/** From 24.10, a server can be configured with a maximum event size. Its error is newer than the client, which reports it as unknown. */
const REFUSAL = 'event_store.client.MaximumAppendEventSizeExceeded';

/** As reported in the answer to a batch append. */
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

/** As reported in the trailers of a single append. */
export function eventTooLargeIn(error: unknown): EventTooLarge | undefined {
  const trailers = (error as { _raw?: ServiceError } | undefined)?._raw?.metadata;
  const said = (name: string) => trailers?.get(name)[0]?.toString();
  if (said('exception') !== 'maximum-append-event-size-exceeded') return undefined;
  return new EventTooLarge(said('event-id') ?? '', Number(said('proposed-append-event-size')), Number(said('maximum-append-event-size')));
}
