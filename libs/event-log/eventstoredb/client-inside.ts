import type { EventStoreDBClient } from '@eventstore/db-client';
import shared from '@eventstore/db-client/generated/shared_pb';
import type { StreamsClient, StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb';

/** Members that the client reserves for its subclasses, which cannot be created from a connection string. */
export interface ClientInside {
  /** Runs a call on the client's connection; after an error, it checks whether to reconnect. */
  execute<T>(Client: typeof StreamsClient, name: string, action: (grpc: StreamsClient) => Promise<T>): Promise<T>;
  /** Credentials, deadline and whether the leader is required, in the form that a call takes. */
  callArguments(options: { requiresLeader?: boolean }, call: { deadline: number }): Parameters<StreamsClient['batchAppend']>;
  supports(method: typeof StreamsService.batchAppend): Promise<boolean>;
  handleError(grpc: StreamsClient, error: Error): Promise<void>;
}

export function insideOf(client: EventStoreDBClient): ClientInside {
  return client as unknown as ClientInside;
}

export function streamIdentifier(stream: string): shared.StreamIdentifier {
  return new shared.StreamIdentifier().setStreamName(new TextEncoder().encode(stream));
}

/** The server may send an id as text or as two numbers. */
export function idOf(uuid: shared.UUID): string {
  const structured = uuid.getStructured();
  if (!structured) return uuid.getString();
  const hex = (bits: string) => BigInt.asUintN(64, BigInt(bits)).toString(16).padStart(16, '0');
  const all = hex(structured.getMostSignificantBits()) + hex(structured.getLeastSignificantBits());
  return [all.slice(0, 8), all.slice(8, 12), all.slice(12, 16), all.slice(16, 20), all.slice(20)].join('-');
}

/** The later one of the commit and prepare positions, which are equal for everything written over gRPC. */
export function later(commit: bigint, prepare: bigint): bigint {
  return commit > prepare ? commit : prepare;
}
