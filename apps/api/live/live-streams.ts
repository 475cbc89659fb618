import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KnownAccess } from '@leadlog/access';
import { START, type EventLog, type Position } from '@leadlog/event-log';
import type { Jobs } from '@leadlog/jobs';
import type { TeamOf } from '@leadlog/lead';
import { NotBuiltYet, type ReadModels, type ReadModelStore } from '@leadlog/projections';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequestRefused } from '../problem-details';
import type { Change } from './changes';
import { factsOf, liveKinds, type LiveKind } from './kinds';
import { RecentChanges } from './recent-changes';
import { hearingOf, tell, ToldChanges } from './told-changes';
import { findWhose } from './whose';

export const EVENT_STREAM = 'text/event-stream; charset=utf-8';

/** Of one session or key, at one API. */
const MOST_STREAMS = 5;
const HEARTBEAT_MS = 15_000;
/** Between two messages: what comes meanwhile is told together. */
const SPACING_MS = 250;
/** How often it is looked whether a listener may still listen, and at what the log does not tell. */
const LOOK_MS = 1_000;
/** Whoever reads nothing for so long is cut off, and comes back. */
const UNREAD_MS = 60_000;
/** While more changes than can be told, everything is to be read anew, but not all the time. */
const RESET_AGAIN_MS = 5_000;
/** Events whose owners are looked up in one go. */
const MOST_AT_ONCE = 500;
/** Nobody listens for so long, then the log is not followed any more. */
const IDLE_MS = 60_000;
const RETRY_MS = 1_000;

/** By what it is found whose a change is. */
const OWNERS = ['leads', 'handoffs', 'sales-work', 'deals'] as const;

interface Listener {
  response: ServerResponse;
  hearing: ReturnType<typeof hearingOf>;
  told: Map<LiveKind, Position>;
  /** What has no position in the log. */
  besides: ToldChanges;
  mark: string;
  writtenAt: number;
  unreadSince?: number;
  resetAt: number;
  refusedByNow(): unknown;
}

export interface LiveSources {
  log: EventLog;
  readModels: ReadModels;
  store: ReadModelStore;
  jobs: Jobs;
  access: KnownAccess;
  teamOf: TeamOf;
  onWarning(message: string, error: unknown): void;
}

/**
 * Streams that tell browsers and programs what has changed, once the read models have it. All of them share one look at the log. Of a stream
 * only is kept how far it was told, so one that nobody reads costs no memory: when it is read again, it is told all at once.
 */
export class LiveStreams {
  private readonly listeners = new Set<Listener>();
  private readonly open = new Map<string, number>();
  private readonly recent: RecentChanges;
  private wake: () => void = () => undefined;
  private looking: NodeJS.Timeout | undefined;
  private idle: NodeJS.Timeout | undefined;
  private telling = false;
  private isClosed = false;
  private started: Promise<void> | undefined;
  private lastLook: Promise<void> = Promise.resolve();
  private unwatch: () => void = () => undefined;
  private generations: ReadonlyMap<string, string> | undefined;
  private registry: number | undefined;
  private jobCounts: ReadonlyMap<string, string> | undefined;

  constructor(private readonly of: LiveSources) {
    this.recent = new RecentChanges(of.log, () => this.wake(), of.onWarning);
  }

  get count(): number {
    return this.listeners.size;
  }

  /** Answers with a stream that goes on until whoever reads it hangs up, is refused by now, or the API ends. Rejects with RequestRefused. */
  async answer(request: FastifyRequest, reply: FastifyReply, lastId: string | undefined): Promise<void> {
    const { access, refusedByNow } = request;
    const who = access!.session?.sessionId ?? access!.id;
    const isOpen = this.open.get(who) ?? 0;
    if (isOpen >= MOST_STREAMS) throw tooMany(access!.session ? 'session' : 'key');
    this.refuseIfClosed();
    this.open.set(who, isOpen + 1);
    const { raw: response } = reply;
    const listener: Listener = {
      response,
      hearing: hearingOf(access!, this.of.teamOf),
      told: new Map(),
      besides: new ToldChanges(),
      mark: '',
      writtenAt: 0,
      resetAt: -Infinity,
      refusedByNow: refusedByNow!,
    };
    try {
      const first = await this.begin(listener, lastId);
      this.refuseIfClosed();
      if (response.destroyed) throw new Error('hung up');
      reply.hijack();
      response.writeHead(200, { 'content-type': EVENT_STREAM, 'x-accel-buffering': 'no' });
      response.write(`retry: ${RETRY_MS}\n\n`);
      this.write(listener, first, {});
      this.listeners.add(listener);
      response.on('drain', () => this.wasRead(listener));
      response.once('close', () => this.leave(listener, who));
      if (response.destroyed) this.leave(listener, who);
    } catch (error) {
      this.giveBack(who);
      if (!response.destroyed) throw error;
      reply.hijack();
    }
    this.wake();
  }

  /** Ends all of them, and opens none any more. */
  async close(): Promise<void> {
    this.isClosed = true;
    clearInterval(this.looking);
    clearTimeout(this.idle);
    this.unwatch();
    for (const listener of this.listeners) end(listener);
    this.wake();
    // Of one that is just beginning.
    await this.started?.catch(() => undefined);
    await this.lastLook;
    await this.recent.stop();
  }

  private refuseIfClosed(): void {
    if (this.isClosed) throw new RequestRefused(503, 'the API is about to end; try again');
  }

  /** From where on it is told. `reset`: what came in between is not known any more, so whatever was read has to be read anew. */
  private async begin(listener: Listener, lastId: string | undefined): Promise<'open' | 'reset'> {
    await this.start();
    this.refuseIfClosed();
    // Before anything is read by whoever listens, so that a later change is seen as one.
    await this.lookingBesides(listener.hearing.has('jobs'));
    const [{ ready }, mark, head] = [await this.reached(), await this.recent.mark(), await this.of.log.head()];
    listener.mark = mark;
    for (const kind of listener.hearing.keys()) listener.told.set(kind, ready.get(kind)!);
    // Whoever hears of nothing misses nothing.
    if (listener.hearing.size === 0) return 'open';
    await this.recent.cover(least(listener.told.values()));
    if (lastId === undefined) return 'open';
    const [, text, of] = /^(-1|\d{1,18})-([0-9a-f]{8})$/.exec(lastId) ?? [];
    const position = text === undefined || of !== mark ? undefined : BigInt(text);
    if (position === undefined || position > head || !(await this.recent.cover(position))) {
      listener.resetAt = performance.now();
      return 'reset';
    }
    for (const [kind, through] of listener.told) if (through > position) listener.told.set(kind, position);
    // Of these, nobody knows what they were then.
    for (const kind of ['projections', 'jobs'] as const) if (listener.hearing.has(kind)) listener.besides.add(kind);
    return 'open';
  }

  private start(): Promise<void> {
    clearTimeout(this.idle);
    return (this.started ??= this.follow().catch((error: unknown) => {
      this.rest();
      throw error;
    }));
  }

  private async follow(): Promise<void> {
    this.looking = setInterval(() => this.look(), LOOK_MS).unref();
    this.unwatch = this.of.store.watch(() => this.wake());
    await this.recent.start();
    void this.keepTelling();
  }

  private rest(): void {
    clearInterval(this.looking);
    this.looking = this.started = undefined;
    this.generations = this.registry = this.jobCounts = undefined;
    this.unwatch();
  }

  private leave(listener: Listener, who: string): void {
    if (!this.listeners.delete(listener)) return;
    this.giveBack(who);
    if (this.listeners.size > 0 || this.isClosed) return;
    this.idle = setTimeout(() => {
      if (this.listeners.size > 0) return;
      this.rest();
      this.wake();
      void this.recent.stop();
    }, IDLE_MS).unref();
  }

  private giveBack(who: string): void {
    const left = (this.open.get(who) ?? 1) - 1;
    if (left > 0) this.open.set(who, left);
    else this.open.delete(who);
  }

  private wasRead(listener: Listener): void {
    listener.unreadSince = undefined;
    this.wake();
  }

  /** Whether they may still listen; and what the log does not tell. */
  private look(): void {
    const now = performance.now();
    for (const listener of this.listeners) {
      const { response, unreadSince } = listener;
      if (listener.refusedByNow() !== undefined) end(listener);
      else if (unreadSince !== undefined && now - unreadSince > UNREAD_MS) response.destroy();
      else if (now - listener.writtenAt > HEARTBEAT_MS - LOOK_MS / 2) this.write(listener, undefined, undefined);
    }
    if (this.listeners.size > 0) void this.lookingBesides([...this.listeners].some(({ hearing }) => hearing.has('jobs')));
  }

  /** One after another. */
  private lookingBesides(alsoJobs: boolean): Promise<void> {
    this.lastLook = this.lastLook
      .then(() => this.lookBesides(alsoJobs))
      .catch((error: unknown) => this.of.onWarning('read models and jobs will be looked at again', error))
      .then(() => this.wake());
    return this.lastLook;
  }

  private async lookBesides(alsoJobs: boolean): Promise<void> {
    const { generations, version } = await this.of.store.registry();
    const live = new Map(generations.filter(({ state }) => state === 'live').map(({ projection, id }) => [projection, id]));
    if (this.generations) {
      const switched = [...live].filter(([projection, id]) => this.generations!.get(projection) !== id).map(([projection]) => projection);
      // Another generation may answer otherwise about anything.
      for (const kind of liveKinds) if (factsOf(kind).reads.some((one) => switched.includes(one))) this.tellBesides(kind);
      if (this.registry !== version) this.tellBesides('projections');
    }
    this.generations = live;
    this.registry = version;
    if (!alsoJobs) return;
    const { jobs } = this.of;
    const counts = new Map<string, string>();
    for (const queue of await jobs.queues()) counts.set(queue, JSON.stringify(await jobs.counts(queue)));
    const before = this.jobCounts;
    const changed = before ? [...new Set([...before.keys(), ...counts.keys()])].filter((one) => before.get(one) !== counts.get(one)) : [];
    if (changed.length > 0) this.tellBesides('jobs', changed);
    this.jobCounts = counts;
  }

  private tellBesides(kind: LiveKind, ids?: string[]): void {
    for (const { hearing, besides } of this.listeners) if (hearing.has(kind)) besides.add(kind, ids);
  }

  private async keepTelling(): Promise<void> {
    if (this.telling) return;
    this.telling = true;
    while (this.looking && !this.isClosed) {
      const woken = new Promise<void>((resolve) => (this.wake = resolve));
      try {
        if (await this.tellAll()) this.wake();
      } catch (error) {
        // One that is being built is looked at again in a second.
        if (!(error instanceof NotBuiltYet)) this.of.onWarning('changes will be told again', error);
      }
      await Promise.all([woken, sleep(SPACING_MS, undefined, { ref: false })]);
    }
    this.telling = false;
  }

  /** Whether there is more to be told at once. */
  private async tellAll(): Promise<boolean> {
    if (this.listeners.size === 0) return false;
    const { ready, owners } = await this.reached();
    const known = await this.findOwners(owners);
    for (const kind of liveKinds) if (factsOf(kind).owned && ready.get(kind)! > known) ready.set(kind, known);
    for (const listener of this.listeners) this.tellOne(listener, ready);
    return known < owners;
  }

  private tellOne(listener: Listener, ready: ReadonlyMap<LiveKind, Position>): void {
    const { told, hearing, unreadSince } = listener;
    if (unreadSince !== undefined) return;
    const now = performance.now();
    const isNew = (kind: LiveKind): boolean => ready.get(kind)! > told.get(kind)!;
    const isLost = [...told].some(([kind, through]) => through < this.recent.from && isNew(kind));
    if (isLost && now - listener.resetAt < RESET_AGAIN_MS) return;
    const changes = new ToldChanges();
    if (!isLost) tell(this.recent.after(least(told.values())), hearing, told, ready, changes);
    for (const kind of told.keys()) if (isNew(kind)) told.set(kind, ready.get(kind)!);
    const besides = listener.besides.asJson();
    for (const { kind, ids } of besides) changes.add(kind, ids);
    if (!isLost && changes.isEmpty) return;
    listener.besides = new ToldChanges();
    if (isLost) listener.resetAt = now;
    this.write(listener, isLost ? 'reset' : 'changed', isLost ? {} : { changes: changes.asJson() });
  }

  /** Up to where it is known whose the changes are. */
  private async findOwners(through: Position): Promise<Position> {
    const lowest = least([...this.listeners].flatMap(({ told }) => [...told.values()]));
    const unknown: Change[] = [];
    for (const change of this.recent.after(lowest)) {
      if (change.position > through) break;
      if (change.whose !== undefined || change.leadIds.length === 0) continue;
      if (unknown.length === MOST_AT_ONCE) {
        await findWhose(unknown, this.of.readModels, this.of.log);
        return unknown.at(-1)!.position;
      }
      unknown.push(change);
    }
    await findWhose(unknown, this.of.readModels, this.of.log);
    return through;
  }

  /** How far what each kind is made of has come, and that by which it is found whose a change is. */
  private async reached(): Promise<{ ready: Map<LiveKind, Position>; owners: Position }> {
    const { through } = this.recent;
    const names = [...new Set<string>([...OWNERS, ...liveKinds.flatMap((kind) => factsOf(kind).reads)])];
    const reached = new Map(await Promise.all(names.map(async (name) => [name, await this.reachedBy(name, through)] as const)));
    const of = (projections: readonly string[]): Position => least([through, ...projections.map((name) => reached.get(name)!)]);
    const ready = new Map(liveKinds.map((kind) => [kind, of(factsOf(kind).reads)]));
    const known = this.of.access.knownThrough;
    for (const kind of ['keys', 'people'] as const)
      if (this.recent.after(known).some(({ kinds }) => kinds.includes(kind))) ready.set(kind, known);
    return { ready, owners: of(OWNERS) };
  }

  /** One that is not there yet keeps nobody waiting: it is told as a whole once it is. */
  private async reachedBy(projection: string, through: Position): Promise<Position> {
    try {
      return (await this.of.readModels.view(projection)).through;
    } catch (error) {
      if (error instanceof NotBuiltYet) return through;
      throw error;
    }
  }

  /** Nothing to say: a heartbeat, which tells how far nothing was missed. */
  private write(listener: Listener, event: 'open' | 'changed' | 'reset' | undefined, data: object | undefined): void {
    const { response, told, mark } = listener;
    if (response.destroyed || response.writableEnded || listener.unreadSince !== undefined) return;
    const position = least(told.values());
    const what = event ? `event: ${event}\ndata: ${JSON.stringify({ position: String(position), ...data })}\n` : ':\n';
    listener.writtenAt = performance.now();
    if (!response.write(`${what}id: ${position}-${mark}\n\n`)) listener.unreadSince = listener.writtenAt;
  }
}

/** What somebody does not read would keep the end waiting for ever, so at the second time they are cut off. */
function end(listener: Listener): void {
  if (listener.unreadSince !== undefined) listener.response.destroy();
  else listener.response.end();
  listener.unreadSince ??= performance.now();
}

/** START if there are none: whoever hears of nothing has missed nothing. */
const least = (positions: Iterable<Position>): Position => {
  let found: Position | undefined;
  for (const one of positions) if (found === undefined || one < found) found = one;
  return found ?? START;
};

function tooMany(what: 'session' | 'key'): RequestRefused {
  const expected = `at most ${MOST_STREAMS} streams of changes at once with one ${what}; end another, or share one`;
  return new RequestRefused(429, `expected ${expected}, got another`, [{ pointer: '', expected, got: 'another' }], HEARTBEAT_MS / 1_000);
}
