import { randomUUID } from 'node:crypto';
import { Cluster, type Redis } from 'ioredis';
import type { Position } from '@leadlog/event-log';
import { connectTo, givingUpAfter, rewriteAllFiles } from '@leadlog/redis';
import {
  Diverged,
  Fenced,
  leastOf,
  StoreUnavailable,
  type GenerationCommit,
  type GenerationRecord,
  type Lease,
  type Leaseholders,
  type ListEntry,
  type ListRange,
  type ReadModelStore,
  type Registry,
} from '../store';
import { LastParsed } from '../last-parsed';
import { ALL_SLICES } from '../slices';
import { COMMIT, LEASE, LIST, RELEASE, SAVE_REGISTRY, STAY, TAKE, TALLIES } from './scripts';

const LOADED_AT_ONCE = 1_000;
const SCANNED_AT_ONCE = 1_000;
/** Number of probe keys, in different slots, so that the probe reaches every node. */
const TRIED_IN_A_CLUSTER = 32;

export interface RedisStoreOptions {
  /** `redis://` or `rediss://`, with credentials where needed; several URLs, separated by commas, are the nodes of a Redis Cluster. */
  url: string;
  /** Prefix of every key. Default: `leadlog`. */
  prefix?: string;
  /** Calls fail as unavailable when Redis has not answered for about this long. Default: 5,000. */
  patienceMs?: number;
}

/**
 * Read models in Redis 7. All keys of one generation share one hash tag, so a commit is one script on one node of a
 * cluster. Each commit names its predecessor: repeated after a lost connection, it is applied once, and if Redis
 * returns without the last commits (a crash between two fsyncs, a restored backup), the next one is refused as Diverged.
 */
export class RedisReadModelStore implements ReadModelStore {
  private readonly redis: Connection;
  private readonly names: Names;
  private readonly watchers = new Set<() => void>();
  private readonly generationsText = new LastParsed<GenerationRecord[]>();
  private readonly chains = new Map<string, Chain>();
  /** A retried commit keeps its id. */
  private readonly ids = new WeakMap<GenerationCommit, string>();
  private subscriber: Connection | undefined;
  private closed = false;

  /** Resolves once Redis has answered. */
  static async open(options: RedisStoreOptions): Promise<RedisReadModelStore> {
    const store = new RedisReadModelStore(options);
    try {
      await store.ask((redis) => redis.get(store.names.epoch));
    } catch (error) {
      await store.close();
      throw error;
    }
    return store;
  }

  private constructor(private readonly options: RedisStoreOptions) {
    this.names = new Names(options.prefix ?? 'leadlog');
    this.redis = this.connect();
  }

  stay(group: string, worker: string, ttlMs: number, dead: readonly string[] = []): Promise<Leaseholders> {
    return this.ask(async (redis) => {
      const [workers, holders] = await redis.stay(this.names.leases(group), this.names.workers(group), worker, ttlMs, ...dead);
      return { workers, holders: holders.map((holder) => holder || undefined) };
    });
  }

  lease(group: string, worker: string, slices: readonly number[], ttlMs: number): Promise<Lease> {
    return this.ask(async (redis) => {
      const [epoch, ...granted] = await redis.lease(
        this.names.leases(group),
        this.names.workers(group),
        this.names.epoch,
        worker,
        ttlMs,
        ...slices,
      );
      return { epoch: Number(epoch), slices: granted.map(Number) };
    });
  }

  async release(group: string, worker: string, slices?: readonly number[]): Promise<void> {
    await this.ask((redis) =>
      redis.release(this.names.leases(group), this.names.workers(group), worker, slices ? '' : '1', ...(slices ?? ALL_SLICES)),
    );
  }

  registry(): Promise<Registry> {
    return this.ask((redis) => this.readRegistry(redis));
  }

  saveRegistry(expectedVersion: number, generations: readonly GenerationRecord[]): Promise<boolean> {
    const call = randomUUID();
    return this.ask(async (redis) => {
      const before = await this.readRegistry(redis);
      const kept = new Set(generations.map(({ id }) => id));
      const leaving = before.generations.filter(({ id }) => !kept.has(id)).map(({ id }) => id);
      const { registry, dropped, channel } = this.names;
      // Created before the registry lists it, because workers act as soon as it does.
      await Promise.all(generations.map(({ id }) => redis.hset(this.names.of(id).meta, 'born', 1)));
      const saved = await redis.saveRegistry(registry, dropped, expectedVersion, call, JSON.stringify(generations), channel, ...leaving);
      if (saved !== 1) return false;
      await this.deleteDropped(redis);
      return true;
    });
  }

  take(generation: string, epoch: number, slices: readonly number[]): Promise<(Position | undefined)[]> {
    return this.ask(async (redis) => {
      const [outcome, ...answer] = await redis.take(this.names.of(generation).meta, epoch, ...slices);
      if (outcome === 'fenced') throw new Fenced(epoch, Number(answer[0]));
      if (outcome === 'gone') {
        await this.refuseIfLost(generation);
        return slices.map(() => undefined);
      }
      const held = chunks(answer, 2);
      this.chainOf(generation, slices).follows = [...new Set(held.map(([, last]) => last!))];
      return held.map(([checkpoint]) => (checkpoint === '' ? undefined : BigInt(checkpoint!)));
    });
  }

  async commit(epoch: number, commits: readonly GenerationCommit[]): Promise<void> {
    commits.forEach(checkCommit);
    const outcomes = await Promise.allSettled(
      commits.map((commit) => this.inTurn(commit, (chain) => this.commitOne(epoch, commit, chain))),
    );
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  checkpoints(generation: string): Promise<(Position | undefined)[]> {
    return this.ask(async (redis) => {
      const texts = await redis.hmget(this.names.of(generation).meta, ...ALL_SLICES.map((slice) => `c${slice}`));
      return texts.map((text) => (text == null ? undefined : BigInt(text)));
    });
  }

  async checkpoint(generation: string): Promise<Position | undefined> {
    return leastOf(await this.checkpoints(generation));
  }

  async load(generation: string, keys: readonly string[]): Promise<(string | undefined)[]> {
    if (keys.length === 0) return [];
    const { documents } = this.names.of(generation);
    const texts = await this.ask((redis) => Promise.all(chunks(keys, LOADED_AT_ONCE).map((some) => redis.hmget(documents, ...some))));
    return texts.flat().map((text) => text ?? undefined);
  }

  async list(generation: string, list: string, range: ListRange = {}): Promise<ListEntry[]> {
    const { min = -Infinity, max = Infinity, direction = 'ascending', limit = 1_000, after } = range;
    const answer = await this.ask((redis) =>
      redis.readList(
        this.names.of(generation).list(list),
        score(min),
        score(max),
        direction,
        limit,
        after ? score(after.rank) : '',
        after?.key ?? '',
      ),
    );
    const entries = pairs(answer).map(([key, rank]) => ({ key, rank: Number(rank) }));
    return direction === 'ascending' ? entries : entries.reverse();
  }

  listSize(generation: string, list: string): Promise<number> {
    return this.ask((redis) => redis.zcard(this.names.of(generation).list(list)));
  }

  async tallies(generation: string, from: string, to: string): Promise<[string, number][]> {
    const { tallies, cells } = this.names.of(generation);
    const answer = await this.ask((redis) => redis.readTallies(tallies, cells, from, to));
    return pairs(answer).map(([cell, sum]) => [cell, Number(sum)]);
  }

  /** Reads the names of all keys at once: some 60 ms for a million. */
  async *scan(generation: string): AsyncIterable<[string, string]> {
    const { documents } = this.names.of(generation);
    const keys = (await this.ask((redis) => redis.hkeys(documents))).sort(byBytes);
    for (const some of chunks(keys, SCANNED_AT_ONCE)) {
      const texts = await this.load(generation, some);
      for (const [index, key] of some.entries()) {
        const text = texts[index];
        if (text !== undefined) yield [key, text];
      }
    }
  }

  async scrub(): Promise<boolean> {
    return rewriteAllFiles(this.redis, (command) => this.ask(command));
  }

  watch(changed: () => void): () => void {
    this.watchers.add(changed);
    this.subscriber ??= this.subscribe();
    return () => this.watchers.delete(changed);
  }

  /**
   * Writes a key that is deleted at once, because a Redis that is full, a replica or unable to save still answers reads. Rejects with the
   * reason.
   */
  async tryWrite(): Promise<void> {
    const places = this.redis instanceof Cluster ? TRIED_IN_A_CLUSTER : 1;
    await this.ask((redis) =>
      Promise.all(Array.from({ length: places }, (_, place) => redis.set(this.names.writeProbe(place), '', 'PX', 1))),
    );
  }

  /** Wrong settings of this Redis, with the right ones. */
  async advice(): Promise<string[]> {
    const info = await this.ask((redis) => redis.info());
    const of = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
    const advice: string[] = [];
    if (Number.parseInt(of('redis_version'), 10) < 7) advice.push(`it is version ${of('redis_version')}; Leadlog needs 7 or newer`);
    if (of('maxmemory_policy') !== 'noeviction')
      advice.push(`maxmemory-policy is ${of('maxmemory_policy')}; with any policy but noeviction Redis silently evicts read models`);
    if (of('aof_enabled') !== '1')
      advice.push(
        'appendonly is off; a restart of Redis then costs a rebuild of all read models, and loses jobs that wait for their next attempt',
      );
    return advice;
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.watchers.clear();
    this.subscriber?.disconnect();
    // Pending calls are answered first, unless Redis is unreachable.
    if (this.redis.status === 'ready') await this.redis.quit().catch(() => undefined);
    this.redis.disconnect();
  }

  // ---- commits

  private async commitOne(epoch: number, commit: GenerationCommit, chain: Chain): Promise<void> {
    const id = this.idOf(commit);
    const follows = chain.follows.filter((one) => one !== id);
    // Until answered, it may or may not have been applied.
    chain.follows = [...follows, id];
    const [keys, values] = this.argumentsOf(commit);
    const [outcome, detail] = await this.ask((redis) =>
      redis.commitGeneration(
        keys.length,
        ...keys,
        epoch,
        id,
        follows.join(' '),
        commit.through?.toString() ?? '',
        this.names.channel,
        commit.slices.length,
        ...commit.slices,
        ...values,
      ),
    );
    switch (outcome) {
      case 'ok':
      case 'repeated':
        chain.follows = [id];
        return;
      case 'fenced':
        throw new Fenced(epoch, Number(detail));
      case 'diverged':
        throw new Diverged(commit.generation);
      case 'gone':
        return this.refuseIfLost(commit.generation);
    }
  }

  /** A generation that was dropped while the engine still folded it needs no exactness; one that was lost does. */
  private async refuseIfLost(generation: string): Promise<void> {
    const { version, generations } = await this.ask((redis) => this.readRegistry(redis));
    if (version === 0 || generations.some(({ id }) => id === generation)) throw new Diverged(generation);
  }

  private argumentsOf(commit: GenerationCommit): [keys: string[], values: (string | number)[]] {
    const names = this.names.of(commit.generation);
    const puts = commit.documents.filter((document): document is readonly [string, string] => document[1] !== null).flat();
    const removed = commit.documents.filter(([, text]) => text === null).map(([key]) => key);
    const values: (string | number)[] = [puts.length / 2, ...puts, removed.length, ...removed];
    const lists = new Map<string, { ranks: string[]; off: string[] }>();
    for (const [list, key, rank] of commit.lists) {
      let entries = lists.get(list);
      if (!entries) lists.set(list, (entries = { ranks: [], off: [] }));
      if (rank === null) entries.off.push(key);
      else entries.ranks.push(score(rank), key);
    }
    for (const [list, { ranks, off }] of lists) values.push(list, ranks.length / 2, ...ranks, off.length, ...off);
    values.push(commit.tallies.length);
    for (const [cell, delta] of commit.tallies) values.push(cell, delta);
    return [
      [names.meta, names.documents, names.lists, names.tallies, names.cells, ...[...lists.keys()].map((list) => names.list(list))],
      values,
    ];
  }

  private idOf(commit: GenerationCommit): string {
    const known = this.ids.get(commit);
    if (known) return known;
    const id = randomUUID();
    this.ids.set(commit, id);
    return id;
  }

  private chainOf(generation: string, slices: readonly number[]): Chain {
    const name = `${generation} ${slices.join()}`;
    let chain = this.chains.get(name);
    if (!chain) this.chains.set(name, (chain = { follows: ['-'], turn: Promise.resolve() }));
    return chain;
  }

  /** Commits to the same slices are sequential, because each names its predecessor. */
  private inTurn({ generation, slices }: GenerationCommit, work: (chain: Chain) => Promise<void>): Promise<void> {
    const chain = this.chainOf(generation, slices);
    const done = chain.turn.then(() => work(chain));
    chain.turn = done.catch(() => undefined);
    return done;
  }

  // ---- generations

  private async readRegistry(redis: Connection): Promise<Registry> {
    const [version, text] = await redis.hmget(this.names.registry, 'version', 'text');
    return { version: Number(version ?? 0), generations: text == null ? [] : this.generationsText.of(text) };
  }

  /** Also completes deletions that a crash interrupted after the change of the registry. */
  private async deleteDropped(redis: Connection): Promise<void> {
    for (const id of await redis.smembers(this.names.dropped)) {
      const names = this.names.of(id);
      await redis.unlink(names.meta);
      const lists = await redis.smembers(names.lists);
      await redis.unlink(names.documents, names.tallies, names.cells, names.lists, ...lists.map((list) => names.list(list)));
      await redis.srem(this.names.dropped, id);
      for (const name of this.chains.keys()) if (name.startsWith(`${id} `)) this.chains.delete(name);
    }
  }

  // ---- the connection and its faults

  private connect(): Connection {
    // Every script tolerates to be sent again.
    const redis = connectTo(this.options.url, givingUpAfter(this.options.patienceMs ?? 5_000));
    for (const [name, lua, numberOfKeys] of [
      ['commitGeneration', COMMIT, undefined],
      ['readList', LIST, 1],
      ['readTallies', TALLIES, 2],
      ['stay', STAY, 2],
      ['lease', LEASE, 3],
      ['release', RELEASE, 2],
      ['take', TAKE, 1],
      ['saveRegistry', SAVE_REGISTRY, 2],
    ] as const)
      redis.defineCommand(name, { lua, numberOfKeys });
    return redis as Connection;
  }

  private subscribe(): Connection {
    const subscriber = this.connect();
    const tell = () => [...this.watchers].forEach((changed) => changed());
    subscriber.on('message', tell);
    // Notifications missed while it was unreachable are compensated by polling.
    subscriber.on('ready', tell);
    void subscriber.subscribe(this.names.channel).then(tell, () => undefined);
    return subscriber;
  }

  private async ask<T>(work: (redis: Connection) => Promise<T>): Promise<T> {
    if (this.closed) throw new StoreUnavailable('closed', 'the read-model store is closed');
    try {
      return await work(this.redis);
    } catch (error) {
      throw this.translated(error);
    }
  }

  private translated(error: unknown): unknown {
    if (!(error instanceof Error) || error instanceof Fenced || error instanceof Diverged) return error;
    const at = this.options.url.replace(/\/\/[^@/]*@/g, '//');
    if (/^OOM /.test(error.message))
      return new StoreUnavailable(
        'disk-full',
        `read models in ${at}: Redis has reached maxmemory (${error.message}); give it more memory, or drop retired generations`,
      );
    if (/^READONLY/.test(error.message))
      return new StoreUnavailable(
        'unreachable',
        `read models in ${at}: this Redis is a replica and takes no writes (${error.message}); set REDIS_URL to its primary, or promote this one`,
      );
    if (/^MISCONF/.test(error.message))
      return new StoreUnavailable(
        'unreachable',
        `read models in ${at}: Redis cannot save to its disk and takes no writes (${error.message}); see its log for the cause. Work continues by itself once Redis has saved`,
      );
    if (/^(LOADING|CLUSTERDOWN|TRYAGAIN|MASTERDOWN|UNBLOCKED)/.test(error.message))
      return new StoreUnavailable(
        'unreachable',
        `read models in ${at}: Redis takes no writes at the moment (${error.message}); work continues by itself once it does`,
      );
    if (/^(NOAUTH|WRONGPASS|NOPERM)/.test(error.message))
      return new StoreUnavailable(
        'io',
        `read models in ${at}: Redis refuses access (${error.message}); check user and password in REDIS_URL`,
      );
    if (/^(ERR|WRONGTYPE)/.test(error.message)) return error;
    return new StoreUnavailable(
      'unreachable',
      `read models in ${at}: Redis does not answer (${error.message}); check that it is running and that REDIS_URL is correct`,
    );
  }
}

interface Chain {
  /**
   * The last commit of every slice must have one of these ids. There are several while a commit is unanswered, or if the slices come from
   * several workers.
   */
  follows: string[];
  turn: Promise<void>;
}

type Reply = Promise<string[]>;
type Connection = (Redis | Cluster) & {
  commitGeneration(...values: (string | number)[]): Promise<['ok' | 'repeated' | 'gone' | 'fenced' | 'diverged', string?]>;
  readList(list: string, min: string, max: string, direction: string, limit: number, rank: string, key: string): Reply;
  readTallies(tallies: string, cells: string, from: string, to: string): Reply;
  stay(leases: string, workers: string, worker: string, ms: number, ...dead: string[]): Promise<[workers: string[], holders: string[]]>;
  lease(leases: string, workers: string, epoch: string, worker: string, ms: number, ...slices: number[]): Reply;
  release(leases: string, workers: string, worker: string, leaves: string, ...slices: number[]): Promise<number>;
  take(meta: string, epoch: number, ...slices: number[]): Reply;
  saveRegistry(
    registry: string,
    dropped: string,
    version: number,
    call: string,
    text: string,
    channel: string,
    ...leaving: string[]
  ): Promise<0 | 1>;
};

/** Names of keys. The part in braces determines the cluster node. */
class Names {
  readonly registry;
  readonly epoch;
  readonly dropped;
  readonly channel;

  constructor(private readonly prefix: string) {
    this.registry = `{${prefix}}:registry`;
    this.epoch = `{${prefix}}:epoch`;
    this.dropped = `{${prefix}}:dropped`;
    this.channel = `${prefix}:changed`;
  }

  /** In another slot for each place. */
  writeProbe(place: number): string {
    return `{${this.prefix}:${place}}:write-probe`;
  }

  leases(group: string): string {
    return `{${this.prefix}}:leases:${group}`;
  }

  workers(group: string): string {
    return `{${this.prefix}}:workers:${group}`;
  }

  of(generation: string) {
    const tag = `{${this.prefix}:${generation}}`;
    return {
      meta: `${tag}:meta`,
      documents: `${tag}:documents`,
      lists: `${tag}:lists`,
      tallies: `${tag}:tallies`,
      cells: `${tag}:cells`,
      list: (name: string) => `${tag}:list:${name}`,
    };
  }
}

/** A failing script does not roll back, so everything that could fail is checked before sending. */
function checkCommit({ generation, documents, lists, tallies }: GenerationCommit): void {
  const wrong = (what: string, value: unknown) => new TypeError(`commit to ${generation}: expected ${what}, got ${String(value)}`);
  for (const [key, text] of documents)
    if (typeof key !== 'string' || (text !== null && typeof text !== 'string')) throw wrong('a document as text', text);
  for (const [list, key, rank] of lists) {
    if (typeof list !== 'string' || typeof key !== 'string') throw wrong('names of a list and a key', list);
    if (rank !== null && (typeof rank !== 'number' || Number.isNaN(rank))) throw wrong('a number as rank', rank);
  }
  for (const [cell, delta] of tallies)
    if (typeof cell !== 'string' || !Number.isSafeInteger(delta)) throw wrong('a whole number to add', delta);
}

function score(rank: number): string {
  if (rank === Infinity) return '+inf';
  return rank === -Infinity ? '-inf' : String(rank);
}

function pairs(flat: readonly string[]): [string, string][] {
  return chunks(flat, 2) as [string, string][];
}

function chunks<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size));
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
