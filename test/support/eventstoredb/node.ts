import { createServer, type AddressInfo, type Server as Listener, type Socket } from 'node:net';
import { once, type EventEmitter } from 'node:events';
import {
  Server,
  ServerCredentials,
  status,
  type Metadata,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerWritableStream,
  type StatusObject,
  type sendUnaryData,
} from '@grpc/grpc-js';
import gossip from '@eventstore/db-client/generated/gossip_pb';
import { GossipService } from '@eventstore/db-client/generated/gossip_grpc_pb';
import features from '@eventstore/db-client/generated/serverfeatures_pb';
import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb';
import { ProjectionsService } from '@eventstore/db-client/generated/projections_grpc_pb';
import shared from '@eventstore/db-client/generated/shared_pb';
import streams from '@eventstore/db-client/generated/streams_pb';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb';
import { accessRefused } from './access';
import { happens, Silences, type Faults } from './faults';
import { exception } from './messages';
import type { ServerProjections } from './projections';
import { Reading } from './reading';
import type { Storage } from './storage';
import { Writing } from './writing';

export interface TlsFiles {
  key: Buffer;
  certificate: Buffer;
}

/** 23.10 drops a live subscription that a burst overtakes; a server from 24.2 on catches it up. */
export type ServerVersion = '23.10.6' | '24.10.4';

/** What the nodes of one server have in common. */
export interface Cluster {
  readonly storage: Storage;
  readonly projections: ServerProjections;
  readonly faults: Faults;
  readonly tls: TlsFiles | undefined;
  readonly batchAppend: boolean;
  readonly version: ServerVersion;
  readonly nodes: readonly ServerNode[];
  /** Undefined while one is elected. */
  readonly leader: ServerNode | undefined;
  onDropped(): void;
  /** An event went out to a reader. */
  onSent(): void;
  /** A call of this method came. */
  onCall(method: string): void;
}

/** Bytes of one message that a server takes; what it gives may be larger. */
const LARGEST_RECEIVED = 16 * 1_048_576;
const LARGEST_SENT = 17 * 1_048_576;
const SHUTDOWN_MS = 500;

/** One listener. The sockets are ours, so that a connection can be broken as a crash or a network breaks it: without a word. */
export class ServerNode {
  port: number;
  private listener: Listener | undefined;
  private server: Server | undefined;
  private readonly sockets = new Map<string, Socket>();
  private readonly lasting = new Set<EventEmitter>();

  constructor(
    private readonly cluster: Cluster,
    port: number,
  ) {
    this.port = port;
  }

  get isUp(): boolean {
    return this.listener !== undefined;
  }

  async start(): Promise<void> {
    const { tls } = this.cluster;
    const server = new Server({ 'grpc.max_receive_message_length': LARGEST_RECEIVED, 'grpc.max_send_message_length': LARGEST_SENT });
    this.serve(server);
    const injector = server.createConnectionInjector(
      tls ? ServerCredentials.createSsl(null, [{ private_key: tls.key, cert_chain: tls.certificate }]) : ServerCredentials.createInsecure(),
    );
    const listener = createServer({ noDelay: true }, (socket) => {
      const peer = `${socket.remoteAddress}:${socket.remotePort}`;
      this.sockets.set(peer, socket);
      socket.on('close', () => this.sockets.delete(peer)).on('error', () => undefined);
      injector.injectConnection(socket);
    });
    listener.listen(this.port, '127.0.0.1');
    await once(listener, 'listening');
    this.port = (listener.address() as AddressInfo).port;
    this.listener = listener;
    this.server = server;
  }

  /** As kill -9 ends it. */
  kill(): void {
    this.listener?.close();
    this.dropConnections();
    this.server?.forceShutdown();
    this.listener = this.server = undefined;
  }

  /** As SIGTERM ends it: calls that go on for ever are cancelled, others may finish. */
  async stop(): Promise<void> {
    const { listener, server } = this;
    if (!listener || !server) return;
    this.listener = this.server = undefined;
    listener.close();
    for (const call of this.lasting) call.emit('error', exception(status.CANCELLED, 'Server is shutting down'));
    await Promise.race([new Promise((ended) => server.tryShutdown(ended)), new Promise((late) => setTimeout(late, SHUTDOWN_MS))]);
    this.dropConnections();
    server.forceShutdown();
  }

  dropConnections(): void {
    for (const socket of [...this.sockets.values()]) socket.resetAndDestroy();
  }

  private serve(server: Server): void {
    const { cluster } = this;
    const { storage, faults } = cluster;
    const writing = new Writing({
      storage,
      faults,
      refusal: (metadata) => accessRefused(metadata, { secure: !!cluster.tls }) ?? this.leaderRefused(metadata),
      notLeader: () => this.notLeader(),
      // What was in hand when the node was killed went with it, also when it is up again.
      isReady: () => this.server === server && cluster.leader !== undefined,
      dropConnection: (call) => this.sockets.get(call.getPeer())?.resetAndDestroy(),
    });
    server.addService(StreamsService, {
      read: (call: ServerWritableStream<streams.ReadReq, streams.ReadResp>) => {
        const options = call.request.getOptions()!;
        cluster.onCall(options.hasSubscription() ? 'subscribe' : 'read');
        const refused =
          accessRefused(call.metadata, { secure: !!cluster.tls, readsAll: options.hasAll() }) ?? this.leaderRefused(call.metadata);
        if (refused) return void call.emit('error', refused);
        this.keep(call);
        const stalled = happens(faults, options.hasSubscription() ? 'stallSubscriptions' : 'stallReads');
        const lagging = options.hasAll() && happens(faults, 'lagReads');
        void new Reading(call, storage, {
          stalled,
          lagging,
          catchesUpAgain: cluster.version !== '23.10.6',
          silences: new Silences(faults),
          faults,
          onDropped: () => cluster.onDropped(),
          onSent: () => cluster.onSent(),
        }).start();
      },
      append: (call: ServerReadableStream<streams.AppendReq, streams.AppendResp>, answer: sendUnaryData<streams.AppendResp>) => {
        cluster.onCall('append');
        writing.append(call, answer);
      },
      batchAppend: (call: ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>) => {
        cluster.onCall('batchAppend');
        this.keep(call);
        writing.batchAppend(call);
      },
      delete: writing.delete,
      tombstone: writing.tombstone,
    });
    const { create, enable, disable } = cluster.projections;
    server.addService(ProjectionsService, { create, enable, disable });
    server.addService(ServerFeaturesService, {
      getSupportedMethods: (_call: unknown, answer: sendUnaryData<features.SupportedMethods>) => {
        cluster.onCall('getSupportedMethods');
        answer(null, this.supported());
      },
    });
    server.addService(GossipService, {
      read: (_call: unknown, answer: sendUnaryData<gossip.ClusterInfo>) => {
        cluster.onCall('gossip');
        answer(null, this.members());
      },
    });
  }

  private keep(call: EventEmitter): void {
    this.lasting.add(call);
    for (const event of ['cancelled', 'error', 'close', 'finish']) call.on(event, () => this.lasting.delete(call));
  }

  private leaderRefused(metadata: Metadata): Partial<StatusObject> | undefined {
    const [required] = metadata.get('requires-leader');
    return required?.toString() === 'true' && this.cluster.leader !== this ? this.notLeader() : undefined;
  }

  private notLeader(): Partial<StatusObject> {
    const { leader } = this.cluster;
    if (!leader) return exception(status.UNAVAILABLE, 'Server Is Not Ready');
    return exception(status.NOT_FOUND, 'Leader info available', {
      exception: 'not-leader',
      'leader-endpoint-host': '127.0.0.1',
      'leader-endpoint-port': `${leader.port}`,
    });
  }

  private supported(): features.SupportedMethods {
    const methods = new features.SupportedMethods().setEventStoreServerVersion(this.cluster.version);
    const add = (service: string, name: string, list: string[] = []) =>
      methods.addMethods(new features.SupportedMethod().setServiceName(service).setMethodName(name).setFeaturesList(list));
    const ofStreams = 'event_store.client.streams.streams';
    add(ofStreams, 'read', ['position', 'events']);
    for (const name of ['append', 'delete', 'tombstone', ...(this.cluster.batchAppend ? ['batchappend'] : [])]) add(ofStreams, name);
    add('event_store.client.gossip.gossip', 'read');
    add('event_store.client.server_features.serverfeatures', 'getsupportedmethods');
    return methods;
  }

  private members(): gossip.ClusterInfo {
    const { FOLLOWER, LEADER, UNKNOWN } = gossip.MemberInfo.VNodeState;
    const { leader, nodes } = this.cluster;
    const members = nodes.map((node, index) =>
      new gossip.MemberInfo()
        .setInstanceId(new shared.UUID().setString(`00000000-0000-4000-8000-${`${index + 1}`.padStart(12, '0')}`))
        .setTimeStamp(`${BigInt(Date.now()) * 10_000n}`)
        .setState(leader === undefined ? UNKNOWN : node === leader ? LEADER : FOLLOWER)
        .setIsAlive(node.isUp)
        .setHttpEndPoint(new gossip.EndPoint().setAddress('127.0.0.1').setPort(node.port)),
    );
    return new gossip.ClusterInfo().setMembersList(members);
  }
}
