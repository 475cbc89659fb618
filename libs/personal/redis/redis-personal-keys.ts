import type { Cluster, Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { LogUnavailable, type Position } from '@leadlog/event-log';
import { connectTo, givingUpAfter, nodesOf, rewriteAllFiles } from '@leadlog/redis';
import { KeptKeys } from '../kept-keys';
import type { MasterKey } from '../master-key';
import { CHECKED, FENCE, IDENTITIES, KeysNotFit, type PersonalKey, type PersonalKeys } from '../personal-keys';

/** Keys that another process destroys leave this one within this time, also if nobody asks for them. */
const LOOK_EVERY_MS = 1_000;
/** By then every program that watches for keys has heard of them, and records nothing in clear any more. */
const HEARD_OF_MS = 2 * LOOK_EVERY_MS;
const ASKED_AT_ONCE = 1_000;
/**
 * KEYS: keys, forgotten. ARGV: how CHECKED is wrapped so far as the caller knows, CHECKED, then subject, wrapped key to store if it has none,
 * and so on. Answers the wrapped key of each; empty: forgotten. Nothing at all if CHECKED is wrapped otherwise: then so must be what is added.
 */
const ENSURE = `
if redis.call('HGET', KEYS[1], ARGV[2]) ~= ARGV[1] then return false end
local answer = {}
for i = 3, #ARGV, 2 do
  if redis.call('SISMEMBER', KEYS[2], ARGV[i]) == 1 then
    answer[#answer + 1] = ''
  else
    redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 1])
    answer[#answer + 1] = redis.call('HGET', KEYS[1], ARGV[i])
  end
end
return answer`;

/**
 * KEYS: keys, forgotten, the position up to which all are forgotten; the first two under their names from before identities were named by a
 * key. ARGV: what is left there. Moves what is there, once, and puts the fence in its place.
 */
const MOVE = `
if redis.call('TYPE', KEYS[4]).ok == 'hash' and redis.call('RENAMENX', KEYS[4], KEYS[1]) == 1 then
  redis.call('DEL', KEYS[3])
end
if redis.call('TYPE', KEYS[5]).ok == 'set' then
  redis.call('SUNIONSTORE', KEYS[2], KEYS[2], KEYS[5])
end
if redis.call('TYPE', KEYS[4]).ok == 'hash' then return 0 end
redis.call('SET', KEYS[4], ARGV[1])
redis.call('SET', KEYS[5], ARGV[1])
return 1`;

/** KEYS: keys, when they were made (ms, by the clock of Redis). ARGV: CHECKED, how it is wrapped. The first who asks makes the keys. */
const MAKE = `
if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 1 then
  local now = redis.call('TIME')
  redis.call('SET', KEYS[2], string.format('%.0f', now[1] * 1000 + math.floor(now[2] / 1000)))
end`;

/** KEYS: when they were made. Answers for how long there are keys, in ms. */
const AGE = `
local made = redis.call('GET', KEYS[1])
if not made then return false end
local now = redis.call('TIME')
return now[1] * 1000 + math.floor(now[2] / 1000) - made`;

/** KEYS: keys. ARGV: subject, its wrapped key, the same wrapped anew, and so on. One that is destroyed meanwhile stays so. */
const REWRAP = `
local changed = 0
for i = 1, #ARGV, 3 do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 2])
    changed = changed + 1
  end
end
return changed`;

/** KEYS: keys, forgotten. ARGV: subjects. */
const DESTROY = `
for i = 1, #ARGV do
  redis.call('SADD', KEYS[2], ARGV[i])
  redis.call('HDEL', KEYS[1], ARGV[i])
end`;

type Connection = (Redis | Cluster) & {
  ensureKeys(keys: string, forgotten: string, ...subjects: string[]): Promise<string[] | null>;
  moveKeys(...keysAndFence: string[]): Promise<number>;
  makeKeys(keys: string, madeAt: string, ...checked: string[]): Promise<unknown>;
  ageOfKeys(madeAt: string): Promise<number | null>;
  rewrapKeys(keys: string, ...subjects: string[]): Promise<number>;
  destroyKeys(keys: string, forgotten: string, ...subjects: string[]): Promise<unknown>;
};

export interface RedisPersonalKeysOptions {
  /** `redis://` or `rediss://`; several URLs, separated by commas, are the nodes of a Redis Cluster. */
  url: string;
  /** Prefix of every key. Default: `leadlog`. */
  prefix?: string;
  /** Calls fail as unavailable when Redis has not answered for about this long. Default: 5,000. */
  patienceMs?: number;
}

/** What can be said of a Redis before keys are trusted to it. */
export interface KeyStoreState {
  holdsKeys: boolean;
  /** Why it could lose a key that it has confirmed; each says what to set. */
  unsafe: string[];
}

/** Keys in Redis 7, which must lose nothing that it has confirmed. */
export class RedisPersonalKeys implements PersonalKeys {
  private readonly redis: Connection;
  private keys: string;
  private forgottenKey: string;
  private readonly before: readonly [keys: string, forgotten: string];
  private readonly throughKey: string;
  private readonly madeAtKey: string;
  private readonly kept = new KeptKeys();
  private forgottenSubjects: ReadonlySet<string> = new Set();
  private lookedAt = -Infinity;
  private looking: NodeJS.Timeout | undefined;
  /** How the store is wrapped, as last seen. */
  private checked = '';
  private identities: PersonalKey | undefined;

  static async stateOf(options: RedisPersonalKeysOptions): Promise<KeyStoreState> {
    const store = new RedisPersonalKeys(options);
    try {
      return await store.ask(async () => ({
        holdsKeys: await store.holdsKeys(),
        unsafe: [...new Set((await Promise.all(nodesOf(store.redis).map(unsafeSettings))).flat())],
      }));
    } finally {
      await store.close();
    }
  }

  /**
   * For a program without keys: whether there are some by now, or somebody has made some since, within two seconds. While Redis is away nobody
   * can, and what was known holds.
   */
  static async watch(options: RedisPersonalKeysOptions): Promise<{ thereAreKeys(): boolean; close(): Promise<void> }> {
    const store = new RedisPersonalKeys(options);
    let found = false;
    const look = async () => {
      found ||= await store.holdsKeys();
    };
    try {
      await store.ask(look);
    } catch (error) {
      await store.close();
      throw error;
    }
    const looking = setInterval(() => void look().catch(() => undefined), LOOK_EVERY_MS).unref();
    return {
      thereAreKeys: () => found,
      close: () => {
        clearInterval(looking);
        return store.close();
      },
    };
  }

  /** Throws KeysNotFit if the keys are of another master key. `readOnly`: makes nothing, and leaves keys from before where they are. */
  static async open(options: RedisPersonalKeysOptions, master: MasterKey, { readOnly = false } = {}): Promise<RedisPersonalKeys> {
    const store = new RedisPersonalKeys(options, master);
    try {
      await (readOnly ? store.findKeys() : store.prepareKeys());
      await store.look();
    } catch (error) {
      await store.close();
      throw error;
    }
    store.looking = setInterval(() => void store.look().catch(() => store.kept.forgetAll()), LOOK_EVERY_MS).unref();
    return store;
  }

  private constructor(
    private readonly options: RedisPersonalKeysOptions,
    private readonly master?: MasterKey,
  ) {
    // One hash tag, so that a script has both on one node of a cluster.
    const prefix = `${options.prefix ?? 'leadlog'}:{personal}`;
    this.keys = `${prefix}:subject-keys`;
    this.forgottenKey = `${prefix}:forgotten-subjects`;
    this.before = [`${prefix}:keys`, `${prefix}:forgotten`];
    this.throughKey = `${prefix}:forgotten-through`;
    this.madeAtKey = `${prefix}:made-at`;
    this.redis = this.connect();
  }

  /** Whoever names an identity by these keys sooner may make a second lead of somebody whom a program without keys claims just then. */
  async untilAllHaveHeard(): Promise<void> {
    const age = await this.ask((redis) => redis.ageOfKeys(this.madeAtKey));
    if (age !== null && age < HEARD_OF_MS) await sleep(Math.min(HEARD_OF_MS - age, HEARD_OF_MS));
  }

  async ensure(subjects: readonly string[]): Promise<ReadonlyMap<string, PersonalKey>> {
    const found = new Map(await this.keysOf(subjects));
    const missing = [...new Set(subjects)].filter((subject) => !found.has(subject));
    for (let at = 0; at < missing.length; at += ASKED_AT_ONCE) {
      const some = missing.slice(at, at + ASKED_AT_ONCE);
      for (let stored: string[] | undefined; !stored;) {
        const offered = some.flatMap((subject) => [subject, this.master!.newKey(subject).wrapped.toString('base64')]);
        stored =
          (await this.ask((redis) => redis.ensureKeys(this.keys, this.forgottenKey, this.checked, CHECKED, ...offered))) ?? undefined;
        if (stored) some.forEach((subject, place) => this.take(subject, stored![place]!, found));
        else await this.wrapAsStored();
      }
    }
    return found;
  }

  async keysOf(subjects: readonly string[]): Promise<ReadonlyMap<string, PersonalKey>> {
    if (performance.now() - this.lookedAt > LOOK_EVERY_MS) await this.look();
    const { found, missing } = this.kept.of(subjects);
    for (let at = 0; at < missing.length; at += ASKED_AT_ONCE) {
      const some = missing.slice(at, at + ASKED_AT_ONCE);
      const stored = await this.ask((redis) => redis.hmget(this.keys, ...some));
      some.forEach((subject, place) => this.take(subject, stored[place] ?? '', found));
    }
    return found;
  }

  async destroy(subjects: readonly string[]): Promise<boolean> {
    if (subjects.length === 0) return true;
    this.kept.forget(subjects);
    await this.ask((redis) => redis.destroyKeys(this.keys, this.forgottenKey, ...subjects));
    await this.look();
    return rewriteAllFiles(this.redis, (command) => this.ask(command));
  }

  async forgotten(): Promise<ReadonlySet<string>> {
    await this.look();
    return this.forgottenSubjects;
  }

  async forgottenThrough(): Promise<Position | undefined> {
    const position = await this.ask((redis) => redis.get(this.throughKey));
    return position === null ? undefined : BigInt(position);
  }

  async noteForgottenThrough(position: Position): Promise<void> {
    await this.ask((redis) => redis.set(this.throughKey, `${position}`));
  }

  async counts(): Promise<{ keys: number; forgotten: number }> {
    return this.ask(async (redis) => ({
      keys: (await redis.hlen(this.keys)) - (await redis.hmget(this.keys, CHECKED, IDENTITIES)).filter((one) => one !== null).length,
      forgotten: await redis.scard(this.forgottenKey),
    }));
  }

  get identityKey(): Buffer {
    return this.identities!.bytes;
  }

  async rewrap(): Promise<{ rewrapped: number; filesRewritten: boolean }> {
    // First what says how keys are wrapped: from then on none is added by the master key before.
    let rewrapped = await this.rewrapSome([CHECKED, (await this.ask((redis) => redis.hget(this.keys, CHECKED)))!]);
    let cursor = '0';
    do {
      const [next, some] = await this.ask((redis) => redis.hscan(this.keys, cursor, 'COUNT', ASKED_AT_ONCE));
      rewrapped += await this.rewrapSome(some);
      cursor = next;
    } while (cursor !== '0');
    return { rewrapped, filesRewritten: await rewriteAllFiles(this.redis, (command) => this.ask(command)) };
  }

  /** `some`: subject, its wrapped key, and so on. */
  private async rewrapSome(some: readonly string[]): Promise<number> {
    const changes: string[] = [];
    for (let at = 0; at < some.length; at += 2) {
      const [subject, stored] = some.slice(at, at + 2) as [string, string];
      const now = this.master!.rewrapped(subject, Buffer.from(stored, 'base64')) ?? this.refuse();
      if (now !== 'same') changes.push(subject, stored, now.toString('base64'));
    }
    return changes.length === 0 ? 0 : this.ask((redis) => redis.rewrapKeys(this.keys, ...changes));
  }

  async close(): Promise<void> {
    clearInterval(this.looking);
    this.kept.forgetAll();
    if (this.redis.status === 'ready') await this.redis.quit().catch(() => undefined);
    this.redis.disconnect();
  }

  /** Under the names of before there may be the fence, which is none. */
  private async holdsKeys(): Promise<boolean> {
    return (await this.redis.exists(this.keys)) > 0 || (await this.redis.type(this.before[0])) === 'hash';
  }

  private async prepareKeys(): Promise<void> {
    if ((await this.ask((redis) => redis.moveKeys(this.keys, this.forgottenKey, this.throughKey, ...this.before, FENCE))) === 0)
      throw new KeysNotFit(
        `keys of personal data in ${this.place}: there are some of before an upgrade (${this.before[0]}) and some of since (${this.keys}); restore Redis from one backup`,
      );
    const checked = this.master!.newKey(CHECKED).wrapped.toString('base64');
    await this.ask((redis) => redis.makeKeys(this.keys, this.madeAtKey, CHECKED, checked));
    await this.wrapAsStored();
    await this.ask((redis) => redis.hsetnx(this.keys, IDENTITIES, this.master!.firstKeyOf(IDENTITIES).wrapped.toString('base64')));
    await this.findIdentities();
  }

  private async findKeys(): Promise<void> {
    if ((await this.ask((redis) => redis.exists(this.keys))) === 0) [this.keys, this.forgottenKey] = this.before;
    await this.wrapAsStored();
    await this.findIdentities();
  }

  private async findIdentities(): Promise<void> {
    const stored = await this.ask((redis) => redis.hget(this.keys, IDENTITIES));
    this.identities = stored === null ? this.master!.firstKeyOf(IDENTITIES).key : this.opened(IDENTITIES, stored);
  }

  private async wrapAsStored(): Promise<void> {
    const stored = await this.ask((redis) => redis.hget(this.keys, CHECKED));
    if (stored === null)
      throw new LogUnavailable(
        'unreachable',
        `keys of personal data in ${this.place} are gone since this program started; stop it, restore them, and start it again`,
      );
    if (!this.master!.wrapAs(CHECKED, Buffer.from(stored, 'base64'))) this.refuse();
    this.checked = stored;
  }

  /** Nobody is ever taken from those who are forgotten, so their number tells whether there are more. */
  private async look(): Promise<void> {
    const since = performance.now();
    const size = await this.ask((redis) => redis.scard(this.forgottenKey));
    if (size !== this.forgottenSubjects.size) {
      const all = await this.ask((redis) => redis.smembers(this.forgottenKey));
      this.kept.forget(all);
      this.forgottenSubjects = new Set(all);
    }
    this.lookedAt = since;
  }

  private take(subject: string, stored: string, found: Map<string, PersonalKey>): void {
    if (stored === '') return;
    const key = this.opened(subject, stored);
    // One that was forgotten while the answer was under way is dropped by the next look.
    if (!this.forgottenSubjects.has(subject)) this.kept.keep(subject, key);
    found.set(subject, key);
  }

  private opened(subject: string, stored: string): PersonalKey {
    return this.master!.unwrap(subject, Buffer.from(stored, 'base64')) ?? this.refuse();
  }

  private refuse(): never {
    throw new KeysNotFit(
      `keys of personal data in ${this.place}: expected keys wrapped by this master key, but another one wrapped them; use the one with which they were made (LEADLOG_MASTER_KEY_FILE)`,
    );
  }

  private get place(): string {
    return this.options.url.replace(/\/\/[^@/]*@/g, '//');
  }

  private connect(): Connection {
    const redis = connectTo(this.options.url, givingUpAfter(this.options.patienceMs ?? 5_000));
    redis.defineCommand('ensureKeys', { lua: ENSURE, numberOfKeys: 2 });
    redis.defineCommand('moveKeys', { lua: MOVE, numberOfKeys: 5 });
    redis.defineCommand('makeKeys', { lua: MAKE, numberOfKeys: 2 });
    redis.defineCommand('ageOfKeys', { lua: AGE, numberOfKeys: 1 });
    redis.defineCommand('rewrapKeys', { lua: REWRAP, numberOfKeys: 1 });
    redis.defineCommand('destroyKeys', { lua: DESTROY, numberOfKeys: 2 });
    return redis as Connection;
  }

  private async ask<T>(work: (redis: Connection) => Promise<T>): Promise<T> {
    try {
      return await work(this.redis);
    } catch (error) {
      throw new LogUnavailable(
        'unreachable',
        `keys of personal data in ${this.place}: Redis does not answer as it should (${(error as Error).message}); check that it is running and takes writes`,
      );
    }
  }
}

async function unsafeSettings(node: Redis): Promise<string[]> {
  let settings: Record<string, string>;
  try {
    const flat = (await node.config('GET', 'append*', 'maxmemory-policy')) as string[];
    settings = Object.fromEntries(flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1]!]] : [])));
  } catch (error) {
    return [`its settings cannot be read (${(error as Error).message}); let its user call CONFIG GET`];
  }
  const wanted = { appendonly: 'yes', appendfsync: 'always', 'maxmemory-policy': 'noeviction' };
  return Object.entries(wanted).flatMap(([name, value]) =>
    settings[name] === value ? [] : [`${name} is ${settings[name]}; set it to ${value}`],
  );
}
