import { Server, ServerCredentials, status, type StatusObject, type ServerDuplexStream, type ServerReadableStream, type ServerUnaryCall, type ServerWritableStream, type sendUnaryData } from '@grpc/grpc-js';
import gossip from '@eventstore/db-client/generated/gossip_pb';
import { GossipService } from '@eventstore/db-client/generated/gossip_grpc_pb';
import features from '@eventstore/db-client/generated/serverfeatures_pb';
import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb';
import shared from '@eventstore/db-client/generated/shared_pb';
import streams from '@eventstore/db-client/generated/streams_pb';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb';
import { batchAnswer, batchProblem, batchTimeout, exception, nameOf, proposed } from './messages';
import { Reading } from './reading';
import { Storage, type Expected, type ProposedRecord, type WriteOutcome } from './storage';

/** What goes wrong from now on; a number counts down as it happens. */
export interface Faults {
  /** Appends whose connection is dropped before they are written, or after. */
  dropBeforeWrite: number;
  dropAfterWrite: number;
  /** Appends that never get an answer (and are not written). */
  stallAppends: number;
  /** Appends that are refused because the server is still starting, or not the leader any more. */
  notReady: number;
  notLeader: number;
  /** Subscriptions that are accepted and then say nothing. */
  stallSubscriptions: number;
  /** ms before each append is looked at. */
  slow: number;
}

export interface EventStoreServer {
  readonly url: string;
  readonly storage: Storage;
  readonly faults: Faults;
  /** How often a live subscription was dropped because its buffer was full. */
  readonly drops: () => number;
  /** Breaks every connection; nothing listens until `start`. The log stays, the ids in memory are forgotten. */
  kill(): Promise<void>;
  start(): Promise<void>;
  end(): Promise<void>;
}

export interface EventStoreServerOptions {
  port?: number;
  /** Bytes of an append; 1 MiB by default, as on a server that was not told otherwise. */
  maxAppendSize?: number;
  clock?: () => number;
  /** Lists batch append among the supported methods; true by default. */
  batchAppend?: boolean;
}

/** Speaks the protocol of EventStoreDB v23.10 to its own client, on 127.0.0.1. No product: it is there to try our client's whole path. */
export async function startEventStoreServer({ port = 0, maxAppendSize = 1_048_576, clock = Date.now, batchAppend = true }: EventStoreServerOptions = {}): Promise<EventStoreServer> {
  const storage = new Storage(maxAppendSize, clock);
  const faults: Faults = { dropBeforeWrite: 0, dropAfterWrite: 0, stallAppends: 0, notReady: 0, notLeader: 0, stallSubscriptions: 0, slow: 0 };
  const happens = (fault: keyof Faults) => faults[fault] > 0 && (faults[fault] -= 1) >= 0;
  const dropped = () => exception(status.UNAVAILABLE, 'Connection dropped');
  const refusal = (): Partial<StatusObject> | undefined =>
    happens('notLeader') ? exception(status.NOT_FOUND, 'Leader info available', { exception: 'not-leader', 'leader-endpoint-host': '127.0.0.1', 'leader-endpoint-port': `${port}` }) : undefined;
  let drops = 0;
  let server: Server;

  /** Answers the outcome, or how the call ends instead. */
  async function appended(stream: string, expected: Expected, events: readonly ProposedRecord[]): Promise<WriteOutcome | { error: Partial<StatusObject> } | 'stalled' | 'not-ready'> {
    if (faults.slow > 0) await new Promise((later) => setTimeout(later, faults.slow));
    if (happens('stallAppends')) return 'stalled';
    if (happens('notReady')) return 'not-ready';
    const refused = refusal() ?? (happens('dropBeforeWrite') ? dropped() : undefined);
    if (refused) return { error: refused };
    const outcome = storage.append(stream, expected, events);
    return happens('dropAfterWrite') ? { error: dropped() } : outcome;
  }

  function batchAppends(call: ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>): void {
    const pending = new Map<string, { stream: string; expected: Expected; events: ProposedRecord[]; deadline: number }>();
    call.on('error', () => undefined);
    call.on('end', () => call.end());
    call.on('data', (request: streams.BatchAppendReq) => {
      const correlation = request.getCorrelationId()!;
      const key = Buffer.from(correlation.serializeBinary()).toString('hex');
      const options = request.getOptions();
      if (options) pending.set(key, { stream: nameOf(options.getStreamIdentifier()), expected: expectedOf(options), events: [], deadline: options.getDeadline()?.toDate().getTime() ?? Infinity });
      const append = pending.get(key)!;
      for (const message of request.getProposedMessagesList()) append.events.push(proposed(message));
      if (!request.getIsFinal()) return;
      pending.delete(key);
      const { stream, expected, events, deadline } = append;
      void appended(stream, expected, events).then((outcome) => {
        if (outcome === 'stalled') {
          // The server itself gives up at the deadline that the client has set.
          setTimeout(() => call.write(batchTimeout(correlation, stream)), Math.min(60_000, Math.max(0, deadline - Date.now()))).unref();
        } else if (outcome === 'not-ready') call.write(batchProblem(correlation, stream, 'Server Is Not Ready'));
        else if ('error' in outcome) call.emit('error', outcome.error);
        else call.write(batchAnswer(correlation, stream, expected, outcome));
      });
    });
  }

  function append(call: ServerReadableStream<streams.AppendReq, streams.AppendResp>, answer: sendUnaryData<streams.AppendResp>): void {
    let options: streams.AppendReq.Options | undefined;
    const events: ProposedRecord[] = [];
    call.on('data', (request: streams.AppendReq) => {
      if (request.hasOptions()) options = request.getOptions();
      else events.push(proposed(request.getProposedMessage()!));
    });
    call.on('end', () => {
      const stream = nameOf(options!.getStreamIdentifier());
      void appended(stream, expectedOf(options!), events).then((outcome) => {
        if (outcome === 'stalled') return;
        if (outcome === 'not-ready') return answer(exception(status.UNAVAILABLE, 'Server Is Not Ready'));
        if ('error' in outcome) return answer(outcome.error);
        const response = new streams.AppendResp();
        if (outcome.ok) {
          const success = new streams.AppendResp.Success();
          if (outcome.revision === undefined) success.setNoStream(new shared.Empty()).setNoPosition(new shared.Empty());
          else success.setCurrentRevision(`${outcome.revision}`).setPosition(new streams.AppendResp.Position().setCommitPosition(`${outcome.position}`).setPreparePosition(`${outcome.position}`));
          return answer(null, response.setSuccess(success));
        }
        if (outcome.reason === 'wrong-expected') {
          const wrong = new streams.AppendResp.WrongExpectedVersion();
          if (outcome.current === undefined) wrong.setCurrentNoStream(new shared.Empty());
          else wrong.setCurrentRevision(`${outcome.current}`);
          const expected = expectedOf(options!);
          if (typeof expected === 'bigint') wrong.setExpectedRevision(`${expected}`);
          else if (expected === 'any') wrong.setExpectedAny(new shared.Empty());
          else if (expected === 'stream-exists') wrong.setExpectedStreamExists(new shared.Empty());
          else wrong.setExpectedNoStream(new shared.Empty());
          return answer(null, response.setWrongExpectedVersion(wrong));
        }
        answer(refusedWrite(stream, outcome));
      });
    });
  }

  function remove(stream: string, outcome: WriteOutcome, expected: Expected, answer: (error: Partial<StatusObject> | null, position?: bigint) => void): void {
    if (outcome.ok) return answer(null, outcome.position);
    if (outcome.reason !== 'wrong-expected') return answer(refusedWrite(stream, outcome));
    const number = (one: Expected | undefined) => (typeof one === 'bigint' ? `${one}` : one === 'no-stream' || one === undefined ? '-1' : one === 'any' ? '-2' : '-4');
    answer(exception(status.FAILED_PRECONDITION, 'Wrong expected version', { exception: 'wrong-expected-version', 'stream-name': stream, 'expected-version': number(expected), 'actual-version': number(outcome.current) }));
  }

  function supported(_call: ServerUnaryCall<shared.Empty, features.SupportedMethods>, answer: sendUnaryData<features.SupportedMethods>): void {
    const methods = new features.SupportedMethods().setEventStoreServerVersion('23.10.6');
    const add = (service: string, name: string, list: string[] = []) => methods.addMethods(new features.SupportedMethod().setServiceName(service).setMethodName(name).setFeaturesList(list));
    const ofStreams = 'event_store.client.streams.streams';
    add(ofStreams, 'read', ['position', 'events']);
    for (const name of ['append', 'delete', 'tombstone', ...(batchAppend ? ['batchappend'] : [])]) add(ofStreams, name);
    add('event_store.client.gossip.gossip', 'read');
    add('event_store.client.server_features.serverfeatures', 'getsupportedmethods');
    answer(null, methods);
  }

  function members(_call: ServerUnaryCall<shared.Empty, gossip.ClusterInfo>, answer: sendUnaryData<gossip.ClusterInfo>): void {
    const member = new gossip.MemberInfo()
      .setInstanceId(new shared.UUID().setString('00000000-0000-4000-8000-000000000001'))
      .setTimeStamp('0')
      .setState(gossip.MemberInfo.VNodeState.LEADER)
      .setIsAlive(true)
      .setHttpEndPoint(new gossip.EndPoint().setAddress('127.0.0.1').setPort(port));
    answer(null, new gossip.ClusterInfo().setMembersList([member]));
  }

  async function start(): Promise<void> {
    server = new Server({ 'grpc.max_receive_message_length': 17 * 1_048_576, 'grpc.max_send_message_length': 17 * 1_048_576 });
    server.addService(StreamsService, {
      read: (call: ServerWritableStream<streams.ReadReq, streams.ReadResp>) => {
        new Reading(call, storage, { stalled: call.request.getOptions()!.hasSubscription() && happens('stallSubscriptions'), onDropped: () => (drops += 1) }).start();
      },
      append,
      batchAppend: batchAppends,
      delete: (call: ServerUnaryCall<streams.DeleteReq, streams.DeleteResp>, answer: sendUnaryData<streams.DeleteResp>) => {
        const options = call.request.getOptions()!;
        const [stream, expected] = [nameOf(options.getStreamIdentifier()), expectedOf(options)];
        remove(stream, storage.delete(stream, expected), expected, (error, position) =>
          answer(error, error ? null : new streams.DeleteResp().setPosition(new streams.DeleteResp.Position().setCommitPosition(`${position}`).setPreparePosition(`${position}`))),
        );
      },
      tombstone: (call: ServerUnaryCall<streams.TombstoneReq, streams.TombstoneResp>, answer: sendUnaryData<streams.TombstoneResp>) => {
        const options = call.request.getOptions()!;
        const [stream, expected] = [nameOf(options.getStreamIdentifier()), expectedOf(options)];
        remove(stream, storage.tombstone(stream, expected), expected, (error, position) =>
          answer(error, error ? null : new streams.TombstoneResp().setPosition(new streams.TombstoneResp.Position().setCommitPosition(`${position}`).setPreparePosition(`${position}`))),
        );
      },
    });
    server.addService(ServerFeaturesService, { getSupportedMethods: supported });
    server.addService(GossipService, { read: members });
    port = await new Promise<number>((bound, failed) =>
      server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, at) => (error ? failed(error) : bound(at))),
    );
  }

  const kill = (): Promise<void> => {
    server.forceShutdown();
    storage.forgetIds();
    return Promise.resolve();
  };
  await start();
  return { url: `esdb://127.0.0.1:${port}?tls=false`, storage, faults, drops: () => drops, kill, start, end: kill };
}

function refusedWrite(stream: string, outcome: WriteOutcome & { ok: false }): Partial<StatusObject> {
  return outcome.reason === 'too-large'
    ? exception(status.INVALID_ARGUMENT, 'Maximum Append Size Exceeded', { exception: 'maximum-append-size-exceeded', 'maximum-append-size': `${outcome.limit}` })
    : exception(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, { exception: 'stream-deleted', 'stream-name': stream });
}

interface WithExpectation {
  hasNoStream(): boolean;
  hasAny(): boolean;
  hasStreamExists(): boolean;
  getStreamPosition?(): string;
  getRevision?(): string;
}

function expectedOf(options: WithExpectation): Expected {
  if (options.hasNoStream()) return 'no-stream';
  if (options.hasAny()) return 'any';
  if (options.hasStreamExists()) return 'stream-exists';
  return BigInt(options.getStreamPosition?.() ?? options.getRevision!());
}
