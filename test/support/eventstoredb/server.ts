import { noFaults, type Faults } from './faults';
import { ServerNode, type Cluster, type ServerVersion, type TlsFiles } from './node';
import { ServerProjections } from './projections';
import { Storage } from './storage';

export interface EventStoreServer {
  /** Connection string for the client; of several nodes all of them. */
  readonly url: string;
  readonly ports: readonly number[];
  /** Port of the node that leads; undefined while one is elected. */
  readonly leader: number | undefined;
  readonly storage: Storage;
  readonly faults: Faults;
  /** How often a live subscription was dropped because its buffer was full. */
  readonly drops: () => number;
  /** Events that went out to readers. */
  readonly sent: () => number;
  /** Appends that were refused because they, or one of their events, were larger than may be. */
  readonly refusedAsTooLarge: () => number;
  /** Appends that were refused because their stream was not at the expected revision. */
  readonly refusedRevisions: () => number;
  /** How often each method was called; a subscription is a `subscribe`, another read a `read`. */
  readonly calls: Readonly<Record<string, number>>;
  /** Breaks every connection, as kill -9 does; nothing listens until `start`. The log stays, the ids in memory are forgotten. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** One node, as kill -9 ends it, or as SIGTERM. Of several another is elected when it led. */
  killNode(port: number): Promise<void>;
  stopNode(port: number): Promise<void>;
  startNode(port: number): Promise<void>;
  /** Breaks every connection; new ones are taken. */
  dropConnections(): void;
  /** As SIGTERM: calls are cancelled. */
  end(): Promise<void>;
}

export interface EventStoreServerOptions {
  port?: number;
  /** Nodes of a cluster over one log; 1 by default. */
  nodes?: number;
  /** ms in which nobody leads after the leader is gone; 300 by default. */
  electionMs?: number;
  tls?: TlsFiles;
  /** Bytes of an append; 1 MiB by default, as on a server that was not told otherwise. */
  maxAppendSize?: number;
  /** Bytes of one event; no limit by default. */
  maxAppendEventSize?: number;
  /** As which it behaves; 23.10.6 by default. */
  version?: ServerVersion;
  clock?: () => number;
  /** Lists batch append among the supported methods; true by default. */
  batchAppend?: boolean;
}

/**
 * Speaks the protocol of EventStoreDB v23.10, or v24.10, to its own client, on 127.0.0.1. No product: it is there to try our client's whole
 * path.
 */
export async function startEventStoreServer(options: EventStoreServerOptions = {}): Promise<EventStoreServer> {
  const {
    port = 0,
    nodes: count = 1,
    electionMs = 300,
    tls,
    maxAppendSize = 1_048_576,
    maxAppendEventSize = Infinity,
    version = '23.10.6',
    clock = Date.now,
    batchAppend = true,
  } = options;
  const storage = new Storage(maxAppendSize, maxAppendEventSize, clock);
  const faults = noFaults();
  const nodes: ServerNode[] = [];
  let leader: ServerNode | undefined;
  let drops = 0;
  let sent = 0;
  const calls: Record<string, number> = {};
  const cluster: Cluster = {
    storage,
    projections: new ServerProjections(storage),
    faults,
    tls,
    batchAppend,
    version,
    nodes,
    get leader() {
      return leader;
    },
    onDropped: () => (drops += 1),
    onSent: () => (sent += 1),
    onCall: (method) => (calls[method] = (calls[method] ?? 0) + 1),
  };
  for (let index = 0; index < count; index += 1) nodes.push(new ServerNode(cluster, index === 0 ? port : 0));

  const nodeAt = (at: number) => {
    const found = nodes.find((node) => node.port === at);
    if (!found) throw new RangeError(`no node at port ${at}; there are ${nodes.map((node) => node.port).join(', ')}`);
    return found;
  };
  const elect = () => (leader = nodes.filter((node) => node.isUp).at(-1));
  /** Of more than one node more than half must be there. */
  const isQuorum = () => nodes.filter((node) => node.isUp).length * 2 > nodes.length;
  const startAll = async () => {
    for (const node of nodes) if (!node.isUp) await node.start();
    if (!leader?.isUp) elect();
  };
  const kill = (): Promise<void> => {
    for (const node of nodes) node.kill();
    leader = undefined;
    storage.forgetIds();
    return Promise.resolve();
  };
  const gone = async (node: ServerNode, how: 'kill' | 'stop'): Promise<void> => {
    const led = node === leader;
    const ending = node[how]();
    if (!nodes.some(({ isUp }) => isUp)) storage.forgetIds();
    if (led) {
      leader = undefined;
      setTimeout(() => (leader ??= isQuorum() ? elect() : undefined), electionMs).unref();
    }
    await ending;
  };
  await startAll();
  const hosts = nodes.map((node) => `127.0.0.1:${node.port}`).join(',');
  return {
    url: tls ? `esdb://admin:changeit@${hosts}` : `esdb://${hosts}?tls=false`,
    ports: nodes.map((node) => node.port),
    get leader() {
      return leader?.port;
    },
    storage,
    faults,
    drops: () => drops,
    sent: () => sent,
    refusedAsTooLarge: () => storage.refused['too-large'] + storage.refused['event-too-large'],
    refusedRevisions: () => storage.refused['wrong-expected'],
    calls,
    kill,
    start: startAll,
    killNode: (at) => gone(nodeAt(at), 'kill'),
    stopNode: (at) => gone(nodeAt(at), 'stop'),
    startNode: async (at) => {
      await nodeAt(at).start();
      if (!leader && isQuorum()) elect();
    },
    dropConnections: () => nodes.forEach((node) => node.dropConnections()),
    end: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}

export { slowness, type Faults } from './faults';
