import { Empty as ProtobufEmpty } from 'google-protobuf/google/protobuf/empty_pb';
import { BinaryWriter } from 'google-protobuf';
import { Any } from 'google-protobuf/google/protobuf/any_pb';
import { Metadata, status, type StatusObject } from '@grpc/grpc-js';
import shared from '@eventstore/db-client/generated/shared_pb';
import statusPb from '@eventstore/db-client/generated/status_pb';
import streams from '@eventstore/db-client/generated/streams_pb';
import type { Expected, ProposedRecord, StoredRecord, WriteOutcome, WriteRefusal } from './storage';

// Between the messages of the protocol and what storage.ts knows.

export function nameOf(identifier: shared.StreamIdentifier | undefined): string {
  return Buffer.from(identifier!.getStreamName_asU8()).toString('utf8');
}

export function identifierOf(stream: string): shared.StreamIdentifier {
  return new shared.StreamIdentifier().setStreamName(Buffer.from(stream).toString('base64'));
}

export function idOf(uuid: shared.UUID): string {
  const structured = uuid.getStructured();
  if (!structured) return uuid.getString();
  const hex = (bits: string) => BigInt.asUintN(64, BigInt(bits)).toString(16).padStart(16, '0');
  const all = hex(structured.getMostSignificantBits()) + hex(structured.getLeastSignificantBits());
  return [all.slice(0, 8), all.slice(8, 12), all.slice(12, 16), all.slice(16, 20), all.slice(20)].join('-');
}

export function proposed(message: streams.AppendReq.ProposedMessage | streams.BatchAppendReq.ProposedMessage): ProposedRecord {
  const metadata = message.getMetadataMap() as { get(key: string): string | undefined };
  return {
    id: idOf(message.getId()!),
    type: metadata.get('type') ?? '',
    contentType: metadata.get('content-type') ?? 'application/octet-stream',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
}

/** With `link`: the event is what the link points at, or nothing when that is not there any more. */
export function eventMessage(event: StoredRecord | undefined, link?: StoredRecord): streams.ReadResp {
  const read = new streams.ReadResp.ReadEvent().setCommitPosition((link ?? event)!.position.toString());
  if (event) read.setEvent(recordedEvent(event));
  if (link) read.setLink(recordedEvent(link));
  return new streams.ReadResp().setEvent(read);
}

function recordedEvent({
  id,
  stream,
  revision,
  position,
  type,
  contentType,
  created,
  data,
  metadata,
}: StoredRecord): streams.ReadResp.ReadEvent.RecordedEvent {
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent()
    .setId(new shared.UUID().setString(id))
    .setStreamIdentifier(identifierOf(stream))
    .setStreamRevision(revision.toString())
    .setCommitPosition(position.toString())
    .setPreparePosition(position.toString())
    .setData(data)
    .setCustomMetadata(metadata);
  recorded
    .getMetadataMap()
    .set('type', type)
    .set('content-type', contentType)
    .set('created', (BigInt(created) * 10_000n).toString());
  return recorded;
}

export function checkpointMessage(position: bigint): streams.ReadResp {
  return new streams.ReadResp().setCheckpoint(
    new streams.ReadResp.Checkpoint().setCommitPosition(position.toString()).setPreparePosition(position.toString()),
  );
}

export const caughtUpMessage = (): streams.ReadResp => new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp());
export const fellBehindMessage = (): streams.ReadResp => new streams.ReadResp().setFellBehind(new streams.ReadResp.FellBehind());

export function batchAnswer(correlation: shared.UUID, stream: string, expected: Expected, outcome: WriteOutcome): streams.BatchAppendResp {
  const answer = new streams.BatchAppendResp().setCorrelationId(correlation).setStreamIdentifier(identifierOf(stream));
  if (outcome.ok) {
    const success = new streams.BatchAppendResp.Success();
    if (outcome.revision === undefined) success.setNoStream(new ProtobufEmpty()).setNoPosition(new ProtobufEmpty());
    else {
      const position = new shared.AllStreamPosition()
        .setCommitPosition(outcome.position.toString())
        .setPreparePosition(outcome.position.toString());
      success.setCurrentRevision(outcome.revision.toString()).setPosition(position);
    }
    return answer.setSuccess(success);
  }
  switch (outcome.reason) {
    case 'wrong-expected':
      return answer.setError(
        problem('Wrong expected version', 'WrongExpectedVersion', wrongExpected(expected, outcome.current).serializeBinary()),
      );
    case 'deleted':
      return answer.setError(
        problem('Stream deleted', 'StreamDeleted', new shared.StreamDeleted().setStreamIdentifier(identifierOf(stream)).serializeBinary()),
      );
    case 'event-too-large':
      return answer.setError(problem('MaximumAppendEventSizeExceeded', 'MaximumAppendEventSizeExceeded', eventSizeExceeded(outcome)));
    case 'too-large':
      return answer.setError(
        problem(
          'Maximum append size exceeded',
          'MaximumAppendSizeExceeded',
          new shared.MaximumAppendSizeExceeded().setMaxappendsize(outcome.limit).serializeBinary(),
        ),
      );
  }
}

/** Without details that the client knows: it says that it could not recognise the message. */
export function batchProblem(correlation: shared.UUID, stream: string, message: string): streams.BatchAppendResp {
  return new streams.BatchAppendResp()
    .setCorrelationId(correlation)
    .setStreamIdentifier(identifierOf(stream))
    .setError(problem(message, 'BadRequest', new Uint8Array()));
}

export function batchDenied(correlation: shared.UUID, stream: string): streams.BatchAppendResp {
  return new streams.BatchAppendResp()
    .setCorrelationId(correlation)
    .setStreamIdentifier(identifierOf(stream))
    .setError(problem('Access Denied', 'AccessDenied', new Uint8Array()));
}

export function batchTimeout(correlation: shared.UUID, stream: string): streams.BatchAppendResp {
  return new streams.BatchAppendResp()
    .setCorrelationId(correlation)
    .setStreamIdentifier(identifierOf(stream))
    .setError(problem('Timeout', 'Timeout', new Uint8Array()));
}

export function appendAnswer(expected: Expected, outcome: Exclude<WriteOutcome, WriteRefusal>): streams.AppendResp {
  const response = new streams.AppendResp();
  if (outcome.ok) {
    const success = new streams.AppendResp.Success();
    if (outcome.revision === undefined) success.setNoStream(new shared.Empty()).setNoPosition(new shared.Empty());
    else
      success
        .setCurrentRevision(`${outcome.revision}`)
        .setPosition(new streams.AppendResp.Position().setCommitPosition(`${outcome.position}`).setPreparePosition(`${outcome.position}`));
    return response.setSuccess(success);
  }
  const wrong = new streams.AppendResp.WrongExpectedVersion();
  if (outcome.current === undefined) wrong.setCurrentNoStream(new shared.Empty());
  else wrong.setCurrentRevision(`${outcome.current}`);
  if (typeof expected === 'bigint') wrong.setExpectedRevision(`${expected}`);
  else if (expected === 'any') wrong.setExpectedAny(new shared.Empty());
  else if (expected === 'stream-exists') wrong.setExpectedStreamExists(new shared.Empty());
  else wrong.setExpectedNoStream(new shared.Empty());
  return response.setWrongExpectedVersion(wrong);
}

/** An error as the server sends it: its name and what belongs to it in the trailers. */
export function exception(code: status, details: string, trailers: Record<string, string> = {}): Partial<StatusObject> {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(trailers)) metadata.set(name, value);
  return { code, details, metadata };
}

export function wrongExpectedException(stream: string, expected: Expected, current: bigint | undefined): Partial<StatusObject> {
  const number = (one: Expected | undefined) =>
    typeof one === 'bigint' ? `${one}` : one === 'no-stream' || one === undefined ? '-1' : one === 'any' ? '-2' : '-4';
  const trailers = {
    exception: 'wrong-expected-version',
    'stream-name': stream,
    'expected-version': number(expected),
    'actual-version': number(current),
  };
  return exception(status.FAILED_PRECONDITION, 'Wrong expected version', trailers);
}

export function refusedWrite(stream: string, outcome: WriteRefusal): Partial<StatusObject> {
  if (outcome.reason === 'event-too-large') {
    const { id, size, limit } = outcome;
    const trailers = {
      exception: 'maximum-append-event-size-exceeded',
      'maximum-append-event-size': `${limit}`,
      'event-id': id,
      'proposed-append-event-size': `${size}`,
    };
    return exception(
      status.INVALID_ARGUMENT,
      `Event with Id: ${id}, Size: ${size}, exceeds Maximum Append Event Size of ${limit}.`,
      trailers,
    );
  }
  return outcome.reason === 'too-large'
    ? exception(status.INVALID_ARGUMENT, 'Maximum Append Size Exceeded', {
        exception: 'maximum-append-size-exceeded',
        'maximum-append-size': `${outcome.limit}`,
      })
    : exception(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, { exception: 'stream-deleted', 'stream-name': stream });
}

/** Its message is not among those that the client's package generates; the same fields by hand. */
function eventSizeExceeded({ id, size, limit }: { id: string; size: number; limit: number }): Uint8Array {
  const writer = new BinaryWriter();
  writer.writeString(1, id);
  writer.writeUint32(2, size);
  writer.writeUint32(3, limit);
  return writer.getResultBuffer();
}

function problem(message: string, type: string, bytes: Uint8Array): statusPb.Status {
  const any = new Any();
  any.pack(bytes, `event_store.client.${type}`);
  return new statusPb.Status().setMessage(message).setDetails(any);
}

function wrongExpected(expected: Expected, current: bigint | undefined): shared.WrongExpectedVersion {
  const details = new shared.WrongExpectedVersion();
  if (current === undefined) details.setCurrentNoStream(new ProtobufEmpty());
  else details.setCurrentStreamRevision(current.toString());
  if (expected === 'any') details.setExpectedAny(new ProtobufEmpty());
  else if (expected === 'no-stream') details.setExpectedNoStream(new ProtobufEmpty());
  else if (expected === 'stream-exists') details.setExpectedStreamExists(new ProtobufEmpty());
  else details.setExpectedStreamPosition(expected.toString());
  return details;
}
